/** HTTP with deadlines, size caps and redirects by hand: a credential is sent to the origin it belongs to and to no other. */
package dev.dewpoint.http;
