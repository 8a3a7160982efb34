/** The text of systemd units: what runs a command line, and takes from it what it doesn't need. */
package dev.dewpoint.unit;
