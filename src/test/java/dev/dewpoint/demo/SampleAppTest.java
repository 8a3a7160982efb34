package dev.dewpoint.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class SampleAppTest {
    private static final Pattern TAG = Pattern.compile("<(/?)([a-z0-9]+)[^>]*>");
    private static final Set<String> WITHOUT_AN_END = Set.of("meta", "link");

    @Test
    void whoTellsWhoAnswered() throws IOException {
        try (SampleApp app = SampleApp.start(0, "v1.2.0", "r\"3", () -> Instant.EPOCH)) {
            assertThat(get(app, "/who")).matches("\\{\"address\":\"127\\.0\\.0\\.1:" + app.port() + "\",\"host\":\"[^\"]+\",\"replica\":\"r\\?3\",\"time\":\"1970-01-01T00:00:00Z\",\"version\":\"v1\\.2\\.0\"}\n");
            assertThat(get(app, "/health")).isEqualTo("ok\n");
            assertThat(connection(app, "/nowhere").getResponseCode()).isEqualTo(404);
        }
    }

    @Test
    void thePageIsWholeAndAsksNobodyElse() throws IOException {
        try (SampleApp app = SampleApp.start(0, "v1.2.0", "r1", () -> Instant.EPOCH)) {
            String page = get(app, "/");
            assertThat(page).startsWith("<!doctype html>").contains("name=\"viewport\"", "fetch(\"/who\"").doesNotContain("://", "src=", "@import", "url(");
            for (String fact : Set.of("version", "replica", "host", "address", "time", "requests", "failures", "strip")) {
                assertThat(page).contains("id=\"" + fact + "\"");
            }
            assertIsBalanced(page.replaceAll("(?s)(<(script|style)>).*?(</\\2>)", "$1$3"));
        }
    }

    private static void assertIsBalanced(String html) {
        Deque<String> open = new ArrayDeque<>();
        for (MatchResult tag : TAG.matcher(html).results().toList()) {
            if (tag.group(1).equals("/")) {
                assertThat(open.pop()).isEqualTo(tag.group(2));
            } else if (!WITHOUT_AN_END.contains(tag.group(2))) {
                open.push(tag.group(2));
            }
        }
        assertThat(open).isEmpty();
    }

    private static String get(SampleApp app, String path) throws IOException {
        return new String(connection(app, path).getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static HttpURLConnection connection(SampleApp app, String path) throws IOException {
        return (HttpURLConnection) URI.create("http://127.0.0.1:" + app.port() + path).toURL().openConnection(Proxy.NO_PROXY);
    }
}
