package dev.dewpoint.replica.process;

import dev.dewpoint.host.Durable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/** {@code APP.log} and the older ones, {@code APP.log.1} the youngest of them. */
final class AppLogFile implements AutoCloseable {
    static final long LONGEST = 10L << 20;
    static final int FILES = 5;

    private final Path file;
    private FileChannel channel;
    private long length;

    private AppLogFile(Path file, FileChannel channel, long length) {
        this.file = file;
        this.channel = channel;
        this.length = length;
    }

    /** @param known what is longer than this was written by an agent that could not remember it any more */
    static AppLogFile open(Path file, long known) throws IOException {
        FileChannel channel = writing(file);
        if (channel.size() > known) {
            channel.truncate(known);
        }
        return new AppLogFile(file, channel, channel.size());
    }

    long length() {
        return length;
    }

    boolean isFullFor(int bytes) {
        return length > 0 && length + bytes > LONGEST;
    }

    /** Whole or not at all. */
    void append(byte[] bytes) throws IOException {
        try {
            ByteBuffer left = ByteBuffer.wrap(bytes);
            long at = length;
            while (left.hasRemaining()) {
                at += channel.write(left, at);
            }
            length = at;
        } catch (IOException e) {
            channel.truncate(length);
            throw e;
        }
    }

    /** Readers that follow the name see a new, empty file. Without room for one everything stays as it is. */
    void rotate() throws IOException {
        Path next = Durable.beside(file);
        Files.deleteIfExists(next);
        FileChannel fresh = writing(next);
        try {
            for (int i = FILES - 1; i > 0; i--) {
                Path younger = i == 1 ? file : older(i - 1);
                if (Files.exists(younger)) {
                    Files.move(younger, older(i), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                }
            }
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            fresh.close();
            throw e;
        }
        channel.close();
        channel = fresh;
        length = 0;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private Path older(int number) {
        return file.resolveSibling(file.getFileName() + "." + number);
    }

    private static FileChannel writing(Path file) throws IOException {
        if (!Files.exists(file)) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----")));
        }
        return FileChannel.open(file, StandardOpenOption.WRITE);
    }
}
