package dev.dewpoint.proxy.lane;

/**
 * A request's head, read strictly: what two readers could take for different things is refused here. Filled again and
 * again; belongs to one IO thread, and what it says is about the bytes that it read last.
 */
final class RequestHead {
    static final int LONGEST_TARGET = 16 << 10;
    static final int INCOMPLETE = 0;

    private static final byte[] HTTP = Bytes.ascii("HTTP/");
    /** Digits stand for digits. */
    private static final byte[] VERSION_FORM = Bytes.ascii("1.1\r\n");
    private static final byte[] CHUNKED = Bytes.ascii("chunked");
    private static final byte[] CLOSE = Bytes.ascii("close");
    private static final byte[] UPGRADE = Bytes.ascii("upgrade");
    private static final byte[] CONTINUE = Bytes.ascii("100-continue");
    private static final byte[] SCHEME = Bytes.ascii("http://");
    private static final byte[] SECURE_SCHEME = Bytes.ascii("https://");

    final Fields fields = new Fields();
    Method method = Method.OTHER;
    int methodFrom;
    int methodTo;
    int targetFrom;
    int targetTo;
    /** Without the query. */
    int pathTo;
    int hostFrom;
    int hostTo;
    boolean version10;
    boolean close;
    boolean chunked;
    boolean expectsContinue;
    boolean connectionSaid;
    long length;
    /** The field that names another protocol, if `Connection` says so too; else -1. */
    int upgrade;

    /** Answers where the head ends, {@link #INCOMPLETE}, or minus the status with which it is refused. */
    int parse(byte[] bytes, int from, int to) {
        int at = from;
        if (to - at >= 2 && bytes[at] == '\r' && bytes[at + 1] == '\n') {
            at += 2;
        }
        methodFrom = at;
        while (at < to && Bytes.isToken(bytes[at])) {
            at++;
        }
        methodTo = at;
        if (at - methodFrom > Method.LONGEST) {
            return -400;
        }
        if (at == to) {
            return INCOMPLETE;
        }
        if (at == methodFrom && to - at == 1 && bytes[at] == '\r') {
            return INCOMPLETE;
        }
        if (at == methodFrom || bytes[at] != ' ') {
            return -400;
        }
        method = Method.of(bytes, methodFrom, methodTo);
        int line = requestLine(bytes, at + 1, to);
        if (line <= 0) {
            return line;
        }
        int end = fields.parse(bytes, line, to);
        if (end == Fields.MALFORMED) {
            return -400;
        }
        if (end == Fields.TOO_MANY) {
            return -431;
        }
        if (end == Fields.INCOMPLETE) {
            return INCOMPLETE;
        }
        int refusal = understand(bytes);
        return refusal == 0 ? end : -refusal;
    }

    private int requestLine(byte[] bytes, int from, int to) {
        targetFrom = from;
        int query = -1;
        int at = from;
        while (at < to && Bytes.isTarget(bytes[at])) {
            if (bytes[at] == '?' && query < 0) {
                query = at;
            }
            at++;
        }
        if (at - from > LONGEST_TARGET) {
            return -414;
        }
        targetTo = at;
        pathTo = query < 0 ? at : query;
        if (at == to) {
            return INCOMPLETE;
        }
        if (bytes[at] != ' ' || at == from) {
            return -400;
        }
        return version(bytes, at + 1, to);
    }

    private int version(byte[] bytes, int from, int to) {
        for (int i = 0; i < HTTP.length; i++) {
            if (from + i == to) {
                return INCOMPLETE;
            }
            if (bytes[from + i] != HTTP[i]) {
                return -400;
            }
        }
        int major = from + HTTP.length;
        for (int i = 0; i < VERSION_FORM.length; i++) {
            if (major + i == to) {
                return INCOMPLETE;
            }
            if (VERSION_FORM[i] == '1' ? !Bytes.isDigit(bytes[major + i]) : bytes[major + i] != VERSION_FORM[i]) {
                return -400;
            }
        }
        version10 = bytes[major + 2] == '0';
        if (bytes[major] != '1' || bytes[major + 2] > '1') {
            return -505;
        }
        return major + 5;
    }

