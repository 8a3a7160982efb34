package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is a request, to the letter. */
class RequestHeadTest {
    private static final String HOST = "Host: example.com\r\n";

    static final List<String> ACCEPTED = List.of(
            get("/", HOST),
            "\r\n" + get("/", HOST),
            "GET / HTTP/1.0\r\n\r\n",
            "GET / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\n" + HOST + "\r\n",
            "PROPFIND /dav HTTP/1.1\r\n" + HOST + "\r\n",
            "get / HTTP/1.1\r\n" + HOST + "\r\n",
            "M".repeat(32) + " / HTTP/1.1\r\n" + HOST + "\r\n",
            get("/a%2Fb//c/../d;x=1?p1=a;b;c&p2=%x&q=\"|^{}`\\", HOST),
            get("/" + "a".repeat(RequestHead.LONGEST_TARGET - 1), HOST),
            get("http://example.com/a?b", HOST),
            get("HTTPS://EXAMPLE.com/a?b", HOST),
            get("/", "Host:example.com\r\n"),
            get("/", "hOST: \t example.com \t \r\n"),
            get("/", "Host: [::1]:8080\r\n"),
            get("/", "Host: a_b~c-d.example:1\r\n"),
            get("/", HOST + "X-Empty:\r\nX-Blank: \t \r\nX-Tab: a\tb\r\nX-High: \u00e9\u00ff\r\n"),
            get("/", HOST + "!#$%&'*+-.^_`|~09azAZ: x\r\n"),
            get("/", HOST + "X: y\r\n".repeat(Fields.MOST - 1)),
            post(HOST + "Content-Length: 0\r\n"),
            post(HOST + "Content-Length: 007\r\n"),
            post(HOST + "Content-Length: 999999999999999999\r\n"),
            post(HOST + "Transfer-Encoding: chunked\r\n"),
            post(HOST + "Transfer-Encoding: CHUNKED\r\n"),
            post(HOST + "Expect: 100-Continue\r\nContent-Length: 1\r\n"));

    static final Map<String, Integer> REFUSED = refused();

