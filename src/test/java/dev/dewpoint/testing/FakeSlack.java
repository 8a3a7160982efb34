package dev.dewpoint.testing;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.stubbing.ServeEvent;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Slack's Web API as far as notices need it; remembers every message. */
public final class FakeSlack implements AutoCloseable {
    private static final Pattern TS = Pattern.compile("\"ts\":\"([^\"]+)\"");

    private final WireMockServer server = new WireMockServer(WireMockConfiguration.options().dynamicPort().bindAddress("127.0.0.1"));

    private FakeSlack() {}

    public static FakeSlack start() {
        FakeSlack slack = new FakeSlack();
        slack.server.start();
        slack.server.stubFor(post(urlPathMatching("/api/.*")).willReturn(aResponse().withHeader("Content-Type", "application/json")
                .withTransformers("response-template").withBody("{\"ok\":true,\"channel\":\"C1\",\"ts\":\"{{randomValue length=10 type='NUMERIC'}}.{{randomValue length=6 type='NUMERIC'}}\",\"message\":{}}")));
        return slack;
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + server.port() + "/api/");
    }

    /** The form fields of each message, in order, and the {@code ts} that it was given. */
    public List<Map<String, String>> messages() {
        return server.getAllServeEvents().reversed().stream().map(FakeSlack::form).toList();
    }

    /** What people read of each. */
    public List<String> texts() {
        return messages().stream().map(FakeSlack::text).toList();
    }

    /** Of those in the thread that this message began, itself the first. */
    public List<String> thread(Map<String, String> first) {
        return messages().stream().filter(message -> message.get("ts").equals(first.get("ts")) || first.get("ts").equals(message.get("thread_ts"))).map(FakeSlack::text).toList();
    }

    public static String text(Map<String, String> message) {
        return message.getOrDefault("text", "") + " " + message.getOrDefault("blocks", "") + message.getOrDefault("attachments", "");
    }

    /** Each found in a message of its own, behind the one before. */
    public static void assertInOrder(List<String> texts, String... patterns) {
        int at = 0;
        for (String pattern : patterns) {
            Pattern wanted = Pattern.compile(pattern);
            while (at < texts.size() && !wanted.matcher(texts.get(at)).find()) {
                at++;
            }
            assertThat(at).as(pattern + " in order, in " + String.join("\n", texts)).isLessThan(texts.size());
            at++;
        }
    }

    private static Map<String, String> form(ServeEvent event) {
        Map<String, String> fields = new LinkedHashMap<>();
        Matcher given = TS.matcher(event.getResponse().getBodyAsString());
        if (given.find()) {
            fields.put("ts", given.group(1));
        }
        for (String pair : event.getRequest().getBodyAsString().split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                fields.put(pair.substring(0, equals), URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return fields;
    }

    @Override
    public void close() {
        server.stop();
    }
}
