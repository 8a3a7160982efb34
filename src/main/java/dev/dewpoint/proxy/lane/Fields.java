package dev.dewpoint.proxy.lane;

/** Where the header fields of one message stand in its bytes. Filled again and again; belongs to one IO thread. */
final class Fields {
    static final int MOST = 128;
    /** More bytes are needed. */
    static final int INCOMPLETE = 0;
    static final int TOO_MANY = -2;
    static final int MALFORMED = -1;

    private final int[] nameFrom = new int[MOST];
    private final int[] nameTo = new int[MOST];
    private final int[] valueFrom = new int[MOST];
    private final int[] valueTo = new int[MOST];
    private final Field[] known = new Field[MOST];
    private int count;
    private int scanned;

    int count() {
        return count;
    }

    Field field(int i) {
        return known[i];
    }

    int nameFrom(int i) {
        return nameFrom[i];
    }

    int nameTo(int i) {
        return nameTo[i];
    }

    int valueFrom(int i) {
        return valueFrom[i];
    }

    int valueTo(int i) {
        return valueTo[i];
    }

    /** Of the line, with its end. */
    int lineTo(int i) {
        return i + 1 < count ? nameFrom[i + 1] : scanned - 2;
    }

    /** Reads up to the empty line. Answers the offset behind it, or why there is none. */
    int parse(byte[] bytes, int from, int to) {
        count = 0;
        int at = from;
        while (true) {
            if (at + 1 >= to) {
                return at < to && bytes[at] != '\r' && !Bytes.isToken(bytes[at]) ? MALFORMED : INCOMPLETE;
            }
            if (bytes[at] == '\r') {
                scanned = at + 2;
                return bytes[at + 1] == '\n' ? at + 2 : MALFORMED;
            }
            if (count == MOST) {
                return TOO_MANY;
            }
            at = line(bytes, at, to);
            if (at <= 0) {
                return at;
            }
        }
    }

    private int line(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && Bytes.isToken(bytes[at])) {
            at++;
        }
        if (at == to) {
            return INCOMPLETE;
        }
        if (at == from || bytes[at] != ':') {
            return MALFORMED;
        }
        int colon = at++;
        while (at < to && Bytes.isBlank(bytes[at])) {
            at++;
        }
        int value = at;
        while (at < to && Bytes.isValue(bytes[at])) {
            at++;
        }
        if (at + 1 >= to) {
            return at < to && bytes[at] != '\r' ? MALFORMED : INCOMPLETE;
        }
        if (bytes[at] != '\r' || bytes[at + 1] != '\n') {
            return MALFORMED;
        }
        int end = at;
        while (end > value && Bytes.isBlank(bytes[end - 1])) {
            end--;
        }
        nameFrom[count] = from;
        nameTo[count] = colon;
        valueFrom[count] = value;
        valueTo[count] = end;
        known[count] = Field.of(bytes, from, colon);
        count++;
        return at + 2;
    }

    /** Whether a `Connection` field names this one as meant for one hop only. */
    boolean namedByConnection(byte[] bytes, int i) {
        for (int c = 0; c < count; c++) {
            if (known[c] == Field.CONNECTION && Bytes.lists(bytes, valueFrom[c], valueTo[c], bytes, nameFrom[i], nameTo[i])) {
                return true;
            }
        }
        return false;
    }
}
