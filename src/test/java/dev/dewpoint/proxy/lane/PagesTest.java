package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.proxy.Gate;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What clients are told by ourselves, byte for byte. */
class PagesTest {
    @Test
    void whoPrefersJsonGetsIt() {
        assertThat(List.of("application/json", "Application/JSON;q=0.9", "application/json, text/html")).allSatisfy(accept -> assertThat(type(accept)).as(accept).isEqualTo("application/json"));
        assertThat(List.of("text/html", "text/html, application/json", "*/*", "")).allSatisfy(accept -> assertThat(type(accept)).as(accept).startsWith("text/html"));
    }

    @Test
    void onlyA503SaysWhenToTryAgain() {
        for (int status : new int[] {400, 404, 408, 413, 421, 502, 503, 504}) {
            assertThat(error(status, "").fields()).as("%s", status).isEqualTo(status == 503 ? "Retry-After: 1\r\n" : "");
        }
    }

    @Test
    void aMessageOfTheOperatorCannotBecomeMarkup() {
        Gate.Closed gate = new Gate.Closed("<b>\"it's\" & \u0007", Duration.ofSeconds(90));
        byte[] html = request("");
        assertThat(Pages.closed(gate, parsed(html), html).body()).contains("&#60;b&#62;&#34;it&#39;s&#34; &#38; &#7;").doesNotContain("<b>");
        byte[] json = request("application/json");
        Page page = Pages.closed(gate, parsed(json), json);
        assertThat(page.body()).isEqualTo("{\"status\":503,\"error\":\"Service Unavailable\",\"message\":\"<b>\\u0022it's\\u0022 & \\u0007\"}\n");
        assertThat(page.fields()).isEqualTo("Retry-After: 90\r\n");
    }

    @Test
    void aPageIsAsLongAsItSays() {
        Page page = new Page(404, "Not Found", "X: y\r\n", "text/plain", "ä", false);
        assertThat(text(page.bytes(true, false))).isEqualTo("HTTP/1.1 404 Not Found\r\nX: y\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nCache-Control: no-store\r\n\r\nä");
        assertThat(text(page.bytes(false, true))).isEqualTo("HTTP/1.1 404 Not Found\r\nX: y\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n");
    }

    @Test
    void aPortIsCutOffAndAnAddressIsNot() {
        assertThat(List.of("x:80", "x", "[::1]:80", "[::1]")).extracting(Pages::withoutPort).containsExactly("x", "x", "[::1]", "[::1]");
    }

    private static String type(String accept) {
        return error(404, accept).type();
    }

    private static Page error(int status, String accept) {
        byte[] bytes = request(accept);
        return Pages.error(status, parsed(bytes), bytes);
    }

    private static byte[] request(String accept) {
        return ("GET / HTTP/1.1\r\nHost: x\r\n" + (accept.isEmpty() ? "" : "Accept: " + accept + "\r\n") + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    private static RequestHead parsed(byte[] bytes) {
        RequestHead head = new RequestHead();
        assertThat(head.parse(bytes, 0, bytes.length)).isEqualTo(bytes.length);
        return head;
    }

    private static String text(ByteBuffer page) {
        byte[] bytes = new byte[page.remaining()];
        page.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
