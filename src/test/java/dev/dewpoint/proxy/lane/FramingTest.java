package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Where bodies end, however they are cut into pieces. */
class FramingTest {
    /** What is sent, and what of it is passed on. */
    static final Map<String, String> ACCEPTED = accepted();

    private static Map<String, String> accepted() {
        Map<String, String> table = new LinkedHashMap<>();
        for (String same : List.of("0\r\n\r\n", "000\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n", "1\r\na\r\nA\r\n0123456789\r\nb\r\n01234567890\r\n0\r\n\r\n", "2\r\n\r\n\r\n0\r\n\r\n", "5\r\nhello\r\n0\r\nX-End: 1\r\nY:\r\n\r\n",
                "000000000000005\r\nhello\r\n0\r\n\r\n", "0\r\nA-name-that-is-longer-than-all-that-mean-something: 1\r\n\r\n")) {
            table.put(same, same);
        }
        table.put("5;a=b\r\nhello\r\n0;c;d=\"e;\"\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n");
        table.put("5 ; a\r\nhello\r\n0\t;\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n");
        table.put("5  \r\nhello\r\n0 \r\n\r\n", "5\r\nhello\r\n0\r\n\r\n");
        table.put("1;" + "x".repeat(1000) + "\r\na\r\n1;" + "y".repeat(1000) + "\r\nb\r\n0\r\n\r\n", "1\r\na\r\n1\r\nb\r\n0\r\n\r\n");
        return table;
    }

    static final List<String> REFUSED = List.of(
            "ZZ\r\n", "-1\r\n", "+1\r\na\r\n", " 1\r\na\r\n", "\r\n", ";\r\n", "0x1\r\na\r\n", "1 2\r\n", "1 a;b\r\n", "1\n", "1\r\r\n", "1\ra", "1;a\nb\r\n", "1;a\u0000\r\n", "1;a\rb\r\n", "1;" + "x".repeat(1025),
            "2\r\nokXX0\r\n\r\n", "2\r\nok0\r\n\r\n", "2\r\nok\n0\r\n\r\n", "2\r\nok\r0\r\n\r\n", "2\r\nok\r\r\n", "1000000000000000\r\n", "0000000000000001\r\na\r\n", "fffffffffffffffff\r\n",
            "0\r\n\n", "0\r\nX\r\n\r\n", "0\r\nX : a\r\n\r\n", "0\r\n: a\r\n\r\n", "0\r\n X: a\r\n\r\n", "0\r\nX: a\n\r\n", "0\r\nX: a\r\n b\r\n\r\n", "0\r\nX: a\u0000\r\n\r\n", "0\r\nX: a\rb\r\n\r\n", "0\r\n\rX",
            "0\r\nContent-Length: 5\r\n\r\n", "0\r\nTransfer-Encoding: chunked\r\n\r\n", "0\r\nhost: x\r\n\r\n", "0\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n", "0\r\nContent_Length: 5\r\n\r\n", "0\r\nCookie: a\r\n\r\n",
            "0\r\nX: " + "y".repeat(16 << 10) + "\r\n\r\n");

    @Test
    void chunksAreReadToTheirEndAndExtensionsCutOut() {
        ACCEPTED.forEach((sent, passed) -> assertThat(whole(sent + "GET /next")).as(sent).isEqualTo(passed));
    }

    @Test
    void whereAPieceEndsMakesNoDifference() {
        ACCEPTED.forEach((sent, passed) -> {
            for (int cut = 0; cut <= sent.length(); cut++) {
                assertThat(pieces(sent + "GET", cut)).as("%s cut at %s", sent, cut).isEqualTo(passed);
            }
            assertThat(byteForByte(sent)).as(sent).isEqualTo(passed);
        });
    }

    @Test
    void whatIsNotWellFormedToTheLetterIsRefused() {
        for (String sent : REFUSED) {
            assertThat(whole(sent)).as(sent).isNull();
            assertThat(byteForByte(sent)).as(sent).isNull();
        }
    }

    @Test
    void aLengthIsCountedToItsLastByte() {
        Framing framing = new Framing();
        framing.length(5);
        assertThat(framing.scan(buffer("hel"))).isEqualTo(3);
        assertThat(framing.done()).isFalse();
        assertThat(framing.scan(buffer("lo, and more"))).isEqualTo(2);
        assertThat(framing.done()).isTrue();
        assertThat(framing.passed()).isEqualTo(5);
        assertThat(framing.scan(buffer("x"))).as("nothing belongs to it any more").isZero();
        framing.length(0);
        assertThat(framing.done()).isTrue();
    }

    @Test
    void aBodyWithoutLengthEndsWithTheConnectionAlone() {
        Framing framing = new Framing();
        framing.untilClose();
        assertThat(framing.scan(buffer("0\r\n\r\n"))).isEqualTo(5);
        assertThat(framing.done()).isFalse();
        assertThat(framing.endsWithConnection()).isTrue();
        assertThat(framing.betweenChunks()).isFalse();
    }

    @Test
    void onlyContentCounts() {
        Framing framing = new Framing();
        framing.chunked();
        framing.scan(buffer("5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nX: y\r\n\r\n"));
        assertThat(framing.passed()).isEqualTo(11);
    }

    @Test
    void betweenChunksIsWhereALastOneMayBeAdded() {
        Framing framing = new Framing();
        framing.chunked();
        assertThat(framing.betweenChunks()).isTrue();
        for (byte b : Bytes.ascii("5\r\nhello\r")) {
            framing.scan(ByteBuffer.wrap(new byte[] {b}));
            assertThat(framing.betweenChunks()).as("after " + (char) b).isFalse();
        }
        framing.scan(buffer("\n"));
        assertThat(framing.betweenChunks()).isTrue();
        framing.scan(buffer("0"));
        assertThat(framing.betweenChunks()).isFalse();
        framing.scan(buffer("\r\n\r\n"));
        assertThat(framing.betweenChunks()).isFalse();
    }

    private static String whole(String sent) {
        Framing framing = new Framing();
        framing.chunked();
        return scan(framing, sent);
    }

    private static String pieces(String sent, int cut) {
        Framing framing = new Framing();
        framing.chunked();
        String first = scan(framing, sent.substring(0, cut));
        return first + scan(framing, sent.substring(cut));
    }

    /** Null: refused. */
    private static String byteForByte(String sent) {
        Framing framing = new Framing();
        framing.chunked();
        StringBuilder out = new StringBuilder();
        for (char c : sent.toCharArray()) {
            String passed = scan(framing, String.valueOf(c));
            if (passed == null) {
                return null;
            }
            out.append(passed);
        }
        return framing.done() ? out.toString() : null;
    }

    /** In the middle of a buffer, as it is used. */
    private static String scan(Framing framing, String piece) {
        byte[] bytes = Bytes.ascii("abc" + piece);
        ByteBuffer buffer = ByteBuffer.wrap(bytes, 3, bytes.length - 3);
        int end = framing.scan(buffer);
        assertThat(buffer.position()).isEqualTo(3);
        assertThat(end).isLessThanOrEqualTo(buffer.limit());
        return end == Framing.MALFORMED ? null : new String(bytes, 3, end - 3, java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    private static ByteBuffer buffer(String text) {
        return ByteBuffer.wrap(Bytes.ascii(text));
    }
}
