/** Arguments to configuration to objects to a running agent: the one place where everything is put together. */
package dev.dewpoint;
