package dev.dewpoint.notify;

import dev.dewpoint.http.Http;
import java.util.Optional;
import java.util.function.Function;

/** The sender for each kind of channel; its libraries are loaded when it is asked for and not before. */
record Senders(Http http, String host) implements Function<Channel, Sender> {
    @Override
    public Sender apply(Channel channel) {
        return switch (channel) {
            case Channel.Slack slack -> new SlackSender(slack, http);
            case Channel.SlackWebhook slack -> new SlackWebhookSender(slack, http);
            case Channel.Mail mail -> new MailSender(mail, host, MailSender.SILENCE, Optional.empty());
            case Channel.Webhook webhook -> new WebhookSender(webhook, http);
        };
    }
}
