package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.AccessLog;
import dev.dewpoint.proxy.Backend;

/** What the access log learns of an exchange. */
final class AccessLines {
    private AccessLines() {}

    /** {@code sentAt}: when the backend got the request. */
    static void write(Lane lane, Front front, RequestHead head, Asked asked, Answered answered, Backend by, long sentAt) {
        byte[] bytes = front.intake.bytes;
        boolean read = asked.headEnd > asked.headFrom;
        lane.log.write(new AccessLog.Line(
                lane.wallMillis(asked.started),
                Forwarding.address(front.peer()),
                read ? Bytes.text(bytes, head.methodFrom, head.methodTo) : "-",
                read ? Bytes.text(bytes, head.targetFrom, head.targetTo) : "-",
                front.isStream() ? "HTTP/2" : read && head.version10 ? "HTTP/1.0" : "HTTP/1.1",
                read ? Bytes.text(bytes, head.hostFrom, head.hostTo) : "",
                answered.status,
                answered.sent,
                lane.time.nanos() - asked.started,
                by == null ? "" : by.name(),
                answered.begunAt == 0 ? -1 : answered.begunAt - sentAt,
                asked.idHigh != 0 ? String.format("%016x%016x", asked.idHigh, asked.idLow) : read ? value(head, bytes, "x-request-id") : "",
                read ? value(head, bytes, "referer") : "",
                read ? value(head, bytes, "user-agent") : ""));
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
