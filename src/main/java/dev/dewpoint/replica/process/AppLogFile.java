package dev.dewpoint.replica.process;

import dev.dewpoint.host.Durable;
import dev.dewpoint.host.Log;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;

/** {@code APP.log} and the older ones, {@code APP.log.1} the youngest of them. */
final class AppLogFile implements AppLogKeeper {
    static final long LONGEST = 10L << 20;
    static final int FILES = 5;

    private final Path file;
    private final Log.Format format;
    private FileChannel channel;
    private long length;

    private AppLogFile(Path file, Log.Format format, FileChannel channel, long length) {
        this.file = file;
        this.format = format;
        this.channel = channel;
        this.length = length;
    }

    /** @param known what is longer than this was written by an agent that could not remember it any more */
    static AppLogFile open(Path file, Log.Format format, long known) throws IOException {
        FileChannel channel = writing(file);
        if (channel.size() > known) {
            channel.truncate(known);
        }
        return new AppLogFile(file, format, channel, channel.size());
    }

    @Override
    public AppLogLines lines(Instant now, String replica, String stream) {
        return AppLogLines.at(now, format, replica, stream);
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public boolean makeRoom(int bytes) throws IOException {
        boolean isFull = length > 0 && length + bytes > LONGEST;
        if (isFull) {
            rotate();
        }
        return isFull;
    }

    @Override
    public void keep(String stream, byte[] lines) throws IOException {
        try {
            ByteBuffer left = ByteBuffer.wrap(lines);
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
    private void rotate() throws IOException {
        Path next = Durable.beside(file);
        Files.deleteIfExists(next);
        FileChannel fresh = writing(next);
        try {
            for (int i = FILES - 1; i > 0; i--) {
                Path younger = aged(file, i - 1);
                if (Files.exists(younger)) {
                    Files.move(younger, aged(file, i), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
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

    /** 0 is the youngest. */
    static Path aged(Path file, int age) {
        return age == 0 ? file : file.resolveSibling(file.getFileName() + "." + age);
    }

    private static FileChannel writing(Path file) throws IOException {
        if (!Files.exists(file)) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----")));
        }
        return FileChannel.open(file, StandardOpenOption.WRITE);
    }
}
