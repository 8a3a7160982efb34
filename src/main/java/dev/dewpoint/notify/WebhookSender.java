package dev.dewpoint.notify;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Secret;
import dev.dewpoint.http.Answer;
import dev.dewpoint.http.Ask;
import dev.dewpoint.http.Http;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Posts the notice as JSON; the receiver can prove where it comes from and tell a repetition by its id. */
final class WebhookSender implements Sender {
    private static final String HMAC = "HmacSHA256";

    private final Channel.Webhook channel;
    private final Http http;

    WebhookSender(Channel.Webhook channel, Http http) {
        this.channel = channel;
        this.http = http;
    }

    @Override
    public Sent send(Notice notice, Optional<String> thread) {
        byte[] body = NoticeJson.of(notice).toString().getBytes(StandardCharsets.UTF_8);
        Ask ask = Ask.post(channel.address(), "application/json", body).header("X-Dewpoint-Id", notice.id());
        if (channel.secret().isPresent()) {
            ask = ask.header("X-Dewpoint-Signature", "sha256=" + signature(channel.secret().get(), body));
        }
        String tried = "post a notice to " + channel.name();
        try {
            return http.exchange(tried, ask, answer -> verdict(tried, answer));
        } catch (Failure failure) {
            return Sent.later(failure.why());
        }
    }

    static Sent verdict(String tried, Answer answer) {
        if (answer.isSuccess()) {
            return Sent.done();
        }
        Failure failure = answer.failure(tried);
        boolean isTheirs = answer.status() < 400 || answer.status() >= 500;
        return isTheirs || answer.status() == 408 || answer.status() == 429 ? new Sent.Later(failure.patience(), failure.why())
                : new Sent.Never(failure.why() + "; check the URL and what its receiver expects");
    }

    static String signature(Secret secret, byte[] body) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(secret.value().getBytes(StandardCharsets.UTF_8), HMAC));
            return HexFormat.of().formatHex(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
