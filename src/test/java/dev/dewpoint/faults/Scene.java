package dev.dewpoint.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.dewpoint.e2e.Packaged;
import dev.dewpoint.release.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A root where v1 serves and v2 is about to, and what must be true of it whatever happens. */
final class Scene {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int FILES = 20;

    final Path root;
    final Path registry;

    Scene(Path folder) throws IOException {
        this.root = Files.createDirectories(folder.resolve("root"));
        this.registry = Files.createDirectories(folder.resolve("registry"));
    }

    void publish(String version) throws IOException {
        Path release = Files.createDirectories(registry.resolve(version));
        Path hidden = release.resolve(".site.zip");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(hidden))) {
            for (Map.Entry<String, String> file : contents(version).entrySet()) {
                zip.putNextEntry(new ZipEntry(file.getKey()));
                zip.write(file.getValue().getBytes(StandardCharsets.UTF_8));
            }
        }
        Files.setLastModifiedTime(hidden, FileTime.from(Instant.now().minusSeconds(60)));
        Files.move(hidden, release.resolve("site.zip"));
    }

    String[] arguments() {
        return new String[] {"assets", "--registry", "file://" + registry, "--root", root.toString(), "--once", "--keep", "2", "--before-deploy-hook", "echo before $DEWPOINT_HOOK_VERSION >> hooks.log",
                "--after-deploy-hook", "echo after $DEWPOINT_HOOK_VERSION >> hooks.log"};
    }

    Packaged run() {
        return Packaged.run(root, Map.of(), arguments());
    }

    /** I3 and I4: at every instant, also before anybody has recovered anything. */
    void holdsAtOnce(String when) throws IOException {
        Path current = root.resolve("current");
        assertThat(Files.isSymbolicLink(current)).as("%s: current is a symlink", when).isTrue();
        assertThat(read(current)).as("%s: current is a complete release", when).isIn(contents("v1.0.0"), contents("v2.0.0"));
        for (Path release : list(root.resolve("releases"))) {
            if (!release.getFileName().toString().startsWith(".")) {
                assertThat(read(release)).as("%s: %s is complete", when, release.getFileName()).isIn(contents("v1.0.0"), contents("v2.0.0"));
            }
        }
        for (Path artifact : files(root.resolve(".dewpoint/cache/sha256"))) {
            assertThat(digest(artifact)).as("%s: what the cache holds", when).isEqualTo(artifact.getFileName().toString());
        }
    }

    /** I3 to I9 and I15: after the next start. */
    void hasConverged(String when) throws IOException {
        holdsAtOnce(when);
        assertThat(read(root.resolve("current"))).as("%s: the newest serves", when).isEqualTo(contents("v2.0.0"));
        JsonNode ledger = JSON.readTree(root.resolve(".dewpoint/ledger.json").toFile());
        assertThat(ledger.path("current").asText()).as("%s: recorded is what serves", when).isEqualTo("v2.0.0--site.zip");
        assertThat(ledger.has("attempting")).as("%s: no attempt is open", when).isFalse();
        assertThat(Files.readSymbolicLink(root.resolve("current")).getFileName().toString()).isEqualTo(ledger.path("serving").path("release").asText());
        Set<String> recorded = new HashSet<>(List.of(ledger.path("serving").path("release").asText()));
        ledger.path("before").forEach(served -> recorded.add(served.path("release").asText()));
        assertThat(list(root.resolve("releases")).stream().map(p -> p.getFileName().toString()).toList()).as("%s: no release that isn't recorded, none half made", when).isSubsetOf(recorded);
        assertThat(files(root).stream().map(Path::toString).filter(name -> name.contains(".partial"))).as("%s: nothing unfinished is left", when).isEmpty();
        List<String> ids = new ArrayList<>();
        List<String> outcomes = new ArrayList<>();
        for (String line : Files.readAllLines(root.resolve(".dewpoint/history.jsonl"))) {
            JsonNode record = JSON.readTree(line);
            ids.add(record.path("id").asText());
            outcomes.add(record.path("outcome").asText() + " " + record.path("to").asText());
        }
        assertThat(ids).as("%s: one record an attempt", when).doesNotHaveDuplicates();
        assertThat(outcomes).as("%s: v2 came to serve once", when).containsOnlyOnce("deployed v2.0.0").containsOnlyOnce("deployed v1.0.0");
        List<String> hooks = Files.readAllLines(root.resolve("hooks.log"));
        long attempts = outcomes.stream().filter(o -> o.endsWith("v2.0.0")).count();
        assertThat(hooks.stream().filter("before v2.0.0"::equals).count()).as("%s: before hook at most once an attempt", when).isLessThanOrEqualTo(attempts);
        assertThat(hooks.stream().filter("after v2.0.0"::equals).count()).as("%s: after hook at most once", when).isLessThanOrEqualTo(1);
    }

    private static Map<String, String> contents(String version) {
        Map<String, String> contents = new TreeMap<>();
        for (int i = 0; i < FILES; i++) {
            contents.put("dir" + i % 3 + "/file" + i, version + " " + i + " " + "x".repeat(i * 500));
        }
        return contents;
    }

    private static Map<String, String> read(Path tree) throws IOException {
        Path real = tree.toRealPath();
        Map<String, String> contents = new TreeMap<>();
        for (Path file : files(real)) {
            contents.put(real.relativize(file).toString(), Files.readString(file));
        }
        return contents;
    }

    private static List<Path> files(Path tree) throws IOException {
        try (Stream<Path> files = Files.exists(tree) ? Files.walk(tree) : Stream.empty()) {
            return files.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)).toList();
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    private static String digest(Path file) throws IOException {
        MessageDigest hasher = Digest.Algorithm.SHA256.hasher();
        try (InputStream in = Files.newInputStream(file)) {
            hasher.update(in.readAllBytes());
        }
        return Digest.of(Digest.Algorithm.SHA256, hasher).hex();
    }
}
