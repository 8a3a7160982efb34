package dev.dewpoint.notify;

import dev.dewpoint.host.Durable;
import dev.dewpoint.host.Log;
import dev.dewpoint.host.Time;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;

/** Folders of channels that are not configured anymore: kept for a day, should they come back, and then removed. */
final class Forgotten {
    private static final String SINCE = "unused";
    private static final Duration KEPT = Duration.ofHours(24);
    private static final Duration LOOKED_EVERY = Duration.ofHours(1);

    private final Path outbox;
    private final Set<String> used;
    private final Time time;
    private long lookedNanos;
    private boolean looked;

    Forgotten(Path outbox, Set<String> used, Time time) {
        this.outbox = outbox;
        this.used = used;
        this.time = time;
    }

    void sweep(Log log) {
        if (looked && time.since(lookedNanos).compareTo(LOOKED_EVERY) < 0) {
            return;
        }
        looked = true;
        lookedNanos = time.nanos();
        if (!Files.isDirectory(outbox)) {
            return;
        }
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(outbox, Files::isDirectory)) {
            for (Path folder : folders) {
                look(folder);
            }
        } catch (IOException e) {
            log.warn("The outbox could not be tidied up", "error", e);
        }
    }

    private void look(Path folder) throws IOException {
        Path mark = folder.resolve(SINCE);
        if (used.contains(folder.getFileName().toString())) {
            Files.deleteIfExists(mark);
        } else if (!Files.exists(mark)) {
            Files.createFile(mark);
            Files.setLastModifiedTime(mark, FileTime.from(time.now()));
        } else if (Duration.between(since(mark), time.now()).compareTo(KEPT) >= 0) {
            Durable.deleteTree(folder);
        }
    }

    private static Instant since(Path mark) throws IOException {
        return Files.getLastModifiedTime(mark).toInstant();
    }
}
