package dev.dewpoint.proxy.lane;

import java.io.IOException;

/** The backend says that it did nothing about the request: another one may, whatever it is. */
public final class Unprocessed extends IOException {
    private static final long serialVersionUID = 1;

    public Unprocessed() {
        super("the backend did not take the request");
    }

    /** It is an ordinary thing to happen: where in our code it was noticed tells nobody anything. */
    @Override
    public Throwable fillInStackTrace() {
        return this;
    }
}
