package dev.dewpoint.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.bench.ReleaseServer;
import dev.dewpoint.release.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is too large for memory, and what is too large for the disk. */
class LargeIT {
    private static final long GIBIBYTE = 1L << 30;

    @TempDir
    Path folder;

    @Test
    void w12OneGibibytePassesThroughAHeapOf64MiB() throws Exception {
        Path archive = folder.resolve("site.tar");
        shell("mkdir tree && openssl enc -aes-128-ctr -nosalt -pass pass:seed -in /dev/zero 2>/dev/null | head -c " + GIBIBYTE + " > tree/large; tar cf site.tar -C tree . && rm -r tree");
        Path root = Files.createDirectory(folder.resolve("root"));
        try (ReleaseServer server = new ReleaseServer(archive, "site.tar", sha256(archive))) {
            Packaged agent = Packaged.run(root, Map.of("GITHUB_API_URL", server.url()), "assets", "--registry", "ghr://o/r?artifact=site.tar", "--once");
            assertThat(agent.exitCode()).as(agent.output()).isZero();
            assertThat(Files.size(root.resolve("current/large"))).isEqualTo(GIBIBYTE);
            assertThat(Files.readString(Packaged.launcher())).contains("-Xmx64m");
        }
    }

    @Test
    void aFullDiskFailsTheAttemptAndWithSpaceTheNextPollConverges() throws Exception {
        Path small = Files.createDirectory(folder.resolve("small"));
        shell("mount -t tmpfs -o size=16m none small");
        try {
            publish("v1.0.0", 2);
            assertThat(once(small).exitCode()).isZero();
            shell("head -c 11M /dev/zero > small/filler");
            publish("v1.1.0", 4);
            Packaged full = once(small);
            assertThat(full.exitCode()).isEqualTo(1);
            assertThat(full.output()).contains("Deployment failed").contains("Make room");
            assertThat(Files.size(small.resolve("current/file"))).isEqualTo(2 << 20);
            assertThat(output("find small -name '*.partial'")).isEmpty();
            Files.delete(small.resolve("filler"));
            assertThat(once(small).exitCode()).isZero();
            assertThat(Files.size(small.resolve("current/file"))).isEqualTo(4 << 20);
            shell("head -c 100M /dev/zero > small/filler || true");
            assertThat(once(small).exitCode()).as("nothing to do needs no room").isZero();
            publish("v1.2.0", 1);
            Packaged nothingLeft = once(small);
            assertThat(nothingLeft.exitCode()).as("no byte free: %s", nothingLeft.output()).isEqualTo(1);
            assertThat(Files.size(small.resolve("current/file"))).isEqualTo(4 << 20);
            Files.delete(small.resolve("filler"));
            assertThat(once(small).exitCode()).isZero();
            assertThat(Files.size(small.resolve("current/file"))).isEqualTo(1 << 20);
        } finally {
            shell("umount small");
        }
    }

    private Packaged once(Path root) {
        return Packaged.run(root, Map.of(), "assets", "--registry", "file://" + folder.resolve("registry"), "--keep", "1", "--cache-size", "1M", "--once");
    }

    private void publish(String version, int megabytes) throws Exception {
        shell("mkdir -p registry/" + version + " tree && head -c " + megabytes + "M /dev/urandom > tree/file && tar czf registry/" + version + "/site.tar.gz -C tree . && touch -d '1 minute ago' registry/" + version + "/site.tar.gz");
    }

    private void shell(String text) throws Exception {
        assertThat(new ProcessBuilder("bash", "-c", text).directory(folder.toFile()).inheritIO().start().waitFor()).as(text).isZero();
    }

    private String output(String text) throws Exception {
        return new String(new ProcessBuilder("bash", "-c", text).directory(folder.toFile()).start().getInputStream().readAllBytes()).strip();
    }

    private static String sha256(Path file) throws IOException {
        MessageDigest hasher = Digest.Algorithm.SHA256.hasher();
        try (InputStream in = Files.newInputStream(file)) {
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                hasher.update(buffer, 0, n);
            }
        }
        return Digest.of(Digest.Algorithm.SHA256, hasher).hex();
    }
}
