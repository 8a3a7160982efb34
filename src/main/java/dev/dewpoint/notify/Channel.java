package dev.dewpoint.notify;

import dev.dewpoint.host.Secret;
import dev.dewpoint.release.Digest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;

/** A place where notices go. */
public sealed interface Channel {
    /** @param quiet outcomes and errors only */
    record Manner(boolean quiet, boolean hookOutput) {}

    /** @param title what the footer calls the sender, {@code link} where that leads */
    record Slack(String channel, Secret token, URI api, Optional<String> title, Optional<URI> link, boolean thread, Manner manner) implements Channel {}

    record SlackWebhook(Secret url, Optional<String> title, Optional<URI> link, Manner manner) implements Channel {}

    record Mail(String host, int port, Encryption encryption, List<String> to, String from, Optional<Login> login, String subject, Manner manner) implements Channel {}

    record Login(String user, Secret password) {}

    /** NONE sends in the clear; the other two refuse to. */
    enum Encryption { STARTTLS, TLS, NONE }

    /** The address may hold a token: it is shown nowhere. */
    record Webhook(URI address, Optional<Secret> secret, Manner manner) implements Channel {
        @Override
        public String toString() {
            return name();
        }
    }

    Manner manner();

    /** For people, without secrets. */
    default String name() {
        return switch (this) {
            case Slack slack -> "slack #" + slack.channel();
            case SlackWebhook _ -> "slack webhook";
            case Mail mail -> "mail to " + String.join(", ", mail.to()) + " by " + mail.host() + ":" + mail.port();
            case Webhook webhook -> "webhook " + webhook.address().getScheme() + "://" + webhook.address().getAuthority();
        };
    }

    /** The same for the same place after a restart, also with another token; reveals neither. */
    default String key() {
        return switch (this) {
            case Slack slack -> key("slack", slack.api() + " " + slack.channel());
            case SlackWebhook _ -> key("slack-webhook", "");
            case Mail mail -> key("mail", mail.host() + ":" + mail.port() + " " + mail.from() + " " + String.join(",", mail.to()));
            case Webhook webhook -> key("webhook", webhook.address().toString());
        };
    }

    private static String key(String kind, String place) {
        MessageDigest hasher = Digest.Algorithm.SHA256.hasher();
        hasher.update(place.getBytes(StandardCharsets.UTF_8));
        return kind + "-" + Digest.of(Digest.Algorithm.SHA256, hasher).hex().substring(0, 16);
    }
}
