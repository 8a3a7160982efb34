/** Of XNIO, with one class of Dewpoint's in it: what it needs is open only to this package. */
package org.xnio.nio;
