/** Whether something that listens on an address can take traffic. */
package dev.dewpoint.health;
