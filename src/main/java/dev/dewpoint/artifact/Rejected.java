package dev.dewpoint.artifact;

/**
 * The archive is at fault; {@link Unpack} makes a failure of it. Unchecked, so that no catch of an IOException, which is
 * the host's fault, takes it for one.
 */
final class Rejected extends RuntimeException {
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
