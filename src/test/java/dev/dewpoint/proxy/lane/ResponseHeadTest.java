package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What is a response's head, to the letter. */
class ResponseHeadTest {
    static final List<String> ACCEPTED = List.of(
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.0 200 OK\r\n\r\n",
            "HTTP/1.1 200\r\n\r\n",
            "HTTP/1.1 200 \r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 599 Na\u00efve \treason\r\nX: y\r\n\r\n",
            "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 999999999999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\n" + "X: y\r\n".repeat(Fields.MOST) + "\r\n");

    static final List<String> REFUSED = List.of(
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551618\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: a\nSet-Cookie: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: a\u0000\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX : a\r\n\r\n",
            "HTTP/1.1 200 OK\r\n: a\r\n\r\n",
            "HTTP/1.1 200 OK\r\n X: a\r\n\r\n",
            "HTTP/1.1 200 OK\n\n\r\n",
            "HTTP/1.1 200 O\rK\r\n\r\n",
            "HTTP/1.1 200 O\u0000K\r\n\r\n",
            "HTTP/1.1 200OK\r\n\r\n",
            "HTTP/1.1 20 OK\r\n\r\n",
            "HTTP/1.1 2000 OK\r\n\r\n",
            "HTTP/1.1 099 OK\r\n\r\n",
            "HTTP/1.1 abc OK\r\n\r\n",
            "HTTP/1.1  200 OK\r\n\r\n",
            "HTTP/1.2 200 OK\r\n\r\n",
            "HTTP/2 200 OK\r\n\r\n\r\n",
            "http/1.1 200 OK\r\n\r\n",
            "\r\nHTTP/1.1 200 OK\r\n\r\n",
            "ICY 200 OK\r\n\r\n",
            "hello",
            "HTTP/1.1 200 OK\r\n" + "X: y\r\n".repeat(Fields.MOST + 1) + "\r\n");

    @Test
    void soundHeadsAreReadToTheirEnd() {
        for (String head : ACCEPTED) {
            byte[] bytes = Bytes.ascii(head + "HTTP");
            assertThat(new ResponseHead().parse(bytes, 0, bytes.length)).as(head).isEqualTo(head.length());
            for (int to = 0; to < head.length(); to++) {
                assertThat(new ResponseHead().parse(bytes, 0, to)).as("the first %s of %s", to, head).isEqualTo(ResponseHead.INCOMPLETE);
            }
        }
    }

    @Test
    void whatTwoReadersCouldTakeForDifferentThingsIsRefused() {
        for (String head : REFUSED) {
            byte[] bytes = Bytes.ascii(head);
            assertThat(new ResponseHead().parse(bytes, 0, bytes.length)).as(head).isEqualTo(ResponseHead.MALFORMED);
            for (int to = 0; to < bytes.length; to++) {
                assertThat(new ResponseHead().parse(bytes, 0, to)).as("the first %s of %s", to, head).isLessThanOrEqualTo(0);
            }
        }
    }

    @Test
    void nothingOfAResponseStaysInTheNext() {
        ResponseHead head = new ResponseHead();
        read(head, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\nContent-Type: text/event-stream; charset=utf-8\r\nUpgrade: x\r\n\r\n");
        assertThat(head.chunked && head.events && head.upgrade && !head.keep && head.connectionSaid).isTrue();
        assertThat(head.length).isEqualTo(-1);
        read(head, "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\n");
        assertThat(head.chunked || head.events || head.upgrade || !head.keep || head.connectionSaid).isFalse();
        assertThat(head.length).isEqualTo(3);
        assertThat(head.status).isEqualTo(404);
    }

    @Test
    void anOldBackendIsKeptOnlyIfItSaysSo() {
        ResponseHead head = new ResponseHead();
        read(head, "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n");
        assertThat(head.keep).isFalse();
        read(head, "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n");
        assertThat(head.keep).isTrue();
        read(head, "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n");
        assertThat(head.keep).isFalse();
    }

    private static void read(ResponseHead head, String text) {
        byte[] bytes = Bytes.ascii(text);
        assertThat(head.parse(bytes, 0, bytes.length)).isEqualTo(bytes.length);
    }
}
