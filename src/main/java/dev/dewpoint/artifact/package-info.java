/** From a verified file to a directory: formats, budgets, and what an archive may not do; docs/archives.md lists it case by case. */
package dev.dewpoint.artifact;
