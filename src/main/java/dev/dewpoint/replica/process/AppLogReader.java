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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
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

    /** The last lines of all, at most so many. */
    public void last(int number, Reader reader) throws IOException {
        Deque<String> last = new ArrayDeque<>();
        for (int age = 0; age < AppLogFile.FILES && last.size() < number; age++) {
            List<String> found = new ArrayList<>(tail(AppLogFile.aged(file, age), number - last.size(), age == 0));
            found.reversed().forEach(last::addFirst);
        }
        for (String line : last) {
            if (!reader.line(line)) {
                return;
            }
        }
    }

    private Deque<String> tail(Path from, int number, boolean isYoungest) throws IOException {
        Deque<String> tail = new ArrayDeque<>();
        try (InputStream in = new BufferedInputStream(Files.newInputStream(from), 1 << 16)) {
            long read = lines(in, line -> {
                tail.addLast(line);
                if (tail.size() > number) {
                    tail.removeFirst();
                }
                return true;
            });
            position = isYoungest ? read : position;
        } catch (NoSuchFileException e) {
            // none is that old
        }
        return tail;
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
                Wanting wanting = new Wanting(reader);
                at = Math.min(at, open.length());
                open.seek(at);
                at += lines(new BufferedInputStream(streaming(open), 1 << 16), wanting);
                isWatching = wanting.more && (isOver || pause(time));
            }
            return isWatching;
        }
    }

    private static final class Wanting implements Reader {
        private final Reader reader;
        private boolean more = true;

        Wanting(Reader reader) {
            this.reader = reader;
        }

        @Override
        public boolean line(String line) {
            more = reader.line(line);
            return more;
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
