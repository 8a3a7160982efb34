package dev.dewpoint.notify;

import com.slack.api.Slack;
import com.slack.api.webhook.Payload;
import com.slack.api.webhook.WebhookResponse;
import dev.dewpoint.http.Http;
import java.io.IOException;
import java.util.Optional;

/** Posts to the one channel that an incoming webhook belongs to; such a message starts no thread that we could know. */
final class SlackWebhookSender implements Sender {
    private static final int LONGEST_REASON = 100;

    private final Channel.SlackWebhook channel;
    private final Slack slack;

    SlackWebhookSender(Channel.SlackWebhook channel, Http http) {
        this.channel = channel;
        this.slack = SlackClient.open(http, Optional.empty());
    }

    @Override
    public Sent send(Notice notice, Optional<String> thread) {
        SlackMessage message = new SlackMessage(notice, channel.title(), channel.link());
        Payload payload = Payload.builder().text(message.fallback()).blocks(message.header()).attachments(message.attachments()).unfurlLinks(false).unfurlMedia(false).build();
        try {
            return verdict(slack.send(channel.url().value(), payload));
        } catch (IOException e) {
            return Sent.later("Slack could not be reached: " + e.getClass().getSimpleName());
        }
    }

    private static Sent verdict(WebhookResponse answer) {
        int status = answer.getCode();
        if (status >= 200 && status < 300) {
            return Sent.done();
        }
        String reason = status >= 400 && status < 500 ? " (" + new Outside(text -> text).line(String.valueOf(answer.getBody()), LONGEST_REASON) + ")" : "";
        String why = "the webhook answered with status " + status + reason;
        if (status < 400 || status >= 500 || status == 408 || status == 429) {
            return new Sent.Later(SlackClient.retryAfter(header(answer, "retry-after")), why);
        }
        return new Sent.Never(why + "; set SLACK_WEBHOOK_URL to the URL of a webhook that is still installed");
    }

    private static Optional<String> header(WebhookResponse answer, String name) {
        return answer.getHeaders().entrySet().stream().filter(header -> header.getKey().equalsIgnoreCase(name)).flatMap(header -> header.getValue().stream()).findFirst();
    }
}
