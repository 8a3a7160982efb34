package dev.dewpoint.proxy.lane;

/** A response's head, read as strictly as a request's. Filled again and again; belongs to one IO thread. */
final class ResponseHead {
    static final int INCOMPLETE = 0;
    static final int MALFORMED = -1;

    private static final byte[] HTTP = Bytes.ascii("HTTP/1.");
    private static final byte[] CHUNKED = Bytes.ascii("chunked");
    private static final byte[] CLOSE = Bytes.ascii("close");
    private static final byte[] KEEP = Bytes.ascii("keep-alive");
    private static final byte[] EVENTS = Bytes.ascii("text/event-stream");

    final Fields fields = new Fields();
    int status;
    /** Of the reason, with the line's end. */
    int reasonFrom;
    int fieldsFrom;
    boolean keep;
    boolean chunked;
    boolean upgrade;
    boolean events;
    boolean connectionSaid;
    /** -1: none was said. */
    long length;

    /** Answers where the head ends, {@link #INCOMPLETE} or {@link #MALFORMED}. */
    int parse(byte[] bytes, int from, int to) {
        for (int i = 0; i < HTTP.length; i++) {
            if (from + i == to) {
                return INCOMPLETE;
            }
            if (bytes[from + i] != HTTP[i]) {
                return MALFORMED;
            }
        }
        int minor = from + HTTP.length;
        if (minor + 6 > to) {
            return INCOMPLETE;
        }
        if (bytes[minor] != '0' && bytes[minor] != '1' || bytes[minor + 1] != ' ' || !Bytes.isDigit(bytes[minor + 2]) || !Bytes.isDigit(bytes[minor + 3]) || !Bytes.isDigit(bytes[minor + 4])
                || bytes[minor + 5] != ' ' && bytes[minor + 5] != '\r') {
            return MALFORMED;
        }
        status = (bytes[minor + 2] - '0') * 100 + (bytes[minor + 3] - '0') * 10 + bytes[minor + 4] - '0';
        reasonFrom = minor + 5;
        int at = reasonFrom;
        while (at < to && Bytes.isValue(bytes[at])) {
            at++;
        }
        if (at + 1 >= to) {
            return at < to && bytes[at] != '\r' ? MALFORMED : INCOMPLETE;
        }
        if (bytes[at] != '\r' || bytes[at + 1] != '\n' || status < 100) {
            return MALFORMED;
        }
        fieldsFrom = at + 2;
        int end = fields.parse(bytes, fieldsFrom, to);
        if (end < 0) {
            return MALFORMED;
        }
        return end == Fields.INCOMPLETE ? INCOMPLETE : understand(bytes, bytes[minor] == '1') ? end : MALFORMED;
    }

    private boolean understand(byte[] bytes, boolean version11) {
        keep = version11;
        chunked = false;
        upgrade = false;
        events = false;
        connectionSaid = false;
        length = -1;
        boolean codingSaid = false;
        for (int i = 0; i < fields.count(); i++) {
            Field field = fields.field(i);
            if (field == Field.OTHER) {
                continue;
            }
            int from = fields.valueFrom(i);
            int to = fields.valueTo(i);
            if (field == Field.CONTENT_LENGTH) {
                long said = RequestHead.number(bytes, from, to);
                if (said < 0 || length >= 0) {
                    return false;
                }
                length = said;
            } else if (field == Field.TRANSFER_ENCODING) {
                chunked = Bytes.same(bytes, from, to, CHUNKED);
                if (!chunked || codingSaid || !version11) {
                    return false;
                }
                codingSaid = true;
            } else if (field == Field.CONNECTION) {
                connectionSaid = true;
                if (version11) {
                    keep &= !Bytes.lists(bytes, from, to, CLOSE, 0, CLOSE.length);
                } else {
                    keep |= Bytes.lists(bytes, from, to, KEEP, 0, KEEP.length);
                }
            } else if (field == Field.UPGRADE) {
                upgrade = true;
            } else if (field == Field.CONTENT_TYPE) {
                events = to - from >= EVENTS.length && Bytes.same(bytes, from, from + EVENTS.length, EVENTS);
            }
        }
        return !codingSaid || length < 0;
    }

    /** Whether a body can follow at all. */
    boolean bodiless() {
        return status < 200 || status == 204 || status == 304;
    }
}
