package dev.dewpoint.artifact;

import dev.dewpoint.failure.Failure;
import java.util.Locale;
import java.util.Optional;

/** Why an artifact is refused as a whole. */
public enum Rejection {
    WRONG_DIGEST, NOT_AN_ARCHIVE, EMPTY, TRUNCATED, DAMAGED, CHECKSUM, TRAILING_DATA, BAD_HEADER, AMBIGUOUS, OVERLAP, ENCRYPTED, METHOD,
    ESCAPES_ROOT, ABSOLUTE_PATH, BAD_NAME, NAME_TOO_LONG, TOO_DEEP, DUPLICATE, THROUGH_LINK, LINK_ESCAPES, LINK_LOOP, LINK_TARGET,
    DEVICE, SPARSE, UNSUPPORTED_ENTRY, TOO_MANY_ENTRIES, TOO_LARGE, RATIO, DECODER_MEMORY;

    private static final String REJECTED = "it was rejected: ";

    /** As it stands in messages and in docs/archives.md. */
    public String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The rejection that this failure tells of; empty if it is any other failure. */
    public static Optional<Rejection> of(Failure failure) {
        if (failure.kind() != Failure.Kind.CORRUPT || !failure.why().startsWith(REJECTED)) {
            return Optional.empty();
        }
        String rest = failure.why().substring(REJECTED.length());
        for (Rejection rejection : values()) {
            if (rest.startsWith(rejection.code() + ": ")) {
                return Optional.of(rejection);
            }
        }
        return Optional.empty();
    }

    String why(String detail) {
        return REJECTED + code() + ": " + detail;
    }
}
