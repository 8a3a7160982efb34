/** Artifacts by the digest of their bytes, whole or absent. */
package dev.dewpoint.cache;
