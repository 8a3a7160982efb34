/** Certificates from PEM files: chosen by name, replaced while connections go on. */
package dev.dewpoint.proxy.tls;
