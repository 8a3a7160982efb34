/** One file a verb: parse, call, print. */
package dev.dewpoint.cli;
