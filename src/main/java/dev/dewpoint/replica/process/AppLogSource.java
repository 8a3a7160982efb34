package dev.dewpoint.replica.process;

import dev.dewpoint.host.Descriptor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** One output of one process: a file that it appends to, and how much of it has been taken down. */
final class AppLogSource implements AutoCloseable {
    private static final int LONGEST_LINE = 16 << 10;
    private static final int PIECE = 256 << 10;
    private static final int ONE_LOOK = 16 << 20;
    /** More than the rotated files hold. */
    private static final long LONGEST_BACKLOG = 64L << 20;
    private static final long KEPT_OF_BACKLOG = 16L << 20;
    private static final long BLOCK = 4096;
    private static final long WORTH_A_HOLE = 64 << 10;
    private static final long WORTH_A_CUT = 1L << 20;
    /** Far below what file systems allow. */
    private static final long LONGEST_WITH_HOLES = 1L << 30;
    private static final int LOOKS_OF_QUIET = 4;

    /** Where its lines go. */
    interface Taker {
        AppLogLines lines(AppLogSource source);

        /** Whether it takes more that isn't urgent. */
        boolean isReady();

        /** {@code text[from, to)} was read and makes these lines; {@link AppLogSource#position} is behind it. Whether they could be kept. */
        boolean take(AppLogSource source, byte[] lines, byte[] text, int from, int to);
    }

    private final Path file;
    private final String replica;
    private final String stream;
    private final FileChannel channel;
    private final Optional<Descriptor> writing;
    private long position;
    private long punched;
    private long missing;
    private int quietLooks;
    private boolean isAmidLine;
    private boolean canPunch = true;

