package dev.dewpoint.notify;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import dev.dewpoint.deploy.Event;
import dev.dewpoint.host.Secret;
import dev.dewpoint.host.Time;
import dev.dewpoint.http.Credentials;
import dev.dewpoint.http.Http;
import dev.dewpoint.testing.ManualTime;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WebhookTest {
    private final Story story = new Story(new ManualTime());
    private final Wording wording = new Wording("web-1", text -> text);
    private final Http http = new Http(Time.system(), Credentials.none(), "Dewpoint/test", Duration.ofSeconds(2));
    private static WireMockServer receiver;

    @BeforeAll
    static void start() {
        receiver = new WireMockServer(WireMockConfiguration.options().dynamicPort().bindAddress("127.0.0.1"));
        receiver.start();
    }

    @AfterAll
    static void stop() {
        receiver.stop();
    }

    @BeforeEach
    void aReceiver() {
        receiver.resetAll();
        answers(204);
    }

    @AfterEach
    void close() {
        http.close();
    }

    @Test
    void theBodyIsTheNoticeAndTheSignatureProvesIt() throws Exception {
        assertThat(sender(Optional.of(new Secret("shared"))).send(notice(story.deployed("a")), Optional.empty())).isEqualTo(Sent.done());
        LoggedRequest request = LoggedRequest.createFrom(receiver.getAllServeEvents().getFirst().getRequest());
        assertThat(request.getUrl()).isEqualTo("/hook?token=t");
        assertThat(request.getHeader("Content-Type")).startsWith("application/json");
        assertThat(request.getHeader("X-Dewpoint-Id")).isEqualTo("a/ended");
        assertThat(request.getHeader("X-Dewpoint-Signature")).isEqualTo("sha256=" + WebhookSender.signature(new Secret("shared"), request.getBody()));
        JsonNode body = NoticeJson.JSON.readTree(request.getBody());
        assertThat(body.path("schema").asInt()).isEqualTo(1);
        assertThat(body.path("event").asText()).isEqualTo("deployed");
        assertThat(body.path("from").asText()).isEqualTo("v1.2.2");
        assertThat(body.path("to").asText()).isEqualTo("v1.2.3");
        assertThat(body.path("duration_ms").asLong()).isEqualTo(15_000);
        assertThat(body.path("at").asText()).isEqualTo("2026-01-15T10:30:45Z");
        assertThat(body.properties()).extracting(java.util.Map.Entry::getKey).containsExactlyInAnyOrder("schema", "id", "event", "importance", "tone", "app", "host", "title", "lines", "outputs", "attempt", "from", "to", "link", "at", "duration_ms");
    }

    /** The second example of RFC 4231, so that others compute the same. */
    @Test
    void theSignatureIsHmacSha256() {
        assertThat(WebhookSender.signature(new Secret("Jefe"), "what do ya want for nothing?".getBytes(StandardCharsets.US_ASCII))).isEqualTo("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    @Test
    void withoutASecretThereIsNoSignature() {
        sender(Optional.empty()).send(notice(story.deployed("a")), Optional.empty());
        assertThat(receiver.getAllServeEvents().getFirst().getRequest().getHeader("X-Dewpoint-Signature")).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 404, 410, 422})
    void whatTheReceiverRefusesIsGivenUp(int status) {
        answers(status);
        assertThat(sender(Optional.empty()).send(notice(story.deployed("a")), Optional.empty())).isInstanceOfSatisfying(Sent.Never.class, never -> assertThat(never.why()).contains(String.valueOf(status)).doesNotContain("token"));
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 502, 503})
    void whatMayPassIsTriedLater(int status) {
        receiver.stubFor(post(anyUrl()).willReturn(aResponse().withStatus(status).withHeader("Retry-After", "9")));
        assertThat(sender(Optional.empty()).send(notice(story.deployed("a")), Optional.empty())).isInstanceOfSatisfying(Sent.Later.class, later -> {
            assertThat(later.why()).doesNotContain("token");
            if (status == 429 || status == 503) {
                assertThat(later.after()).contains(Duration.ofSeconds(9));
            }
        });
    }

    @Test
    void aReceiverThatIsGoneIsTriedLater() throws Exception {
        int closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = socket.getLocalPort();
        }
        WebhookSender sender = new WebhookSender(new Channel.Webhook(URI.create("http://127.0.0.1:" + closed + "/"), Optional.empty(), new Channel.Manner(false, true)), http);
        assertThat(sender.send(notice(story.deployed("a")), Optional.empty())).isInstanceOf(Sent.Later.class);
    }

    private WebhookSender sender(Optional<Secret> secret) {
        return new WebhookSender(new Channel.Webhook(URI.create(receiver.baseUrl() + "/hook?token=t"), secret, new Channel.Manner(false, true)), http);
    }

    private void answers(int status) {
        receiver.stubFor(post(anyUrl()).willReturn(aResponse().withStatus(status)));
    }

    private Notice notice(Event event) {
        return wording.of(event, new Telling.Plain()).orElseThrow();
    }
}
