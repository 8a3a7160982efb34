/** Certificates and private keys as they are found in files. */
package dev.dewpoint.host.pem;
