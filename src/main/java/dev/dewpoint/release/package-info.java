/** What a release is: tags, versions, their order, the choice among them, platforms, digests. */
package dev.dewpoint.release;
