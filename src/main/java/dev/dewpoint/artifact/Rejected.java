package dev.dewpoint.artifact;

import java.io.IOException;

/** The archive is at fault; {@link Unpack} makes a failure of it. Whatever is the host's fault never travels as this. */
final class Rejected extends IOException {
    private final transient Rejection rejection;

    Rejected(Rejection rejection, String detail) {
        this(rejection, detail, null);
    }

    Rejected(Rejection rejection, String detail, Throwable cause) {
        super(detail, cause);
        this.rejection = rejection;
    }

    Rejection rejection() {
        return rejection;
    }
}
