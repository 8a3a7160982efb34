/** Command lines of the user's that run around a deploy: what they are told, and how they ended. */
package dev.dewpoint.hook;
