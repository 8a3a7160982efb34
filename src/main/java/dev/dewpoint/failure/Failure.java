package dev.dewpoint.failure;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/** The world failed. {@link Kind} decides what happens next; the message is for people and never holds a secret. */
public final class Failure extends RuntimeException {

    public enum Kind {
        /** No connection, a reset, a 5xx. */
        UNREACHABLE("Check the network and the other side; Dewpoint tries again by itself."),
        /** Connected, but silent for too long. */
        TIMED_OUT("Check the load and the network of the other side; Dewpoint tries again by itself."),
        /** 401 or 403: our credentials are missing, wrong or too weak. */
        DENIED("Check the token and what it may read; Dewpoint asks again more slowly."),
        /** The other side asks us to wait. */
        LIMITED("Nothing to do: Dewpoint waits as long as it was asked to. A token or a longer --interval raises the limit."),
        /** What was named isn't there. */
        MISSING("Check the name in the registry URL, and that the release carries an artifact for this platform (?artifact= picks one)."),
        /** It is still being written or uploaded. No failure: the next poll looks again. */
        UNSETTLED("Nothing to do: the next poll looks again."),
        /** The bytes are not what was announced, or are hostile. */
        CORRUPT("Publish the artifact again; `dewpoint deploy VERSION` tries a refused one once more."),
        /** A setting of ours is wrong. */
        MISCONFIGURED("Correct the setting and start again."),
        /** Disk full, no permission, too many files: this host can't do it now. */
        EXHAUSTED("Make room or correct the permissions under --root; Dewpoint tries again by itself."),
        /** We are wrong. */
        BUG("This is a defect of Dewpoint: please report it with the log. The version before keeps serving."),
        /** A hook or an app of the user's failed. */
        APP("Read the output above and correct the release or the hook; the version before keeps serving.");

        private final String remedy;

        Kind(String remedy) {
            this.remedy = remedy;
        }

        public String remedy() {
            return remedy;
        }
    }

    private final transient Kind kind;
    private final transient String tried;
    private final transient String why;
    private final transient Duration patience;

    public Failure(Kind kind, String tried, String why) {
        this(kind, tried, why, null, null);
    }

    public Failure(Kind kind, String tried, String why, Throwable cause) {
        this(kind, tried, why, null, cause);
    }

    private Failure(Kind kind, String tried, String why, Duration patience, Throwable cause) {
        super("Tried to " + tried + ", but " + why, cause);
        this.kind = Objects.requireNonNull(kind, "kind is null");
        this.tried = tried;
        this.why = why;
        this.patience = patience;
    }

    /** The other side named a time before which it is pointless to ask again. */
    public static Failure limited(String tried, String why, Duration patience) {
        return new Failure(Kind.LIMITED, tried, why, patience, null);
    }

    public Kind kind() {
        return kind;
    }

    public String tried() {
        return tried;
    }

    public String why() {
        return why;
    }

    /** How long the other side asked us to wait. */
    public Optional<Duration> patience() {
        return Optional.ofNullable(patience);
    }

    public String remedy() {
        return kind.remedy();
    }
}