    /** Answers the status to refuse it with, or 0. */
    private int understand(byte[] bytes) {
        int host = -1;
        int upgradeField = -1;
        boolean upgradeNamed = false;
        boolean lengthSaid = false;
        boolean codingSaid = false;
        length = 0;
        chunked = false;
        close = version10;
        expectsContinue = false;
        connectionSaid = false;
        for (int i = 0; i < fields.count(); i++) {
            Field field = fields.field(i);
            if (field == Field.OTHER) {
                continue;
            }
            int from = fields.valueFrom(i);
            int to = fields.valueTo(i);
            if (field == Field.HOST) {
                if (host >= 0) {
                    return 400;
                }
                host = i;
            } else if (field == Field.CONTENT_LENGTH) {
                if (lengthSaid) {
                    return 400;
                }
                lengthSaid = true;
                length = number(bytes, from, to);
                if (length < 0) {
                    return 400;
                }
            } else if (field == Field.TRANSFER_ENCODING) {
                if (codingSaid) {
                    return 400;
                }
                codingSaid = true;
                chunked = Bytes.same(bytes, from, to, CHUNKED);
            } else if (field == Field.CONNECTION) {
                connectionSaid = true;
                close |= Bytes.lists(bytes, from, to, CLOSE, 0, CLOSE.length);
                upgradeNamed |= Bytes.lists(bytes, from, to, UPGRADE, 0, UPGRADE.length);
            } else if (field == Field.UPGRADE) {
                upgradeField = upgradeField < 0 ? i : upgradeField;
            } else if (field == Field.EXPECT) {
                if (!Bytes.same(bytes, from, to, CONTINUE)) {
                    return 417;
                }
                expectsContinue = !version10;
            }
        }
        if (codingSaid && (lengthSaid || version10)) {
            return 400;
        }
        if (codingSaid && !chunked) {
            return 501;
        }
        upgrade = upgradeNamed && !version10 ? upgradeField : -1;
        return target(bytes, host);
    }

    private int target(byte[] bytes, int host) {
        if (host < 0 && !version10) {
            return 400;
        }
        hostFrom = host < 0 ? 0 : fields.valueFrom(host);
        hostTo = host < 0 ? 0 : fields.valueTo(host);
        for (int i = hostFrom; i < hostTo; i++) {
            if (!Bytes.isHost(bytes[i])) {
                return 400;
            }
        }
        if (host >= 0 && hostFrom == hostTo) {
            return 400;
        }
        if (method == Method.CONNECT || method == Method.TRACE) {
            return 405;
        }
        if (bytes[targetFrom] == '/') {
            return 0;
        }
        if (targetTo - targetFrom == 1 && bytes[targetFrom] == '*') {
            return method == Method.OPTIONS ? 0 : 400;
        }
        return absolute(bytes);
    }

    /** As sent to a proxy: allowed, if it says the same as `Host`. From here on it is as if only the path had been sent. */
    private int absolute(byte[] bytes) {
        int authority = -1;
        for (byte[] scheme : new byte[][] {SCHEME, SECURE_SCHEME}) {
            if (targetTo - targetFrom > scheme.length && Bytes.same(bytes, targetFrom, targetFrom + scheme.length, scheme)) {
                authority = targetFrom + scheme.length;
            }
        }
        if (authority < 0) {
            return 400;
        }
        int end = authority;
        while (end < pathTo && bytes[end] != '/') {
            end++;
        }
        if (!Bytes.same(bytes, authority, end, bytes, hostFrom, hostTo) || end == targetTo || bytes[end] != '/') {
            return 400;
        }
        targetFrom = end;
        return 0;
    }

    static long number(byte[] bytes, int from, int to) {
        if (from == to || to - from > 18) {
            return -1;
        }
        long number = 0;
        for (int i = from; i < to; i++) {
            if (!Bytes.isDigit(bytes[i])) {
                return -1;
            }
            number = number * 10 + bytes[i] - '0';
        }
        return number;
    }
}
