package dev.dewpoint.proxy.lane;

import java.util.Arrays;

/** The header fields that mean something to a proxy. All others pass as they are. */
enum Field {
    OTHER(""),
    /** One of the others with underscores for dashes: many an application can't tell the two. */
    MISTAKABLE(""),
    HOST("host"),
    CONNECTION("connection"),
    KEEP_ALIVE("keep-alive"),
    PROXY_CONNECTION("proxy-connection"),
    PROXY_AUTHENTICATE("proxy-authenticate"),
    PROXY_AUTHORIZATION("proxy-authorization"),
    TE("te"),
    TRAILER("trailer"),
    TRANSFER_ENCODING("transfer-encoding"),
    UPGRADE("upgrade"),
    HTTP2_SETTINGS("http2-settings"),
    CONTENT_LENGTH("content-length"),
    CONTENT_TYPE("content-type"),
    EXPECT("expect"),
    ACCEPT("accept"),
    COOKIE("cookie"),
    FORWARDED("forwarded"),
    X_FORWARDED_FOR("x-forwarded-for"),
    X_FORWARDED_PROTO("x-forwarded-proto"),
    X_FORWARDED_HOST("x-forwarded-host"),
    X_FORWARDED_PORT("x-forwarded-port"),
    X_REAL_IP("x-real-ip"),
    X_REQUEST_ID("x-request-id"),
    X_REQUEST_START("x-request-start");

    static final int LONGEST = 19;
    private static final Name[][] BY_LENGTH = byLength();

    private final byte[] lower;

    private record Name(byte[] lower, Field field) {}

    Field(String lower) {
        this.lower = Bytes.ascii(lower);
    }

    static Field of(byte[] bytes, int from, int to) {
        int length = to - from;
        if (length > LONGEST) {
            return OTHER;
        }
        for (Name name : BY_LENGTH[length]) {
            if (Bytes.same(bytes, from, to, name.lower)) {
                return name.field;
            }
        }
        return OTHER;
    }

    /** Meant for the next hop only: never passed on as it came. */
    boolean ofOneHop() {
        return switch (this) {
            case CONNECTION, KEEP_ALIVE, PROXY_CONNECTION, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRANSFER_ENCODING, UPGRADE, HTTP2_SETTINGS -> true;
            case OTHER, MISTAKABLE, HOST, TRAILER, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, ACCEPT, COOKIE, FORWARDED, X_FORWARDED_FOR, X_FORWARDED_PROTO, X_FORWARDED_HOST, X_FORWARDED_PORT, X_REAL_IP, X_REQUEST_ID,
                    X_REQUEST_START -> false;
        };
    }

    private static Name[][] byLength() {
        Name[][] table = new Name[LONGEST + 1][0];
        for (Field field : values()) {
            if (field.lower.length > 0) {
                add(table, field.lower, field);
                addMistakable(table, field.lower.clone(), 0);
            }
        }
        return table;
    }

    /** With an underscore for one dash or several. */
    private static void addMistakable(Name[][] table, byte[] name, int from) {
        for (int i = from; i < name.length; i++) {
            if (name[i] == '-') {
                byte[] other = name.clone();
                other[i] = '_';
                add(table, other, MISTAKABLE);
                addMistakable(table, other, i + 1);
            }
        }
    }

    private static void add(Name[][] table, byte[] name, Field field) {
        Name[] before = table[name.length];
        Name[] more = Arrays.copyOf(before, before.length + 1);
        more[before.length] = new Name(name, field);
        table[name.length] = more;
    }
}
