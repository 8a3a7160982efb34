package dev.dewpoint.proxy.http2;

import java.io.IOException;

/** A stream has ended before its time. */
final class Broken extends IOException {
    private static final long serialVersionUID = 1;

    Broken(String what) {
        super(what);
    }

    @Override
    public Throwable fillInStackTrace() {
        return this;
    }
}
