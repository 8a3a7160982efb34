/** The one exception: what was tried, why it failed, and the kind that decides what happens next. */
package dev.dewpoint.failure;
