package dev.dewpoint.replica.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.zip.CRC32;

/**
 * How long the log was when how much of each file had been taken down: what stands in the log beyond it is taken down
 * again. One small write, not flushed: it survives our end, not the machine's.
 */
final class AppLogPositions implements AutoCloseable {
    private static final String LOG = "log";
    private static final String CHECKED = "checked";

    private final FileChannel channel;

    private AppLogPositions(FileChannel channel) {
        this.channel = channel;
    }

    /** Nothing is known after a power failure at the wrong moment. */
    record Known(OptionalLong logLength, Map<String, Long> positions) {
        static Known nothing() {
            return new Known(OptionalLong.empty(), Map.of());
        }
    }

    static AppLogPositions open(Path file) throws IOException {
        return new AppLogPositions(FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE));
    }

    static Known read(Path file) throws IOException {
        try {
            String text = Files.readString(file, StandardCharsets.ISO_8859_1);
            int end = text.indexOf(CHECKED + " ");
            if (end < 0 || !text.startsWith(check(text.substring(0, end)), end)) {
                return Known.nothing();
            }
            Map<String, Long> positions = new HashMap<>();
            text.substring(0, end).lines().forEach(line -> positions.put(line.substring(line.indexOf(' ') + 1), Long.parseLong(line.substring(0, line.indexOf(' ')))));
            Long length = positions.remove(LOG);
            return length == null ? Known.nothing() : new Known(OptionalLong.of(length), positions);
        } catch (NoSuchFileException e) {
            return Known.nothing();
        }
    }

    void write(long logLength, Map<String, Long> positions) throws IOException {
        StringBuilder text = new StringBuilder().append(logLength).append(' ').append(LOG).append('\n');
        positions.forEach((name, position) -> text.append(position).append(' ').append(name).append('\n'));
        channel.write(ByteBuffer.wrap((text + check(text.toString())).getBytes(StandardCharsets.ISO_8859_1)), 0);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static String check(String text) {
        CRC32 sum = new CRC32();
        sum.update(text.getBytes(StandardCharsets.ISO_8859_1));
        return CHECKED + " " + Long.toHexString(sum.getValue()) + "\n";
    }
}
