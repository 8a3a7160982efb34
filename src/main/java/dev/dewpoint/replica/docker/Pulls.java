package dev.dewpoint.replica.docker;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Durable;
import dev.dewpoint.release.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which images we have deployed and which of them it was that brought them here, in a small file: an image's own date
 * says nothing of when it served, and one that was here before us isn't ours to remove.
 */
public final class Pulls {
    private static final String BLANK = " ";

    /** {@code ours}: it wasn't here before. */
    record Pulled(String repository, Digest digest, boolean ours, Instant deployedAt) {}

    private final Path file;

    public Pulls(Path file) {
        this.file = file;
    }

    void note(String repository, Digest digest, boolean fetched, Instant at) {
        List<Pulled> all = read();
        boolean ours = fetched || all.stream().anyMatch(pulled -> pulled.ours() && pulled.repository().equals(repository) && pulled.digest().equals(digest));
        all.removeIf(pulled -> pulled.repository().equals(repository) && pulled.digest().equals(digest));
        all.add(new Pulled(repository, digest, ours, at));
        write(all);
    }

    /** Ours alone, of which the newest {@code keep} stay. */
    List<Pulled> beyond(int keep, Set<Digest> spare) {
        List<Pulled> newestFirst = read().stream().filter(Pulled::ours).sorted(Comparator.comparing(Pulled::deployedAt).reversed()).toList();
        return newestFirst.stream().skip(keep).filter(pulled -> !spare.contains(pulled.digest())).toList();
    }

    void forget(Pulled gone) {
        List<Pulled> all = read();
        all.remove(gone);
        write(all);
    }

    private List<Pulled> read() {
        List<Pulled> all = new ArrayList<>();
        try {
            for (String line : Files.exists(file) ? Files.readAllLines(file) : List.<String>of()) {
                parse(line).ifPresent(all::add);
            }
            return all;
        } catch (IOException e) {
            throw failed("read", e);
        }
    }

    private static Optional<Pulled> parse(String line) {
        String[] words = line.split(BLANK);
        try {
            return words.length != 4 ? Optional.empty() : Digest.parse(words[1]).map(digest -> new Pulled(words[0], digest, words[2].equals("pulled"), Instant.parse(words[3])));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private void write(List<Pulled> all) {
        StringBuilder text = new StringBuilder();
        all.forEach(pulled -> text.append(String.join(BLANK, pulled.repository(), pulled.digest().toString(), pulled.ours() ? "pulled" : "found", pulled.deployedAt().toString())).append('\n'));
        try {
            Durable.write(file, text.toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw failed("write", e);
        }
    }

    private Failure failed(String verb, IOException e) {
        return new Failure(Failure.Kind.EXHAUSTED, verb + " " + file, "this host could not: " + e, e);
    }
}
