/** Where releases are announced: a registry lists tags and resolves one to its artifact; it never chooses. */
package dev.dewpoint.registry;
