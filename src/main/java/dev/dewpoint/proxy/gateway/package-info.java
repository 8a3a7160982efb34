/** The public ports. */
package dev.dewpoint.proxy.gateway;
