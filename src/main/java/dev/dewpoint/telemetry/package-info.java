/** What happens, told as log lines. */
package dev.dewpoint.telemetry;
