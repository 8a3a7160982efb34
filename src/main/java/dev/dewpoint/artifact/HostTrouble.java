package dev.dewpoint.artifact;

import dev.dewpoint.failure.Failure;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileSystemException;

/** This machine couldn't read or write: never the archive's fault, so never a reason to refuse the release. */
record HostTrouble(String tried) {
    Failure with(String what, IOException e) {
        if (e instanceof ClosedByInterruptException) {
            return interrupted(e);
        }
        String reason = e instanceof FileSystemException f && f.getReason() != null ? f.getReason() : e.getMessage();
        return new Failure(Failure.Kind.EXHAUSTED, tried, what + ": " + (reason == null ? e.getClass().getSimpleName() : reason), e);
    }

    Failure interrupted(Exception e) {
        return new Failure(Failure.Kind.TIMED_OUT, tried, "it was told to stop", e);
    }

    Failure decoderOutOfMemory(OutOfMemoryError e) {
        return new Failure(Failure.Kind.EXHAUSTED, tried, "the memory of this process doesn't suffice to decompress it", e);
    }

    /** Happens where the JVM was started in a locale that knows ASCII only. */
    Failure unwritableName(String shown, RuntimeException e) {
        return new Failure(Failure.Kind.MISCONFIGURED, tried,
                "the locale of this process can't write the name " + shown + "; start it with LC_ALL=C.UTF-8", e);
    }
}
