/** Flags and environment into one immutable record; every problem is reported at once, with its flag, value and remedy. */
package dev.dewpoint.config;
