package dev.dewpoint.replica.process;

import java.io.IOException;
import java.time.Instant;

/** Where the lines of an app go in the end. */
sealed interface AppLogKeeper extends AutoCloseable permits AppLogFile, AppLogPassedOn {
    AppLogLines lines(Instant now, String replica, String stream);

    /** Whether more may come; what is urgent may come in any case. */
    boolean isReady();

    /** Before so many bytes are kept; whether {@link #length} is another one now. */
    boolean makeRoom(int bytes) throws IOException;

    /** Whole or not at all. */
    void keep(String stream, byte[] lines) throws IOException;

    /** What is remembered of it with the positions. */
    long length();

    @Override
    void close() throws IOException;
}
