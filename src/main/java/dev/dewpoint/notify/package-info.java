/** Tells people what happened, by Slack, mail or webhook, from a durable outbox that never delays or fails a deploy. */
package dev.dewpoint.notify;
