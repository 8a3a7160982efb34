/** A certificate authority of one's own for development, and the stores that are to trust it. */
package dev.dewpoint.cert;
