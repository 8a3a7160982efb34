package dev.dewpoint.replica.process;

import dev.dewpoint.host.Time;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads {@code APP.log} and the older ones as they are on disk, whether an agent runs or not. A line is its bytes, one character each. */
public final class AppLogReader {
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(250);
    private static final String END = ".log";

    /** Who gets the lines, without their breaks. */
    public interface Reader {
        /** Whether more are wanted. */
        boolean line(String line);
    }

    private final Path file;
    private final Predicate<String> isWanted;
    /** Of the youngest file: what has been read. */
    private long position;

    private AppLogReader(Path file, Predicate<String> isWanted) {
        this.file = file;
        this.isWanted = isWanted;
    }

    /** @param directory {@code ROOT/.dewpoint/log} */
    public static AppLogReader of(Path directory, String app, OptionalInt replica) {
        Predicate<String> all = line -> true;
        return new AppLogReader(directory.resolve(app + END), replica.isEmpty() ? all : Pattern.compile("^(?:\\S+ |\\{\"time\":\"[^\"]*\",\"replica\":\")\\S*-" + replica.getAsInt() + "(?:\\.\\d+)?(?: std(?:out|err): |\",\")").asPredicate());
    }

    /** Those that have a log here. */
    public static List<String> apps(Path directory) throws IOException {
        return names(directory).filter(name -> name.endsWith(END)).map(name -> name.substring(0, name.length() - END.length())).sorted().toList();
    }

    /** Those whose output goes to the agent's own instead. */
    public static List<String> passedOn(Path directory) throws IOException {
        List<String> passedOn = new ArrayList<>();
        for (String app : names(directory.resolve("raw")).toList()) {
            OptionalLong length = AppLogPositions.read(directory.resolve("raw").resolve(app).resolve("positions")).logLength();
            if (length.isPresent() && length.getAsLong() == AppLogPassedOn.NO_LENGTH) {
                passedOn.add(app);
            }
        }
        return passedOn;
    }

    private static Stream<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(path -> path.getFileName().toString()).toList().stream();
        } catch (NoSuchFileException e) {
            return Stream.of();
        }
    }

    /** The last lines of all, at most so many. Counted first: there may be more of them than fit into memory. */
    public void last(int number, Reader reader) throws IOException {
        List<RandomAccessFile> open = new ArrayList<>();
        try {
            long there = 0;
            for (int age = 0; age < AppLogFile.FILES && (age == 0 || there < number) && Files.exists(AppLogFile.aged(file, age)); age++) {
                open.add(new RandomAccessFile(AppLogFile.aged(file, age).toFile(), "r"));
                AtomicLong lines = new AtomicLong();
                read(open.getLast(), 0, line -> lines.incrementAndGet() > 0);
                there += lines.get();
            }
            AtomicLong skipped = new AtomicLong(Math.max(0, there - number));
            AtomicBoolean more = new AtomicBoolean(true);
            for (RandomAccessFile from : open.reversed()) {
                position = more.get() ? read(from, 0, line -> {
                    more.set(skipped.getAndDecrement() > 0 || reader.line(line));
                    return more.get();
                }) : position;
            }
        } finally {
            for (RandomAccessFile one : open) {
                one.close();
            }
        }
    }

    /** What comes after {@link #last}, until nobody wants more. */
    public void follow(Reader reader, Time time) throws IOException, InterruptedException {
        boolean isWatching = true;
        while (isWatching) {
            isWatching = Files.exists(file) ? follow(reader, position, time) : pause(time);
            position = 0;
        }
    }

    /** Until another file has this name; whether more is wanted. */
    private boolean follow(Reader reader, long from, Time time) throws IOException, InterruptedException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "r")) {
            Object key = key().orElse(open);
            long at = from;
            boolean isWatching = true;
            boolean isOver = false;
            while (isWatching && !isOver) {
                // looked at first: what was written before the other one came is read below
                isOver = !key().equals(Optional.of(key));
                AtomicBoolean more = new AtomicBoolean(true);
                at = Math.min(at, open.length());
                at += read(open, at, line -> {
                    more.set(reader.line(line));
                    return more.get();
                });
                isWatching = more.get() && (isOver || pause(time));
            }
            return isWatching;
        }
    }

    private static boolean pause(Time time) throws InterruptedException {
        time.sleep(BETWEEN_LOOKS);
        return true;
    }

    private Optional<Object> key() throws IOException {
        try {
            return Optional.ofNullable(Files.readAttributes(file, BasicFileAttributes.class).fileKey());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** How many bytes the lines took that were read. */
    private long read(RandomAccessFile from, long at, Reader reader) throws IOException {
        from.seek(at);
        return lines(new BufferedInputStream(streaming(from), 1 << 16), reader);
    }

    private static InputStream streaming(RandomAccessFile file) {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                return file.read();
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                return file.read(into, offset, length);
            }
        };
    }

    /** Hands over the whole lines that are wanted; how many bytes they and the others took. */
    private long lines(InputStream in, Reader reader) throws IOException {
        long taken = 0;
        boolean more = true;
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0 && more; next = more ? in.read() : -1) {
            if (next != '\n') {
                line.write(next);
                continue;
            }
            taken += line.size() + 1;
            String text = line.toString(StandardCharsets.ISO_8859_1);
            line.reset();
            more = !isWanted.test(text) || reader.line(text);
        }
        return taken;
    }
}
