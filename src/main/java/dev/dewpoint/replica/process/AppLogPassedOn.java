package dev.dewpoint.replica.process;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;

/** For whoever keeps our own outputs already, such as journald. Lines are passed on as they were printed. */
record AppLogPassedOn(OutputStream stdout, OutputStream stderr) implements AppLogKeeper {
    /** Whatever log file there is, from another time, is to be left as it is. */
    static final long NO_LENGTH = Long.MAX_VALUE;

    static AppLogPassedOn toOurOutputs() {
        return new AppLogPassedOn(new FileOutputStream(FileDescriptor.out), new FileOutputStream(FileDescriptor.err));
    }

    @Override
    public AppLogLines lines(Instant now, String replica, String stream) {
        return AppLogLines.asPrinted();
    }

    @Override
    public boolean makeRoom(int bytes) {
        return false;
    }

    @Override
    public void keep(String stream, byte[] lines) throws IOException {
        (stream.equals("stderr") ? stderr : stdout).write(lines);
    }

    @Override
    public long length() {
        return NO_LENGTH;
    }

    @Override
    public void close() {
        // others write there, too
    }
}
