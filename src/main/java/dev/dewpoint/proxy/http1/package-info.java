/** HTTP/1: reads requests and responses strictly, and forwards them without rebuilding what need not change. */
package dev.dewpoint.proxy.http1;
