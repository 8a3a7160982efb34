package dev.dewpoint.notify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A notice as JSON: the body of a webhook, and what waits in the outbox. */
final class NoticeJson {
    static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int SCHEMA = 1;

    private NoticeJson() {}

    static ObjectNode of(Notice notice) {
        ObjectNode root = JSON.createObjectNode().put("schema", SCHEMA).put("id", notice.id()).put("event", notice.word())
                .put("importance", word(notice.importance())).put("tone", word(notice.tone())).put("app", notice.app()).put("host", notice.host())
                .put("title", notice.title());
        ArrayNode lines = root.putArray("lines");
        notice.lines().forEach(lines::add);
        ArrayNode outputs = root.putArray("outputs");
        notice.outputs().forEach(output -> outputs.addObject().put("name", output.name()).put("text", output.text()));
        root.put("attempt", notice.attempt().orElse(null)).put("from", notice.from().orElse(null)).put("to", notice.to().orElse(null))
                .put("link", notice.link().map(URI::toString).orElse(null)).put("at", notice.at().toString());
        notice.took().ifPresentOrElse(took -> root.put("duration_ms", took.toMillis()), () -> root.putNull("duration_ms"));
        return root;
    }

    /** @throws IOException if it is none */
    static Notice read(JsonNode root) throws IOException {
        try {
            if (root.path("schema").asInt() != SCHEMA || text(root, "id").isEmpty()) {
                throw new IOException("it is no notice of this version");
            }
            List<String> lines = new ArrayList<>();
            root.path("lines").forEach(line -> lines.add(line.asText()));
            List<Notice.Output> outputs = new ArrayList<>();
            root.path("outputs").forEach(output -> outputs.add(new Notice.Output(output.path("name").asText(), output.path("text").asText())));
            Optional<Duration> took = root.path("duration_ms").isNumber() ? Optional.of(Duration.ofMillis(root.path("duration_ms").asLong())) : Optional.empty();
            return new Notice(root.path("id").asText(), text(root, "attempt"), Notice.Importance.valueOf(root.path("importance").asText().toUpperCase(Locale.ROOT)),
                    Notice.Tone.valueOf(root.path("tone").asText().toUpperCase(Locale.ROOT)), root.path("event").asText(), root.path("title").asText(), lines, outputs,
                    text(root, "link").map(URI::create), root.path("app").asText(), root.path("host").asText(), text(root, "from"), text(root, "to"),
                    Instant.parse(root.path("at").asText()), took);
        } catch (IllegalArgumentException | DateTimeParseException e) {
            throw new IOException("it holds something impossible: " + e.getMessage(), e);
        }
    }

    private static Optional<String> text(JsonNode root, String name) {
        return root.path(name).isTextual() ? Optional.of(root.path(name).asText()) : Optional.empty();
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
