package dev.dewpoint.notify;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What people are told, once. Everything in it is redacted, free of control characters and capped.
 *
 * @param id the same whenever the same thing is told, so that it is told once
 * @param attempt what the notices of one attempt have in common
 * @param word what happened, for programs
 */
record Notice(
        String id, Optional<String> attempt, Importance importance, Tone tone, String word, String title, List<String> lines, List<Output> outputs,
        Optional<URI> link, String app, String host, Optional<String> from, Optional<String> to, Instant at, Optional<Duration> took) {

    /** PROGRESS is what {@code quiet} leaves out; OUTCOME is the end of something, ERROR the rest that went wrong. */
    enum Importance { PROGRESS, OUTCOME, ERROR }

    enum Tone { GOOD, BAD, WARNING, NEUTRAL }

    /** The end of what a command printed. */
    record Output(String name, String text) {}

    Notice {
        Objects.requireNonNull(id, "id is null");
        lines = List.copyOf(lines);
        outputs = List.copyOf(outputs);
    }

    Notice withoutOutputs() {
        return new Notice(id, attempt, importance, tone, word, title, lines, List.of(), link, app, host, from, to, at, took);
    }

    /** {@code v1.2.2 → v1.2.3}, if it is about versions. */
    Optional<String> versions() {
        return to.map(now -> from.map(before -> before + " → ").orElse("") + now);
    }

    /** All of it in one line. */
    String headline() {
        boolean said = to.isEmpty() || title.contains(to.get());
        return app + ": " + title + (said ? "" : ", " + versions().get());
    }
}