    private AppLogSource(Path file, String replica, String stream, Optional<Descriptor> writing, long position) throws IOException {
        this.file = file;
        this.replica = replica;
        this.stream = stream;
        this.writing = writing;
        this.position = position;
        this.channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    static AppLogSource fresh(Path file, String replica, String stream) throws IOException {
        Descriptor writing = Descriptor.appendingTo(file);
        try {
            return new AppLogSource(file, replica, stream, Optional.of(writing), 0);
        } catch (IOException e) {
            writing.close();
            throw e;
        }
    }

    /** Of an agent before us. Without a known position it begins behind the hole. */
    static AppLogSource left(Path file, String replica, String stream, Optional<Long> position) throws IOException {
        AppLogSource source = new AppLogSource(file, replica, stream, Optional.empty(), position.orElse(0L));
        if (position.isEmpty()) {
            source.skipHole();
        }
        return source;
    }

    String name() {
        return file.getFileName().toString();
    }

    String replica() {
        return replica;
    }

    String stream() {
        return stream;
    }

    long position() {
        return position;
    }

    Descriptor writing() {
        return writing.orElseThrow();
    }

    /**
     * Takes what is there, a bounded part of it at once; whether there is more.
     *
     * @param isOver   nobody writes any more, so that what has no line break is a line too
     * @param isUrgent whether the taker is ready or not
     */
    boolean look(Taker taker, byte[] buffer, boolean isOver, boolean isUrgent) throws IOException {
        long size = channel.size();
        if (size < position) {
            // it was cut, by us or by somebody else
            position = 0;
            punched = 0;
        }
        if (size - position > LONGEST_BACKLOG) {
            leaveOut(size - KEPT_OF_BACKLOG - position);
        }
        long end = Math.min(size, position + ONE_LOOK);
        boolean moves = true;
        long start = position;
        while (position < end && moves && (isUrgent || taker.isReady())) {
            moves = lookOnce(taker, buffer, isOver, size);
        }
        giveBack(position == size && position == start);
        return moves && position < size && (isUrgent || taker.isReady());
    }

    /** What was printed since the last line break. */
    String unfinished() throws IOException {
        long length = Math.min(Math.max(0, channel.size() - position), LONGEST_LINE);
        byte[] bytes = new byte[(int) length];
        int read = bytes.length == 0 ? 0 : Math.max(0, channel.read(ByteBuffer.wrap(bytes), position));
        String text = new String(bytes, 0, read, StandardCharsets.UTF_8);
        // what has a line break was printed after the last look
        return text.contains("\n") ? "" : text;
    }

    void remove() throws IOException {
        close();
        Files.deleteIfExists(file);
    }

    @Override
    public void close() throws IOException {
        writing.ifPresent(Descriptor::close);
        channel.close();
    }

    /** Whether anything was taken. */
    private boolean lookOnce(Taker taker, byte[] buffer, boolean isOver, long size) throws IOException {
        int length = channel.read(ByteBuffer.wrap(buffer), position);
        if (length <= 0) {
            return false;
        }
        boolean isLast = isOver && position + length >= size;
        int from = skipRestOfLine(buffer, length, isLast);
        position += from;
        int taken = from;
        AppLogLines lines = taker.lines(this);
        ByteArrayOutputStream piece = new ByteArrayOutputStream(PIECE + 2 * LONGEST_LINE);
        for (int next = endOfLine(buffer, taken, length, isLast); next > taken; next = endOfLine(buffer, taken, length, isLast)) {
            lines.write(piece, buffer, taken, withoutBreak(buffer, taken, next));
            taken = next;
            if (piece.size() >= PIECE) {
                hand(taker, piece, buffer, from, taken);
                from = taken;
            }
        }
        hand(taker, piece, buffer, from, taken);
        return taken > 0;
    }

    private void hand(Taker taker, ByteArrayOutputStream piece, byte[] buffer, int from, int to) {
        if (from == to) {
            return;
        }
        position += to - from;
        ByteArrayOutputStream all = piece;
        if (missing > 0) {
            all = new ByteArrayOutputStream(piece.size() + 256);
            byte[] note = ("[Dewpoint: " + missing + " bytes are missing here; the disk was full, or the app printed faster than they could be written down]").getBytes(StandardCharsets.UTF_8);
            taker.lines(this).write(all, note, 0, note.length);
            all.writeBytes(piece.toByteArray());
        }
        missing = taker.take(this, all.toByteArray(), buffer, from, to) ? 0 : missing + to - from;
        piece.reset();
    }

    /** Behind the next line, or the part of it that makes a line of its own; {@code from} if there is none yet. */
    private static int endOfLine(byte[] buffer, int from, int length, boolean isLast) {
        int longest = Math.min(length, from + LONGEST_LINE + 1);
        for (int i = from; i < longest; i++) {
            if (buffer[i] == '\n') {
                return i + 1;
            }
        }
        if (length - from > LONGEST_LINE) {
            return characterAt(buffer, from + LONGEST_LINE);
        }
        return isLast ? length : from;
    }

    /** Back to where a character of UTF-8 begins. */
    private static int characterAt(byte[] buffer, int at) {
        int begin = at;
        while (begin > at - 3 && (buffer[begin] & 0xC0) == 0x80) {
            begin--;
        }
        return begin;
    }

    private static int withoutBreak(byte[] buffer, int from, int to) {
        int end = to > from && buffer[to - 1] == '\n' ? to - 1 : to;
        return end < to && end > from && buffer[end - 1] == '\r' ? end - 1 : end;
    }

    private void leaveOut(long bytes) {
        missing += bytes;
        position += bytes;
        isAmidLine = true;
    }

    private int skipRestOfLine(byte[] buffer, int length, boolean isLast) {
        int from = 0;
        while (isAmidLine && from < length) {
            isAmidLine = buffer[from] != '\n';
            from++;
        }
        missing += from;
        isAmidLine &= !isLast;
        return from;
    }

    /**
     * A hole while the app goes on writing. Where there are no holes, and when the file has grown very long with them, it
     * is cut to nothing once the app has been quiet for a second; only what it prints between our last look and the cut,
     * some microseconds, could be lost by that.
     */
    private void giveBack(boolean isQuiet) throws IOException {
        quietLooks = isQuiet ? quietLooks + 1 : 0;
        long whole = position - position % BLOCK;
        if (writing.isPresent() && canPunch && whole - punched >= WORTH_A_HOLE) {
            canPunch = writing.get().punch(punched, whole - punched);
            punched = whole;
        }
        boolean isLong = position >= (canPunch ? LONGEST_WITH_HOLES : WORTH_A_CUT);
        if (writing.isPresent() && isLong && quietLooks >= LOOKS_OF_QUIET && channel.size() == position) {
            channel.truncate(0);
            position = 0;
            punched = 0;
        }
    }

    private void skipHole() throws IOException {
        byte[] block = new byte[(int) WORTH_A_HOLE];
        int length = channel.read(ByteBuffer.wrap(block), position);
        while (length > 0) {
            for (int i = 0; i < length; i++) {
                if (block[i] != 0) {
                    return;
                }
                position++;
            }
            length = channel.read(ByteBuffer.wrap(block), position);
        }
    }
}
