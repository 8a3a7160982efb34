package dev.dewpoint.deploy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Durable;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Tag;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

/** One line for every ended attempt, appended and flushed; a torn last line is cut off at the next start. */
public final class History {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final long LARGEST = 8L << 20;
    private static final int LONGEST_LINE = 64 << 10;

    /** {@code served} is there when the release came to serve. */
    public record Record(String id, String app, String outcome, Optional<Tag> from, Tag to, Instant startedAt, Duration took, Optional<String> why, Optional<Served> served) {}

    private final Path file;
    private final UnaryOperator<String> redaction;
    private final AtomicReference<Optional<Record>> newest = new AtomicReference<>(Optional.empty());

    private History(Path file, UnaryOperator<String> redaction) {
        this.file = file;
        this.redaction = redaction;
    }

    static History open(Path file, UnaryOperator<String> redaction) {
        try {
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                Files.move(file, file.resolveSibling(file.getFileName() + ".damaged"));
            }
            cutTornLine(file);
            History history = new History(file, redaction);
            if (Files.exists(file) && Files.size(file) > LARGEST) {
                history.compact();
            }
            history.newest.set(history.last(1).stream().findFirst());
            return history;
        } catch (IOException e) {
            throw full(file, e);
        }
    }

    void append(Record ended) {
        try {
            // a full disk may have taken a part of the line before
            cutTornLine(file);
            Durable.append(file, (toJson(ended) + "\n").getBytes(StandardCharsets.UTF_8));
            newest.set(Optional.of(ended));
            if (Files.size(file) > LARGEST) {
                compact();
            }
        } catch (IOException e) {
            throw full(file, e);
        }
    }

    /** Without reading the file. */
    Optional<Record> newest() {
        return newest.get();
    }

    boolean contains(String id) {
        return last(200).stream().anyMatch(ended -> ended.id().equals(id));
    }

    /** Newest first. Lines that can't be read are passed over. */
    public List<Record> last(int most) {
        Deque<String> lines = new ArrayDeque<>();
        if (Files.exists(file)) {
            try (BufferedReader in = reader()) {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    lines.addFirst(line);
                    if (lines.size() > most) {
                        lines.removeLast();
                    }
                }
            } catch (IOException e) {
                throw full(file, e);
            }
        }
        List<Record> records = new ArrayList<>();
        lines.forEach(line -> fromJson(line).ifPresent(records::add));
        return records;
    }

    private static void cutTornLine(Path file) throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long size = channel.size();
            int window = (int) Math.min(size, LONGEST_LINE * 2L);
            var tail = java.nio.ByteBuffer.allocate(window);
            channel.read(tail, size - window);
            int end = window;
            while (end > 0 && tail.get(end - 1) != '\n') {
                end--;
            }
            if (end < window) {
                channel.truncate(size - window + end);
                channel.force(true);
            }
        }
    }

    /** The newest half of what it may hold. */
    private void compact() throws IOException {
        Deque<String> kept = new ArrayDeque<>();
        long size = 0;
        try (BufferedReader in = reader()) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                kept.addLast(line);
                size += line.length() + 1;
                while (size > LARGEST / 2) {
                    size -= kept.removeFirst().length() + 1;
                }
            }
        }
        Durable.write(file, (String.join("\n", kept) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** A damaged byte costs its line, not the file. */
    private BufferedReader reader() throws IOException {
        return new BufferedReader(new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8));
    }

    private String toJson(Record ended) {
        ObjectNode node = JSON.createObjectNode().put("id", ended.id()).put("app", ended.app()).put("outcome", ended.outcome());
        ended.from().ifPresent(from -> node.put("from", from.text()));
        node.put("to", ended.to().text()).put("started_at", ended.startedAt().toString()).put("took_ms", ended.took().toMillis());
        ended.why().ifPresent(why -> node.put("why", shortened(redaction.apply(why))));
        ended.served().ifPresent(s -> node.put("current", s.key()).put("file", s.file()).put("digest", s.digest().toString()).put("release", s.release()).put("source", s.source())
                .put("announcement", s.announcement()).put("since", s.since().toString()));
        return node.toString();
    }

    private static String shortened(String why) {
        return why.length() <= 4_000 ? why : why.substring(0, 4_000) + "…";
    }

    private static Optional<Record> fromJson(String line) {
        try {
            JsonNode n = JSON.readTree(line);
            Tag to = Tag.parse(n.path("to").asText()).orElseThrow(() -> new IllegalArgumentException("no tag"));
            Optional<Tag> from = Tag.parse(n.path("from").asText());
            Optional<Served> served = Digest.parse(n.path("digest").asText()).map(digest -> new Served(to, n.path("file").asText(), digest, n.path("release").asText(),
                    n.path("source").asText(), n.path("announcement").asText(), Instant.parse(n.path("since").asText())));
            return Optional.of(new Record(n.path("id").asText(), n.path("app").asText(), n.path("outcome").asText(), from, to, Instant.parse(n.path("started_at").asText()),
                    Duration.ofMillis(n.path("took_ms").asLong()), Optional.ofNullable(n.get("why")).map(JsonNode::asText), served));
        } catch (JsonProcessingException | IllegalArgumentException | DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private static Failure full(Path file, IOException e) {
        return new Failure(Failure.Kind.EXHAUSTED, "keep the history in " + file, "this host could not: " + e, e);
    }
}
