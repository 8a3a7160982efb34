/** One running copy of a release, and how it comes to be: the only place where an archive and an image differ. */
package dev.dewpoint.replica;
