package dev.dewpoint.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.release.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** An archive that is unpacked beside a canary. Without a digest of its own the bytes' true one is given. */
record ArchiveCase(String id, String name, Supplier<byte[]> bytes, Digest digest, Budget budget, String expected, Consumer<Path> check) implements HostileCase {
    static final String ACCEPTED = "accepted";
    static final Budget SMALL = new Budget(64 << 20, 10_000, 200, 100, 4096, 255, 16 << 20);

    static ArchiveCase rejected(String id, String name, Supplier<byte[]> bytes, Rejection code) {
        return new ArchiveCase(id, name, bytes, null, SMALL, code.code(), root -> { });
    }

    static ArchiveCase accepted(String id, String name, Supplier<byte[]> bytes, Consumer<Path> check) {
        return new ArchiveCase(id, name, bytes, null, SMALL, ACCEPTED, check);
    }

    ArchiveCase announcedAs(byte[] other) {
        return new ArchiveCase(id, name, bytes, digestOf(other), budget, expected, check);
    }

    ArchiveCase within(Budget other) {
        return new ArchiveCase(id, name, bytes, digest, other, expected, check);
    }

    static Digest digestOf(byte[] bytes) {
        MessageDigest hasher = Digest.Algorithm.SHA256.hasher();
        hasher.update(bytes);
        return Digest.of(Digest.Algorithm.SHA256, hasher);
    }

    @Override
    public String format() {
        return name;
    }

    @Override
    public String got(Path room) throws IOException {
        byte[] archive = bytes.get();
        Path file = Files.write(room.resolve("artifact"), archive);
        Path root = Files.createDirectory(room.resolve(TARGET));
        Canary canary = Canary.in(room);
        String got;
        try {
            new Unpack(budget).unpack(file, name, digest == null ? digestOf(archive) : digest, root);
            got = ACCEPTED;
            check.accept(root);
        } catch (Failure e) {
            got = Rejection.of(e).map(Rejection::code).orElse("failure: " + e.getMessage());
            assertThat(e.getMessage()).as("a message that can't harm a terminal").matches("[\\p{L}\\p{N} -~…]*").hasSizeLessThan(600);
        }
        canary.requireUntouched();
        requireHarmless(root);
        return got;
    }

    /** Whatever the outcome: no special file, no setuid, and no link that leads out of an accepted tree. */
    private static void requireHarmless(Path root) throws IOException {
        try (var all = Files.walk(root)) {
            for (Path path : (Iterable<Path>) all::iterator) {
                boolean link = Files.isSymbolicLink(path);
                assertThat(link || Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) || Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)).as("%s is special", path).isTrue();
                assertThat((int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 07000).as("setuid, setgid, sticky of %s", path).isZero();
                if (link && Files.exists(path)) {
                    assertThat(path.toRealPath()).startsWith(root.toRealPath());
                }
            }
        }
    }

    /** A tree beside the target, with all that an escape could change. */
    private record Canary(Path room, List<String> before) {
        static Canary in(Path room) throws IOException {
            Path nest = room.resolve("canary/nest");
            if (!Files.exists(nest)) {
                Files.createDirectories(nest);
                Files.writeString(room.resolve("canary/x"), "canary");
                Files.writeString(nest.resolve("passwd"), "root");
                Files.setPosixFilePermissions(nest, PosixFilePermissions.fromString("rwxr-x---"));
            }
            return new Canary(room, picture(room));
        }

        void requireUntouched() throws IOException {
            assertThat(picture(room)).isEqualTo(before);
            assertThat(Path.of("/etc/dewpoint-canary")).doesNotExist();
        }

        private static List<String> picture(Path room) throws IOException {
            try (var all = Files.walk(room)) {
                return all.filter(path -> !path.startsWith(room.resolve(TARGET))).sorted().map(Canary::line).toList();
            }
        }

        private static String line(Path path) {
            try {
                String content = Files.isRegularFile(path) ? digestOf(Files.readAllBytes(path)).hex() : "";
                return path + " " + Files.readAttributes(path, "unix:mode,nlink,uid,lastModifiedTime,ino", LinkOption.NOFOLLOW_LINKS) + " " + content;
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }
}
