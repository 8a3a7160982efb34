package dev.dewpoint.proxy.http2;

import java.io.IOException;

/** The other side broke the protocol so that the connection can't go on. */
final class Violation extends IOException {
    private static final long serialVersionUID = 1;

    final int code;

    Violation(int code, String what) {
        super(what);
        this.code = code;
    }

    static void check(boolean sound, int code) throws Violation {
        if (!sound) {
            throw new Violation(code, "a value is out of bounds");
        }
    }

    /** It is an ordinary thing to happen: where in our code it was noticed tells nobody anything. */
    @Override
    public Throwable fillInStackTrace() {
        return this;
    }
}
