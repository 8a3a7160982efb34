/** From what is announced to what serves: decide, attempt, record, retire. */
package dev.dewpoint.deploy;
