package dev.dewpoint.notify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dewpoint.host.Durable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One channel's folder: a small file for each notice that waits, named by its turn, and {@code sent.jsonl} with the ids
 * of those that don't wait anymore and the threads that attempts have. Not safe for use by several threads.
 */
final class Spool {
    private static final String SENT = "sent.jsonl";
    private static final int REMEMBERED = 500;
    private static final long LARGEST_NOTICE = 256 << 10;
    private static final long LARGEST_MEMORY = 1 << 20;

    /** {@code turn} orders the waiting ones. */
    record Waiting(long turn, Notice notice, Instant since) {}

    /** An attempt's thread, where the notice belongs to an attempt and the channel has threads. */
    private record Mark(Optional<String> attempt, Optional<String> thread) {}

    private final Path folder;
    private final Map<String, Mark> sent = new LinkedHashMap<>();
    private final Set<String> waiting = new LinkedHashSet<>();
    private long nextTurn;
    private int linesInFile;

    Spool(Path folder) {
        this.folder = folder;
    }

    /** What an earlier run left, in order. What can't be read is removed and named in {@code damaged}. */
    List<Waiting> open(List<String> damaged) throws IOException {
        makeFolder();
        readSent();
        List<Waiting> left = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (name.endsWith(Durable.PARTIAL)) {
                    Files.deleteIfExists(file);
                } else if (name.matches("\\d{16}\\.json")) {
                    read(file, damaged).ifPresent(left::add);
                }
            }
        }
        left.sort(Comparator.comparingLong(Waiting::turn));
        left.removeIf(this::isKnownAlready);
        return left;
    }

    /** Known: waiting, or sent not long ago. */
    boolean knows(String id) {
        return waiting.contains(id) || sent.containsKey(id);
    }

    Waiting next(Notice notice, Instant now) {
        waiting.add(notice.id());
        return new Waiting(nextTurn++, notice, now);
    }

    /** Outcomes and errors survive a power cut, the rest survives the end of the process. */
    void write(Waiting next) throws IOException {
        ObjectNode node = NoticeJson.of(next.notice());
        makeFolder();
        byte[] bytes = node.put("since", next.since().toString()).toString().getBytes(StandardCharsets.UTF_8);
        if (next.notice().importance() == Notice.Importance.PROGRESS) {
            replace(file(next), bytes);
        } else {
            Durable.write(file(next), bytes);
        }
    }

    /** It needs no further try. The mark is on disk before the notice is gone from it. */
    void settle(Waiting done, Optional<String> thread) throws IOException {
        String id = done.notice().id();
        waiting.remove(id);
        Mark mark = new Mark(done.notice().attempt(), thread);
        sent.put(id, mark);
        forget();
        try {
            mark(id, mark);
        } finally {
            Files.deleteIfExists(file(done));
        }
    }

    /** The first one counts: it is what the others answer to. */
    Optional<String> thread(Notice notice) {
        return notice.attempt().flatMap(attempt -> sent.values().stream().filter(mark -> mark.attempt().equals(Optional.of(attempt))).flatMap(mark -> mark.thread().stream()).findFirst());
    }

    static void replace(Path file, byte[] bytes) throws IOException {
        Path temp = Durable.beside(file);
        try {
            Files.deleteIfExists(temp);
            Files.createFile(temp, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.write(temp, bytes);
            Files.move(temp, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            Files.deleteIfExists(temp);
            throw e;
        }
    }

    private void makeFolder() throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder.getParent());
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
    }

    private Path file(Waiting one) {
        return folder.resolve(String.format("%016d.json", one.turn()));
    }

    private boolean isKnownAlready(Waiting one) {
        if (waiting.add(one.notice().id()) && !sent.containsKey(one.notice().id())) {
            return false;
        }
        if (sent.containsKey(one.notice().id())) {
            waiting.remove(one.notice().id());
        }
        try {
            Files.deleteIfExists(file(one));
        } catch (IOException e) {
            // it is not sent again all the same
        }
        return true;
    }

    private Optional<Waiting> read(Path file, List<String> damaged) throws IOException {
        String name = file.getFileName().toString();
        long turn = Long.parseLong(name.substring(0, 16));
        nextTurn = Math.max(nextTurn, turn + 1);
        try {
            if (Files.size(file) > LARGEST_NOTICE) {
                throw new IOException("it is too large");
            }
            JsonNode root = NoticeJson.JSON.readTree(Files.readAllBytes(file));
            return Optional.of(new Waiting(turn, NoticeJson.read(root), Instant.parse(root.path("since").asText())));
        } catch (IOException | DateTimeParseException e) {
            damaged.add(name);
            Files.deleteIfExists(file);
            return Optional.empty();
        }
    }

    private void mark(String id, Mark mark) throws IOException {
        if (linesInFile >= 2 * REMEMBERED) {
            StringBuilder all = new StringBuilder();
            sent.forEach((each, its) -> all.append(line(each, its)));
            Durable.write(folder.resolve(SENT), all.toString().getBytes(StandardCharsets.UTF_8));
            linesInFile = sent.size();
        } else {
            Durable.append(folder.resolve(SENT), line(id, mark).getBytes(StandardCharsets.UTF_8));
            linesInFile++;
        }
    }

    private static String line(String id, Mark mark) {
        ObjectNode node = NoticeJson.JSON.createObjectNode().put("id", id);
        mark.attempt().ifPresent(attempt -> node.put("attempt", attempt));
        mark.thread().ifPresent(thread -> node.put("thread", thread));
        return "\n" + node + "\n";
    }

    /** A line cut off by a crash is passed over: each begins on its own, whatever stands before it. */
    private void readSent() throws IOException {
        Path file = folder.resolve(SENT);
        if (!Files.isRegularFile(file)) {
            return;
        }
        if (Files.size(file) > LARGEST_MEMORY) {
            Files.delete(file);
            return;
        }
        for (String line : new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\n")) {
            if (line.isBlank()) {
                continue;
            }
            linesInFile++;
            try {
                JsonNode node = NoticeJson.JSON.readTree(line);
                if (node.path("id").isTextual()) {
                    sent.put(node.path("id").asText(), new Mark(Optional.ofNullable(node.get("attempt")).map(JsonNode::asText), Optional.ofNullable(node.get("thread")).map(JsonNode::asText)));
                }
            } catch (JsonProcessingException e) {
                // cut off
            }
        }
        forget();
    }

    private void forget() {
        var oldest = sent.keySet().iterator();
        for (int excess = sent.size() - REMEMBERED; excess > 0; excess--) {
            oldest.next();
            oldest.remove();
        }
    }
}
