package dev.dewpoint.testing;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Slack's Web API as far as notices need it; remembers every message. */
public final class FakeSlack implements AutoCloseable {
    private final WireMockServer server = new WireMockServer(WireMockConfiguration.options().dynamicPort().bindAddress("127.0.0.1"));

    private FakeSlack() {}

    public static FakeSlack start() {
        FakeSlack slack = new FakeSlack();
        slack.server.start();
        slack.server.stubFor(post(urlPathMatching("/api/.*")).willReturn(aResponse().withHeader("Content-Type", "application/json")
                .withBody("{\"ok\":true,\"channel\":\"C1\",\"ts\":\"1700000000.000100\",\"message\":{}}")));
        return slack;
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + server.port() + "/api/");
    }

    /** The form fields of each message, in order. */
    public List<Map<String, String>> messages() {
        return server.getAllServeEvents().reversed().stream().map(event -> form(event.getRequest())).toList();
    }

    private static Map<String, String> form(LoggedRequest request) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (String pair : request.getBodyAsString().split("&")) {
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
