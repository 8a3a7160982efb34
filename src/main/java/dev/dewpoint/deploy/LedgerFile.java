package dev.dewpoint.deploy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Durable;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Tag;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The ledger on disk. In memory it is always what really happened; when the disk refuses, the file is written again at
 * the next opportunity.
 */
final class LedgerFile {
    private static final int SCHEMA = 1;
    private static final long LARGEST = 4L << 20;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path file;
    /** Written by the loop's thread alone; others look at it. */
    private volatile Ledger ledger;
    private boolean unsaved;

    private LedgerFile(Path file, Ledger ledger) {
        this.file = file;
        this.ledger = ledger;
    }

    /** What was found: a ledger, none, or one that can't be used and has been put aside. */
    record Opened(LedgerFile file, Optional<String> damage) {}

    static Opened open(Path file) {
        try {
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                return new Opened(new LedgerFile(file, Ledger.empty()), Optional.empty());
            }
            return new Opened(new LedgerFile(file, read(file)), Optional.empty());
        } catch (Unusable damage) {
            Path aside = putAside(file);
            return new Opened(new LedgerFile(file, Ledger.empty()), Optional.of(damage.getMessage() + "; it was put aside as " + aside.getFileName()));
        }
    }

    Ledger now() {
        return ledger;
    }

    /** Takes effect at once; the failure to write it down is the caller's to judge. */
    void write(Ledger next) {
        if (next.equals(ledger) && !unsaved) {
            return;
        }
        ledger = next;
        unsaved = true;
        save();
    }

    /** Writes what an earlier failure left unwritten. */
    void save() {
        if (!unsaved) {
            return;
        }
        try {
            Durable.write(file, toJson(ledger));
            unsaved = false;
        } catch (IOException e) {
            throw new Failure(Failure.Kind.EXHAUSTED, "write " + file, "this host could not: " + e, e);
        }
    }

    /** Goes back to what stands on disk: for a step that must not begin unless it is recorded. */
    void revert(Ledger to) {
        ledger = to;
        unsaved = false;
    }

    private static final class Unusable extends Exception {
        Unusable(String why) {
            super(why);
        }
    }

    private static Path putAside(Path file) {
        for (int i = 1; ; i++) {
            Path aside = file.resolveSibling(file.getFileName() + ".damaged-" + i);
            if (!Files.exists(aside, LinkOption.NOFOLLOW_LINKS)) {
                try {
                    Files.move(file, aside);
                    return aside;
                } catch (IOException e) {
                    throw new Failure(Failure.Kind.EXHAUSTED, "put the damaged " + file + " aside", "this host could not: " + e, e);
                }
            }
        }
    }

    private static byte[] toJson(Ledger ledger) {
        ObjectNode root = JSON.createObjectNode().put("schema", SCHEMA);
        ledger.serving().ifPresent(served -> {
            root.put("current", served.key()).put("digest", served.digest().toString());
            root.set("serving", served(served));
        });
        ArrayNode before = root.putArray("before");
        ledger.before().forEach(served -> before.add(served(served)));
        ledger.attempting().ifPresent(a -> {
            ObjectNode node = root.putObject("attempting").put("id", a.id()).put("to", a.to().text()).put("started_at", a.startedAt().toString()).put("step", a.step().name());
            a.from().ifPresent(from -> node.put("from", from.text()));
            a.served().ifPresent(served -> node.set("served", served(served)));
        });
        ObjectNode marks = root.putObject("marks");
        ledger.marks().forEach((key, tag) -> marks.put(key, tag.text()));
        ObjectNode seen = root.putObject("first_seen");
        ledger.firstSeen().forEach((key, digest) -> seen.put(key, digest.toString()));
        ledger.retry().ifPresent(r -> root.putObject("retry").put("announcement", r.announcement()).put("failures", r.failures()).put("until", r.until().toString()));
        ObjectNode strikes = root.putObject("strikes");
        ledger.strikes().forEach(strikes::put);
        ledger.pin().ifPresent(p -> root.putObject("pin").put("at", p.at().text()).put("until", p.until().text()).put("mark", p.mark()));
        root.put("paused", ledger.paused());
        ledger.scale().ifPresent(scale -> root.putObject("scale").put("replicas", scale.replicas()).put("configured", scale.configured()));
        ObjectNode noted = root.putObject("noted");
        ledger.noted().forEach(noted::put);
        root.put("checksum", checksum(root));
        return (root.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static ObjectNode served(Served served) {
        return JSON.createObjectNode().put("tag", served.tag().text()).put("file", served.file()).put("digest", served.digest().toString()).put("release", served.release())
                .put("source", served.source()).put("announcement", served.announcement()).put("since", served.since().toString());
    }

    private static String checksum(ObjectNode root) {
        MessageDigest hasher = Digest.Algorithm.SHA256.hasher();
        hasher.update(root.toString().getBytes(StandardCharsets.UTF_8));
        return Digest.of(Digest.Algorithm.SHA256, hasher).toString();
    }

    private static Ledger read(Path file) throws Unusable {
        try {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) > LARGEST) {
                throw new Unusable("the ledger is no plain file of a ledger's size");
            }
            if (!(JSON.readTree(Files.readAllBytes(file)) instanceof ObjectNode root)) {
                throw new Unusable("the ledger is empty");
            }
            if (root.path("schema").asInt() != SCHEMA) {
                throw new Unusable("the ledger was written by another version of Dewpoint (schema " + root.path("schema").asText("?") + ")");
            }
            String recorded = root.path("checksum").asText();
            root.remove("checksum");
            if (!recorded.equals(checksum(root))) {
                throw new Unusable("the ledger does not match its checksum");
            }
            return fromJson(root);
        } catch (NoSuchFileException e) {
            return Ledger.empty();
        } catch (JsonProcessingException e) {
            throw new Unusable("the ledger is no JSON");
        } catch (IOException e) {
            throw new Failure(Failure.Kind.EXHAUSTED, "read " + file, "this host could not: " + e, e);
        }
    }

    private static Ledger fromJson(ObjectNode root) throws Unusable {
        try {
            Optional<Served> serving = node(root, "serving").map(LedgerFile::served);
            List<Served> before = new ArrayList<>();
            root.path("before").forEach(n -> before.add(served(n)));
            Map<String, Tag> marks = new LinkedHashMap<>();
            root.path("marks").properties().forEach(e -> marks.put(e.getKey(), tag(e.getValue().asText())));
            Map<String, Digest> seen = new LinkedHashMap<>();
            root.path("first_seen").properties().forEach(e -> seen.put(e.getKey(), digest(e.getValue().asText())));
            Map<String, Integer> strikes = new LinkedHashMap<>();
            root.path("strikes").properties().forEach(e -> strikes.put(e.getKey(), e.getValue().asInt()));
            Map<String, String> noted = new LinkedHashMap<>();
            root.path("noted").properties().forEach(e -> noted.put(e.getKey(), e.getValue().asText()));
            return new Ledger(serving, before, node(root, "attempting").map(LedgerFile::attempting), marks, seen,
                    node(root, "retry").map(n -> new Ledger.Retry(n.path("announcement").asText(), n.path("failures").asInt(), Instant.parse(n.path("until").asText()))),
                    strikes,
                    node(root, "pin").map(n -> new Ledger.Pin(tag(n.path("at").asText()), tag(n.path("until").asText()), n.path("mark").asText())),
                    root.path("paused").asBoolean(), noted, node(root, "scale").map(n -> new Ledger.Scale(n.path("replicas").asInt(), n.path("configured").asInt())));
        } catch (IllegalArgumentException | DateTimeParseException e) {
            throw new Unusable("the ledger holds something impossible: " + e.getMessage());
        }
    }

    private static Optional<JsonNode> node(ObjectNode root, String name) {
        return Optional.ofNullable(root.get(name));
    }

    private static Ledger.Attempting attempting(JsonNode n) {
        Optional<Tag> from = Optional.ofNullable(n.get("from")).map(f -> tag(f.asText()));
        return new Ledger.Attempting(n.path("id").asText(), from, tag(n.path("to").asText()), Instant.parse(n.path("started_at").asText()),
                Ledger.Step.valueOf(n.path("step").asText()), Optional.ofNullable(n.get("served")).map(LedgerFile::served));
    }

    private static Served served(JsonNode n) {
        return new Served(tag(n.path("tag").asText()), n.path("file").asText(), digest(n.path("digest").asText()), n.path("release").asText(), n.path("source").asText(),
                n.path("announcement").asText(), Instant.parse(n.path("since").asText()));
    }

    private static Tag tag(String text) {
        return Tag.parse(text).orElseThrow(() -> new IllegalArgumentException("no tag: " + text));
    }

    private static Digest digest(String text) {
        return Digest.parse(text).orElseThrow(() -> new IllegalArgumentException("no digest: " + text));
    }
}
