/** The agent's loopback API, and the client that operator commands use. */
package dev.dewpoint.admin;
