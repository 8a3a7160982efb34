package dev.dewpoint.proxy.lane;

import dev.dewpoint.health.Check;
import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.Balancer;
import dev.dewpoint.proxy.Route;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Heads as they leave: without what was meant for us alone, with what the other side is to know of the client. */
final class Forwarding {
    private static final byte[] HTTP_2 = Bytes.ascii("h2c");
    private static final byte[] WEB_SOCKET = Bytes.ascii("websocket");
    private static final byte[] VERSION_11 = Bytes.ascii(" HTTP/1.1\r\n");
    private static final byte[] VERSION_10 = Bytes.ascii(" HTTP/1.0\r\nConnection: close\r\n");
    private static final byte[] STATUS_11 = Bytes.ascii("HTTP/1.1 ");
    private static final byte[] CLOSE = Bytes.ascii("Connection: close\r\n");
    private static final byte[] CHUNKED = Bytes.ascii("Transfer-Encoding: chunked\r\n");
    private static final byte[] UPGRADE = Bytes.ascii("Connection: Upgrade\r\nUpgrade: ");
    private static final byte[] FORWARDED_HOST = Bytes.ascii("X-Forwarded-Host: ");
    private static final byte[] REQUEST_ID = Bytes.ascii("X-Request-ID: ");
    private static final byte[] REQUEST_START = Bytes.ascii("X-Request-Start: t=");
    static final byte[] END = {'\r', '\n'};
    private static final byte[] HEX = Bytes.ascii("0123456789abcdef");
    private static final int LONGEST_ID = 128;

    private Forwarding() {}

    // ---- the request

    static void request(ByteBuffer out, Front front, RequestHead head, Route route, Backend backend, Asked asked) {
        byte[] bytes = front.intake.bytes;
        Fields fields = head.fields;
        out.put(bytes, head.methodFrom, head.methodTo - head.methodFrom).put((byte) ' ');
        target(out, head, bytes, route);
        out.put(head.version10 ? VERSION_10 : VERSION_11);
        boolean trusted = front.lane.terms.trusted().test(front.peer());
        String host = route.options().host().orElse(null);
        boolean id = false;
        int run = -1;
        for (int i = 0; i < fields.count(); i++) {
            Field field = fields.field(i);
            boolean keep = field == Field.OTHER && !named(fields, bytes, i, head) || field != Field.OTHER && passes(field, fields, bytes, i, host != null);
            if (field == Field.X_REQUEST_ID) {
                keep = !id && isId(bytes, fields.valueFrom(i), fields.valueTo(i));
                id |= keep;
            }
            if (keep && run < 0) {
                run = fields.nameFrom(i);
            } else if (!keep && run >= 0) {
                out.put(bytes, run, fields.nameFrom(i) - run);
                run = -1;
            }
        }
        if (run >= 0) {
            out.put(bytes, run, fields.lineTo(fields.count() - 1) - run);
        }
        if (host != null || head.hostFrom == head.hostTo) {
            put(out, "Host: " + (host != null ? host : backend.name()) + "\r\n");
        }
        if (head.chunked) {
            out.put(CHUNKED);
        }
        if (mayUpgrade(head, bytes)) {
            out.put(UPGRADE).put(bytes, fields.valueFrom(head.upgrade), fields.valueTo(head.upgrade) - fields.valueFrom(head.upgrade)).put(END);
        }
        if (trusted) {
            Relayed.identity(out, front, head);
        } else {
            out.put(front.about());
            if (head.hostTo > head.hostFrom) {
                out.put(FORWARDED_HOST).put(bytes, head.hostFrom, head.hostTo - head.hostFrom).put(END);
            }
        }
        if (!id) {
            out.put(REQUEST_ID);
            if (asked.idHigh == 0) {
                asked.idHigh = front.lane.random();
                asked.idLow = front.lane.random();
            }
            hex(out, asked.idHigh);
            hex(out, asked.idLow);
            out.put(END);
        }
        out.put(REQUEST_START);
        decimal(out, front.lane.wallMillis(asked.started));
        out.put(END).put(END);
    }

    private static void target(ByteBuffer out, RequestHead head, byte[] bytes, Route route) {
        int from = stripped(head, bytes, route);
        if (from == head.targetTo || bytes[from] != '/' && from > head.targetFrom) {
            out.put((byte) '/');
        }
        out.put(bytes, from, head.targetTo - from);
    }

    private static int stripped(RequestHead head, byte[] bytes, Route route) {
        String path = route.rule().match().path();
        boolean strips = route.options().strip() && bytes[head.targetFrom] == '/' && !path.equals("/");
        return strips ? head.targetFrom + path.length() : head.targetFrom;
    }

    /** Whether the request is the one that the route's own check sends. */
    static boolean asksHealth(RequestHead head, byte[] bytes, Route route) {
        if (!(route.options().health().check() instanceof Check.Http check)) {
            return false;
        }
        int from = stripped(head, bytes, route);
        byte[] path = Bytes.ascii(check.path());
        int to = check.path().indexOf('?') >= 0 ? head.targetTo : head.pathTo;
        return from == to ? check.path().equals("/") : Arrays.equals(bytes, from, to, path, 0, path.length);
    }

    private static boolean named(Fields fields, byte[] bytes, int i, RequestHead head) {
        return head.connectionSaid && fields.namedByConnection(bytes, i);
    }