    private static Map<String, Integer> refused() {
        Map<String, Integer> table = new LinkedHashMap<>();
        table.put(post(HOST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400);
        table.put(post(HOST + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400);
        table.put(post(HOST + "Content-Length: 5\r\nContent-Length: 5\r\n"), 400);
        table.put(post(HOST + "Content-Length: 5\r\nContent-Length: 6\r\n"), 400);
        for (String length : List.of("5, 5", "+2", "-2", "0x2", "", " ", "2 2", "2a", "1.0", "18446744073709551618", "1000000000000000000", "\u00b2", "5;", "\"5\"")) {
            table.put(post(HOST + "Content-Length: " + length + "\r\n"), 400);
        }
        for (String coding : List.of("identity", "xchunked", "chunked, chunked", "gzip, chunked", "chunked, gzip", "", "chunked;q=1", "\"chunked\"", ",chunked", "chunked,", "chunk ed", "chunked x")) {
            table.put(post(HOST + "Transfer-Encoding: " + coding + "\r\n"), 501);
        }
        table.put(post(HOST + "Transfer-Encoding: \u000bchunked\r\n"), 400);
        table.put(post(HOST + "Transfer-Encoding: chunked\u0000\r\n"), 400);
        table.put(post(HOST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400);
        table.put(post(HOST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), 400);
        table.put("POST / HTTP/1.0\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n", 400);
        table.put(post(HOST + "Transfer-Encoding : chunked\r\n"), 400);
        table.put(post(HOST + "Transfer-Encoding\t: chunked\r\n"), 400);
        table.put(get("/", HOST + "X\u0001Y: a\r\n"), 400);
        table.put(get("/", HOST + "X Y: a\r\n"), 400);
        table.put(get("/", HOST + "X(Y): a\r\n"), 400);
        table.put(get("/", HOST + "\u00e9: a\r\n"), 400);
        table.put(get("/", HOST + ": a\r\n"), 400);
        table.put(get("/", HOST + "X\r\n"), 400);
        table.put(get("/", " " + HOST), 400);
        table.put(get("/", "\t" + HOST), 400);
        table.put(get("/", HOST + "X: a\r\n b\r\n"), 400);
        table.put(get("/", HOST + "X: a\r\n\tb\r\n"), 400);
        table.put(get("/", HOST + "X: a\u0000b\r\n"), 400);
        table.put(get("/", HOST + "X: a\rb\r\n"), 400);
        table.put(get("/", HOST + "X: a\rY: b\r\n"), 400);
        table.put(get("/", HOST + "X: a\r\r\n"), 400);
        table.put(get("/", HOST + "X: a\nY: b\r\n"), 400);
        table.put(get("/", HOST + "X: \u007f\r\n"), 400);
        table.put("GET / HTTP/1.1\r\n" + HOST + "\r\r\n\n", 400);
        table.put("GET / HTTP/1.1\n" + HOST + "\r\n\r\n", 400);
        table.put("GET / HTTP/1.1\r\nHost: x\n\n\r\n", 400);
        table.put("GET / HTTP/1.1\r\nHost: x\r\n\n\r\n", 400);
        table.put("GET / HTTP/1.1\r\r\n" + HOST + "\r\n", 400);
        table.put(get("/", ""), 400);
        table.put(get("/", "Host:\r\n"), 400);
        table.put(get("/", HOST + HOST), 400);
        for (String host : List.of("user@x", "a/b", "a b", "a,b", "a?b", "a#b", "a\\b", "\u00e9", "a%00", "a;b", "a\tb", "<x>")) {
            table.put(get("/", "Host: " + host + "\r\n"), 400);
        }
        table.put(get("http://other.com/", HOST), 400);
        table.put(get("http://example.com:80/", HOST), 400);
        table.put(get("http://user@example.com/", HOST), 400);
        table.put(get("http://example.com", HOST), 400);
        table.put(get("http://example.com?q", HOST), 400);
        table.put(get("ftp://example.com/", HOST), 400);
        table.put(get("http://", HOST), 400);
        table.put("GET http://example.com/ HTTP/1.0\r\n\r\n", 400);
        table.put(get("example.com", HOST), 400);
        table.put(get("*", HOST), 400);
        table.put(get("?x", HOST), 400);
        table.put(get("/a b", HOST), 400);
        table.put(get("/a\tb", HOST), 400);
        table.put(get("/a\u0001b", HOST), 400);
        table.put(get("/a\u0000b", HOST), 400);
        table.put(get("/a\u007fb", HOST), 400);
        table.put(get("/\u00e9", HOST), 400);
        table.put(get("/#f", HOST), 400);
        table.put(get("/a\rb", HOST), 400);
        table.put(get("/a\r\nX: y", HOST), 400);
        table.put(get("", HOST), 400);
        table.put("GET  / HTTP/1.1\r\n" + HOST + "\r\n", 400);
        table.put("GET /  HTTP/1.1\r\n" + HOST + "\r\n", 400);
        table.put("GET / HTTP/1.1 \r\n" + HOST + "\r\n", 400);
        table.put("GET\t/ HTTP/1.1\r\n" + HOST + "\r\n", 400);
        table.put(" GET / HTTP/1.1\r\n" + HOST + "\r\n", 400);
        table.put("G(T / HTTP/1.1\r\n" + HOST + "\r\n", 400);
        table.put("\r\n\r\nGET / HTTP/1.1\r\n" + HOST + "\r\n", 400);
        table.put("\nGET / HTTP/1.1\r\n" + HOST + "\r\n", 400);
        table.put("\rGET / HTTP/1.1\r\n" + HOST + "\r\n", 400);
        table.put("M".repeat(33) + " / HTTP/1.1\r\n" + HOST + "\r\n", 400);
        table.put("GET /\r\n", 400);
        table.put("GET / http/1.1\r\n" + HOST + "\r\n", 400);
        table.put("GET / HTTPS/1.1\r\n" + HOST + "\r\n", 400);
        table.put("GET / HTTP/11.1\r\n" + HOST + "\r\n", 400);
        table.put("GET / HTTP/1.10\r\n" + HOST + "\r\n", 400);
        table.put("GET / HTTP/1,1\r\n" + HOST + "\r\n", 400);
        table.put("GET / HTTP/a.1\r\n" + HOST + "\r\n", 400);
        table.put("GET / HTTP/0.9\r\n" + HOST + "\r\n", 505);
        table.put("GET / HTTP/1.2\r\n" + HOST + "\r\n", 505);
        table.put("GET / HTTP/2.0\r\n" + HOST + "\r\n", 505);
        table.put("\u0016\u0003\u0001\u0002\u0000\u0001\u0000", 400);
        table.put("CONNECT example.com:443 HTTP/1.1\r\n" + HOST + "\r\n", 405);
        table.put("TRACE / HTTP/1.1\r\n" + HOST + "\r\n", 405);
        table.put(get("/", HOST + "Expect: 200-ok\r\n"), 417);
        table.put(get("/" + "a".repeat(RequestHead.LONGEST_TARGET), HOST), 414);
        table.put(get("/", HOST + "X: y\r\n".repeat(Fields.MOST)), 431);
        table.put(get("/", HOST + "X: y\r\n".repeat(300)), 431);
        return table;
    }

    @Test
    void soundHeadsAreReadToTheirEnd() {
        for (String head : ACCEPTED) {
            assertThat(parse(head + "GET /next")).as(shown(head)).isEqualTo(head.length());
        }
    }

    @Test
    void whatTwoReadersCouldTakeForDifferentThingsIsRefused() {
        REFUSED.forEach((head, status) -> assertThat(parse(head)).as(shown(head)).isEqualTo(-status));
    }

    @Test
    void noBeginningOfASoundHeadIsRefusedOrTakenForAllOfIt() {
        RequestHead read = new RequestHead();
        for (String head : ACCEPTED) {
            byte[] bytes = Bytes.ascii(head);
            int step = bytes.length > 4096 ? 97 : 1;
            for (int to = 0; to < bytes.length; to += step) {
                assertThat(read.parse(bytes, 0, to)).as("the first %s of %s", to, shown(head)).isEqualTo(RequestHead.INCOMPLETE);
            }
        }
    }

    /** And once refused it stays refused, whatever comes next. */
    @Test
    void noBeginningOfABadHeadIsTakenForAWholeOne() {
        RequestHead read = new RequestHead();
        REFUSED.forEach((head, status) -> {
            byte[] bytes = Bytes.ascii(head);
            int step = bytes.length > 4096 ? 97 : 1;
            boolean refused = false;
            for (int to = 0; to <= bytes.length; to += step) {
                int answer = read.parse(bytes, 0, to);
                assertThat(answer).as("the first %s of %s", to, shown(head)).isLessThanOrEqualTo(0);
                assertThat(refused && answer == 0).as("no way back, after %s of %s", to, shown(head)).isFalse();
                refused |= answer < 0;
            }
        });
    }

    @Test
    void aHeadMayStandAnywhereInTheBuffer() {
        RequestHead read = new RequestHead();
        byte[] bytes = Bytes.ascii("xyz" + get("/a?b", HOST + "Content-Length: 7\r\n") + "rest");
        assertThat(read.parse(bytes, 3, bytes.length)).isEqualTo(bytes.length - 4);
        assertThat(Bytes.text(bytes, read.targetFrom, read.targetTo)).isEqualTo("/a?b");
        assertThat(Bytes.text(bytes, read.targetFrom, read.pathTo)).isEqualTo("/a");
        assertThat(Bytes.text(bytes, read.hostFrom, read.hostTo)).isEqualTo("example.com");
        assertThat(read.length).isEqualTo(7);
    }

    @Test
    void anAbsoluteTargetIsAsGoodAsItsPath() {
        RequestHead read = new RequestHead();
        byte[] bytes = Bytes.ascii(get("http://example.com/a/b?c/d", HOST));
        assertThat(read.parse(bytes, 0, bytes.length)).isEqualTo(bytes.length);
        assertThat(Bytes.text(bytes, read.targetFrom, read.targetTo)).isEqualTo("/a/b?c/d");
        assertThat(Bytes.text(bytes, read.targetFrom, read.pathTo)).isEqualTo("/a/b");
    }

    @Test
    void nothingOfARequestStaysInTheNext() {
        RequestHead read = new RequestHead();
        byte[] first = Bytes.ascii("POST / HTTP/1.0\r\n" + HOST + "Expect: 100-continue\r\nContent-Length: 9\r\nConnection: close\r\n\r\n");
        byte[] second = Bytes.ascii("POST / HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\nUpgrade: x\r\nConnection: upgrade\r\nExpect: 100-continue\r\n\r\n");
        byte[] third = Bytes.ascii(get("/", HOST));
        assertThat(read.parse(first, 0, first.length)).isPositive();
        assertThat(read.close).isTrue();
        assertThat(read.expectsContinue).as("HTTP/1.0 knows no 100").isFalse();
        assertThat(read.parse(second, 0, second.length)).isPositive();
        assertThat(read.length).isZero();
        assertThat(read.chunked && read.expectsContinue && read.upgrade >= 0 && !read.close).isTrue();
        assertThat(read.parse(third, 0, third.length)).isPositive();
        assertThat(read.close || read.chunked || read.expectsContinue || read.connectionSaid || read.version10 || read.upgrade >= 0).isFalse();
        assertThat(read.length).isZero();
        assertThat(read.method).isEqualTo(Method.GET);
    }

    @Test
    void anUpgradeIsOneOnlyIfConnectionSaysSo() {
        assertThat(upgrade("Upgrade: x\r\n")).isFalse();
        assertThat(upgrade("Upgrade: x\r\nConnection: keep-alive\r\n")).isFalse();
        assertThat(upgrade("Upgrade: x\r\nConnection: keep-alive, Upgrade\r\n")).isTrue();
        assertThat(upgrade("Connection: upgrade\r\nUpgrade: x\r\n")).isTrue();
        assertThat(upgrade("Connection: upgrade\r\n")).isFalse();
    }

    @Test
    void namesWithUnderscoresAreNotTheRealOnes() {
        assertThat(field("content-length")).isEqualTo(Field.CONTENT_LENGTH);
        assertThat(field("Content_Length")).isEqualTo(Field.MISTAKABLE);
        assertThat(field("X_Forwarded-For")).isEqualTo(Field.MISTAKABLE);
        assertThat(field("X-Forwarded_For")).isEqualTo(Field.MISTAKABLE);
        assertThat(field("x_forwarded_for")).isEqualTo(Field.MISTAKABLE);
        assertThat(field("transfer_encoding")).isEqualTo(Field.MISTAKABLE);
        assertThat(field("my_own")).isEqualTo(Field.OTHER);
        assertThat(field("x".repeat(500))).isEqualTo(Field.OTHER);
    }

    private static Field field(String name) {
        byte[] bytes = Bytes.ascii(name);
        return Field.of(bytes, 0, bytes.length);
    }

    private static boolean upgrade(String lines) {
        RequestHead read = new RequestHead();
        byte[] bytes = Bytes.ascii(get("/", HOST + lines));
        assertThat(read.parse(bytes, 0, bytes.length)).isPositive();
        return read.upgrade >= 0;
    }

    private static String get(String target, String lines) {
        return "GET " + target + " HTTP/1.1\r\n" + lines + "\r\n";
    }

    private static String post(String lines) {
        return "POST / HTTP/1.1\r\n" + lines + "\r\n";
    }

    private static int parse(String head) {
        byte[] bytes = Bytes.ascii(head);
        return new RequestHead().parse(bytes, 0, bytes.length);
    }

    private static String shown(String head) {
        return head.substring(0, Math.min(120, head.length())).replace("\r", "\\r").replace("\n", "\\n").replace("%", "%%");
    }
}
