/** The container engine: run options as docker knows them, and the few calls that keep replicas running. */
package dev.dewpoint.replica.docker;
