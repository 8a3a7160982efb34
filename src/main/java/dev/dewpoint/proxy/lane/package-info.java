/** What runs on the IO threads: HTTP/1 read strictly and forwarded without rebuilding what need not change, upgraded connections, plain TCP. */
package dev.dewpoint.proxy.lane;
