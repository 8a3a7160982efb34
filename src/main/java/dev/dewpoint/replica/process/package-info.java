/** Releases made of files: their directories and the symlink that says which one is current. */
package dev.dewpoint.replica.process;
