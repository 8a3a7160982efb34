package dev.dewpoint.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** One agent per root: the kernel holds the lock and drops it with the process, however it ends. */
public final class RootLock implements AutoCloseable {
    private final FileChannel channel;

    private RootLock(FileChannel channel) {
        this.channel = channel;
    }

    /** Empty if another process holds it. */
    public static Optional<RootLock> take(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock();
        if (lock == null) {
            channel.close();
            return Optional.empty();
        }
        channel.truncate(0);
        channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
        return Optional.of(new RootLock(channel));
    }

    /** For a message: who wrote its number into the file last. */
    public static String holder(Path file) {
        try {
            return "process " + Files.readString(file).strip();
        } catch (IOException e) {
            return "another process";
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
