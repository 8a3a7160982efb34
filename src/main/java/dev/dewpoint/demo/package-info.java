/** `dewpoint demo`: a registry, an app with releases, visitors who keep asking, and the real agent between them. */
package dev.dewpoint.demo;
