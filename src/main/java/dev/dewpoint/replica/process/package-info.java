/** Releases made of files: their directories, the symlink that says which one is current, and the processes that run from them. */
package dev.dewpoint.replica.process;
