package dev.dewpoint.proxy.lane;

/** What a request's method means to whoever might repeat it. */
enum Method {
    GET(true), HEAD(true), PUT(true), DELETE(true), OPTIONS(true), TRACE(true), POST(false), PATCH(false), CONNECT(false), OTHER(false);

    static final int LONGEST = 32;
    private static final Method[] KNOWN = {GET, POST, HEAD, PUT, DELETE, PATCH, OPTIONS, TRACE, CONNECT};

    private final byte[] name = Bytes.ascii(name());
    private final boolean idempotent;

    Method(boolean idempotent) {
        this.idempotent = idempotent;
    }

    boolean idempotent() {
        return idempotent;
    }

    /** Methods are upper case: `get` is another one. */
    static Method of(byte[] bytes, int from, int to) {
        for (Method method : KNOWN) {
            if (method.name.length == to - from && matches(method.name, bytes, from)) {
                return method;
            }
        }
        return OTHER;
    }

    private static boolean matches(byte[] name, byte[] bytes, int from) {
        for (int i = 0; i < name.length; i++) {
            if (bytes[from + i] != name[i]) {
                return false;
            }
        }
        return true;
    }
}