    private static boolean passes(Field field, Fields fields, byte[] bytes, int i, boolean otherHost) {
        return switch (field) {
            case CONNECTION, KEEP_ALIVE, PROXY_CONNECTION, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRANSFER_ENCODING, UPGRADE, HTTP2_SETTINGS -> false;
            case FORWARDED, X_FORWARDED_FOR, X_FORWARDED_PROTO, X_FORWARDED_HOST, X_FORWARDED_PORT, X_REAL_IP, X_REQUEST_START, MISTAKABLE -> false;
            case HOST -> !otherHost;
            case CONTENT_LENGTH -> true;
            case OTHER, TRAILER, CONTENT_TYPE, EXPECT, ACCEPT, COOKIE, X_REQUEST_ID -> !fields.namedByConnection(bytes, i);
        };
    }

    static boolean mayUpgrade(RequestHead head, byte[] bytes) {
        if (head.upgrade < 0) {
            return false;
        }
        int from = head.fields.valueFrom(head.upgrade);
        int to = head.fields.valueTo(head.upgrade);
        return to > from && !Bytes.lists(bytes, from, to, HTTP_2, 0, HTTP_2.length);
    }

    private static boolean isId(byte[] bytes, int from, int to) {
        if (from == to || to - from > LONGEST_ID) {
            return false;
        }
        for (int i = from; i < to; i++) {
            if (!Bytes.isTarget(bytes[i])) {
                return false;
            }
        }
        return true;
    }

    /** What an untrusted client is: who connected, by what, where. */
    static byte[] about(InetAddress peer, Entrance entrance) {
        String address = address(peer);
        String scheme = entrance.secure() ? "https" : "http";
        String node = peer instanceof Inet6Address ? "\"[" + address + "]\"" : address;
        return Bytes.ascii("X-Forwarded-For: " + address + "\r\nX-Real-IP: " + address + "\r\nX-Forwarded-Proto: " + scheme + "\r\nX-Forwarded-Port: " + entrance.port()
                + "\r\nForwarded: for=" + node + ";proto=" + scheme + "\r\n");
    }

    static String address(InetAddress peer) {
        String text = peer.getHostAddress();
        int scope = text.indexOf('%');
        return scope < 0 ? text : text.substring(0, scope);
    }

    /** Stands for the client's address where a route is balanced by it. */
    static long clientKey(Front front, RequestHead head, Route route) {
        if (route.rule().balance() != Balance.IP_HASH) {
            return 0;
        }
        return Balancer.hash(client(front, head).getAddress());
    }

    /** Who asks, by the word of those whom we trust. */
    static InetAddress client(Front front, RequestHead head) {
        return front.lane.terms.trusted().test(front.peer()) ? Relayed.client(front, head) : front.peer();
    }

    // ---- the response

    /** Without the empty line. */
    static void response(ByteBuffer out, ResponseHead head, byte[] bytes, boolean close) {
        out.put(STATUS_11);
        decimal(out, head.status);
        out.put(bytes, head.reasonFrom, head.fieldsFrom - head.reasonFrom);
        Fields fields = head.fields;
        int run = -1;
        for (int i = 0; i < fields.count(); i++) {
            boolean keep = passes(fields, bytes, i, head);
            if (keep && run < 0) {
                run = fields.nameFrom(i);
            } else if (!keep && run >= 0) {
                out.put(bytes, run, fields.nameFrom(i) - run);
                run = -1;
            }
        }
        if (run >= 0) {
            out.put(bytes, run, fields.lineTo(fields.count() - 1) - run);
        }
        if (head.chunked && !head.bodiless()) {
            out.put(CHUNKED);
        }
        if (close) {
            out.put(CLOSE);
        }
    }

    private static boolean passes(Fields fields, byte[] bytes, int i, ResponseHead head) {
        Field field = fields.field(i);
        if (field.ofOneHop()) {
            return field == Field.PROXY_AUTHENTICATE;
        }
        if (field == Field.CONTENT_LENGTH) {
            return head.status >= 200 && head.status != 204;
        }
        return !head.connectionSaid || !fields.namedByConnection(bytes, i);
    }

    static void switching(ByteBuffer out, ResponseHead head, byte[] bytes) {
        out.put(STATUS_11);
        decimal(out, head.status);
        out.put(bytes, head.reasonFrom, head.fieldsFrom - head.reasonFrom);
        for (int i = 0; i < head.fields.count(); i++) {
            Field field = head.fields.field(i);
            if (field == Field.UPGRADE || !field.ofOneHop() && field != Field.CONTENT_LENGTH) {
                out.put(bytes, head.fields.nameFrom(i), head.fields.lineTo(i) - head.fields.nameFrom(i));
            }
        }
        put(out, "Connection: Upgrade\r\n\r\n");
    }

    static boolean isWebSocket(ResponseHead head, byte[] bytes) {
        for (int i = 0; i < head.fields.count(); i++) {
            if (head.fields.field(i) == Field.UPGRADE && Bytes.same(bytes, head.fields.valueFrom(i), head.fields.valueTo(i), WEB_SOCKET)) {
                return true;
            }
        }
        return false;
    }

    // ---- characters

    static void put(ByteBuffer out, String text) {
        out.put(Bytes.ascii(text));
    }

    private static void hex(ByteBuffer out, long bits) {
        for (int shift = 60; shift >= 0; shift -= 4) {
            out.put(HEX[(int) (bits >>> shift) & 15]);
        }
    }

    private static void decimal(ByteBuffer out, long number) {
        long power = 1;
        while (number / power >= 10) {
            power *= 10;
        }
        for (; power > 0; power /= 10) {
            out.put((byte) ('0' + number / power % 10));
        }
    }
}
