/** Takes requests on public ports and forwards each to one backend of the generation that is live at that instant. */
package dev.dewpoint.proxy;
