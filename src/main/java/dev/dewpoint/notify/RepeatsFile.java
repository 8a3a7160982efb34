package dev.dewpoint.notify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What was told of what repeats, on disk. Losing it costs a notice too many, so nothing is made of a damaged one. */
final class RepeatsFile {
    private static final long LARGEST = 1 << 20;

    private final Path file;

    RepeatsFile(Path folder) {
        this.file = folder.resolve("repeats.json");
    }

    Repeats read() {
        Map<String, Streak> streaks = new LinkedHashMap<>();
        try {
            if (Files.isRegularFile(file) && Files.size(file) <= LARGEST) {
                for (JsonNode node : NoticeJson.JSON.readTree(Files.readAllBytes(file))) {
                    streaks.put(node.path("key").asText(), streak(node));
                }
            }
        } catch (IOException | DateTimeParseException e) {
            streaks.clear();
        }
        return new Repeats(streaks);
    }

    void write(Repeats repeats) throws IOException {
        ArrayNode all = NoticeJson.JSON.createArrayNode();
        repeats.streaks().forEach((key, streak) -> {
            ObjectNode node = all.addObject().put("key", key).put("about", streak.about()).put("since", streak.since().toString()).put("seen", streak.seen().toString())
                    .put("times", streak.times()).put("endings", streak.endings()).put("told", streak.told()).put("last_told", streak.lastTold().toString())
                    .put("closed_at", streak.closedAt().map(Instant::toString).orElse(null)).put("restless", streak.restless());
            ArrayNode reasons = node.putArray("reasons");
            streak.reasons().forEach(reasons::add);
        });
        Spool.replace(file, all.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static Streak streak(JsonNode node) {
        Set<String> reasons = new LinkedHashSet<>();
        node.path("reasons").forEach(reason -> reasons.add(reason.asText()));
        Optional<Instant> closedAt = node.path("closed_at").isTextual() ? Optional.of(Instant.parse(node.path("closed_at").asText())) : Optional.empty();
        return new Streak(node.path("about").asText(), Instant.parse(node.path("since").asText()), Instant.parse(node.path("seen").asText()), node.path("times").asInt(),
                node.path("endings").asInt(), node.path("told").asInt(), Instant.parse(node.path("last_told").asText()), reasons, closedAt, node.path("restless").asBoolean());
    }
}
