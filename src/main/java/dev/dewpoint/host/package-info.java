/** The machine: time, files that survive a crash, processes and their sockets, the log, systemd; the only place that calls native code. */
package dev.dewpoint.host;
