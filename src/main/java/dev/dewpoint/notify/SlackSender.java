package dev.dewpoint.notify;

import com.slack.api.methods.MethodsClient;
import com.slack.api.methods.SlackApiException;
import com.slack.api.methods.request.chat.ChatPostMessageRequest;
import com.slack.api.methods.response.chat.ChatPostMessageResponse;
import dev.dewpoint.http.Http;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Posts to a channel with a bot token. The outcome of an attempt shows in its thread and in the channel. */
final class SlackSender implements Sender {
    private static final String NAME = "Dewpoint";
    private static final Set<String> PASSING = Set.of("ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org", "message_limit_exceeded");
    private static final String TOKEN = "set SLACK_TOKEN to the bot token (xoxb-…) of an installed app";
    private static final String SCOPE = "give the bot the scope chat:write, and chat:write.customize for name and icon";
    private static final Map<String, String> REMEDIES = Map.of("invalid_auth", TOKEN, "not_authed", TOKEN, "account_inactive", TOKEN, "token_revoked", TOKEN, "token_expired", TOKEN,
            "missing_scope", SCOPE, "no_permission", SCOPE,
            "channel_not_found", "check the channel's name, and invite the bot if it is a private channel",
            "not_in_channel", "invite the bot to the channel, or give its app the scope chat:write.public",
            "is_archived", "choose another channel, this one is archived");
    private static final Set<String> NO_SUCH_THREAD = Set.of("thread_not_found", "message_not_found", "cannot_reply_to_message", "invalid_thread_ts");

    private final Channel.Slack channel;
    private final MethodsClient slack;
    private boolean underOurName = true;

    SlackSender(Channel.Slack channel, Http http) {
        this.channel = channel;
        this.slack = SlackClient.open(http, Optional.of(channel.api())).methods(channel.token().value());
    }

    @Override
    public Sent send(Notice notice, Optional<String> thread) {
        try {
            Optional<String> inThread = thread.filter(_ -> channel.thread());
            ChatPostMessageResponse answer = post(notice, inThread);
            if (underOurName && "missing_scope".equals(answer.getError()) && String.valueOf(answer.getNeeded()).contains("chat:write.customize")) {
                underOurName = false;
                answer = post(notice, inThread);
            }
            if (inThread.isPresent() && NO_SUCH_THREAD.contains(String.valueOf(answer.getError()))) {
                inThread = Optional.empty();
                answer = post(notice, inThread);
            }
            return answer.isOk() ? new Sent.Done(channel.thread() ? inThread.or(ts(answer)) : Optional.empty()) : refused(String.valueOf(answer.getError()));
        } catch (SlackApiException e) {
            return new Sent.Later(SlackClient.retryAfter(Optional.ofNullable(e.getResponse().header("Retry-After"))), "Slack answered with status " + e.getResponse().code());
        } catch (IOException e) {
            return Sent.later("Slack could not be reached: " + e);
        } catch (Unreadable e) {
            return new Sent.Never(e.getMessage());
        }
    }

    /** An answer with a good status and no sense. Another try would most likely be a second message. */
    private static final class Unreadable extends Exception {
        Unreadable(RuntimeException cause) {
            super("Slack's answer can't be read; the notice has most likely arrived", cause);
        }
    }

    private ChatPostMessageResponse post(Notice notice, Optional<String> thread) throws IOException, SlackApiException, Unreadable {
        ChatPostMessageRequest request = request(notice, thread);
        try {
            return slack.chatPostMessage(request);
        } catch (RuntimeException e) {
            throw new Unreadable(e);
        }
    }

    private static Supplier<Optional<String>> ts(ChatPostMessageResponse answer) {
        return () -> Optional.ofNullable(answer.getTs());
    }

    private ChatPostMessageRequest request(Notice notice, Optional<String> thread) {
        SlackMessage message = new SlackMessage(notice, channel.title(), channel.link());
        ChatPostMessageRequest.ChatPostMessageRequestBuilder request = ChatPostMessageRequest.builder().channel(channel.channel()).text(message.fallback())
                .blocks(message.header()).attachments(message.attachments()).parse("none").linkNames(false).unfurlLinks(false).unfurlMedia(false);
        if (underOurName) {
            request.username(NAME).iconEmoji(message.icon());
        }
        thread.ifPresent(ts -> request.threadTs(ts).replyBroadcast(notice.importance() == Notice.Importance.OUTCOME));
        return request.build();
    }

    private Sent refused(String error) {
        String why = "Slack answered " + error + " for " + channel.name();
        if (PASSING.contains(error)) {
            return Sent.later(why);
        }
        return new Sent.Never(why + "; " + REMEDIES.getOrDefault(error, "see what Slack says about it at chat.postMessage"));
    }
}
