/** HTTP/2 at both ends of the lane: each stream looks to it like a connection of its own that speaks HTTP/1.1. */
package dev.dewpoint.proxy.http2;
