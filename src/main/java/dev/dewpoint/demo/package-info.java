/** `dewpoint demo`: a registry in a directory, a site with two releases, and the real agent between them. */
package dev.dewpoint.demo;
