package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.AccessLog;
import dev.dewpoint.proxy.Backend;

/** What the access log learns of an exchange. */
final class AccessLines {
    private AccessLines() {}

    static void write(Lane lane, Front front, Exchange exchange, Backend by) {
        long now = lane.time.nanos();
        int from = exchange.headFrom();
        int to = exchange.headEnd();
        String method = "-";
        String target = "-";
        String version = "HTTP/1.1";
        String host = "";
        String referer = "";
        String agent = "";
        String id = "";
        if (to > from) {
            RequestHead head = lane.head(exchange, front.bytes, from, to);
            method = Bytes.text(front.bytes, head.methodFrom, head.methodTo);
            target = Bytes.text(front.bytes, head.targetFrom, head.targetTo);
            version = head.version10 ? "HTTP/1.0" : "HTTP/1.1";
            host = Bytes.text(front.bytes, head.hostFrom, head.hostTo);
            referer = value(head, front.bytes, "referer");
            agent = value(head, front.bytes, "user-agent");
            id = value(head, front.bytes, "x-request-id");
        }
        lane.log.write(new AccessLog.Line(lane.wallMillis(exchange.started()), Forwarding.address(front.peer()), method, target, version, host, exchange.status(), exchange.sent(), now - exchange.started(),
                by == null ? "" : by.name(), exchange.backendNanos(), id, referer, agent));
    }

    private static String value(RequestHead head, byte[] bytes, String lowerCaseName) {
        byte[] name = Bytes.ascii(lowerCaseName);
        for (int i = 0; i < head.fields.count(); i++) {
            if (Bytes.same(bytes, head.fields.nameFrom(i), head.fields.nameTo(i), name)) {
                return Bytes.text(bytes, head.fields.valueFrom(i), head.fields.valueTo(i));
            }
        }
        return "";
    }
}
