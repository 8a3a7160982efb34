package dev.dewpoint.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.dewpoint.cache.Cache;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.http.Credentials;
import dev.dewpoint.http.Http;
import dev.dewpoint.http.Origin;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Digest.Algorithm;
import dev.dewpoint.testing.RawServer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DownloadTest {
    private static final byte[] BODY = body();

    @TempDir
    Path folder;

    private final Http http = new Http(Time.system(), Credentials.none(), "test", Duration.ofMillis(800));

    @AfterEach
    void close() {
        http.close();
    }

    @Test
    void anArtifactArrivesVerifiedUnderItsDigest() {
        try (RawServer server = RawServer.start((asked, out) -> whole(out, ""))) {
            Fetched fetched = download(Verify.AUTO).fetch(archive(server, sha256(BODY)), Optional.empty(), (b, t) -> {});
            assertThat(fetched.file()).hasBinaryContent(BODY).hasFileName(sha256(BODY).hex());
            assertThat(fetched.proof()).isEqualTo(new Proof.Announced(List.of("the registry's digest")));
            assertThat(fetched.downloaded()).isTrue();
            assertThat(server.asked()).singleElement().satisfies(asked -> assertThat(asked.headers()).containsEntry("accept-encoding", "identity"));
        }
    }

    @Test
    void whatIsInTheCacheIsNotFetchedAgain() {
        try (RawServer server = RawServer.start((asked, out) -> whole(out, ""))) {
            Download download = download(Verify.AUTO);
            download.fetch(archive(server, sha256(BODY)), Optional.empty(), (b, t) -> {});
            assertThat(download.fetch(archive(server, sha256(BODY)), Optional.empty(), (b, t) -> {}).downloaded()).isFalse();
            assertThat(server.asked()).hasSize(1);
        }
    }

    @Test
    void c05WrongBytesAreDroppedAndC06SoIsTheDigestOfAnother() throws IOException {
        try (RawServer server = RawServer.start((asked, out) -> whole(out, ""))) {
            Failure failure = failureOf(download(Verify.AUTO), archive(server, sha256("something else".getBytes(StandardCharsets.UTF_8))));
            assertThat(failure.kind()).isEqualTo(Failure.Kind.CORRUPT);
            assertThat(files()).isEmpty();
        }
    }

    @Test
    void n01ACutIsResumedWhereItHappened() {
        AtomicInteger requests = new AtomicInteger();
        int[] cuts = {1, BODY.length / 2, BODY.length - 1};
        try (RawServer server = RawServer.start((asked, out) -> {
            int from = from(asked);
            int to = requests.get() < cuts.length ? cuts[requests.getAndIncrement()] : BODY.length;
            ranged(out, from);
            out.write(BODY, from, to - from);
            out.flush();
            if (to < BODY.length) {
                throw new IOException("cut");
            }
        })) {
            Fetched fetched = download(Verify.AUTO).fetch(archive(server, sha256(BODY)), Optional.empty(), (b, t) -> {});
            assertThat(fetched.file()).hasBinaryContent(BODY);
            assertThat(server.asked()).hasSizeGreaterThan(1);
            assertThat(server.asked().getLast().headers().get("range")).startsWith("bytes=");
        }
    }

    @Test
    void aServerThatKnowsNoRangesStartsOver() {
        AtomicInteger requests = new AtomicInteger();
        try (RawServer server = RawServer.start((asked, out) -> {
            RawServer.write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + BODY.length + "\r\nETag: \"one\"\r\n\r\n");
            if (requests.getAndIncrement() == 0) {
                out.write(BODY, 0, 500_000);
                out.flush();
                throw new IOException("cut");
            }
            out.write(BODY);
        })) {
            assertThat(download(Verify.AUTO).fetch(archive(server, sha256(BODY)), Optional.empty(), (b, t) -> {}).file()).hasBinaryContent(BODY);
        }
    }

    @Test
    void withNothingToCompareWithOnlyAnEntityTagAllowsResuming() {
        AtomicInteger requests = new AtomicInteger();
        try (RawServer server = RawServer.start((asked, out) -> {
            int from = from(asked);
            RawServer.write(out, (from > 0 ? "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " + from + "-" + (BODY.length - 1) + "/" + BODY.length : "HTTP/1.1 200 OK") + "\r\nETag: \"one\"\r\nContent-Length: " + (BODY.length - from) + "\r\n\r\n");
            if (requests.getAndIncrement() == 0) {
                out.write(BODY, 0, 700_000);
                out.flush();
                throw new IOException("cut");
            }
            out.write(BODY, from, BODY.length - from);
        })) {
            Artifact.Archive unprovable = new Artifact.Archive("app.tgz", server.url("/a"), OptionalLong.empty(), Optional.empty(), "entry", List.of());
            Fetched fetched = download(Verify.AUTO).fetch(unprovable, Optional.empty(), (b, t) -> {});
            assertThat(fetched.file()).hasBinaryContent(BODY);
            assertThat(fetched.proof()).isEqualTo(new Proof.FirstSeen());
            assertThat(server.asked().getLast().headers()).containsEntry("if-range", "\"one\"");
        }
    }

    @Test
    void whatArrivedBeforeIsContinuedByALaterAttemptIfItsDigestIsKnown() {
        AtomicInteger requests = new AtomicInteger();
        try (RawServer server = RawServer.start((asked, out) -> {
            int from = from(asked);
            if (requests.getAndIncrement() == 1) {
                throw new IOException("still broken");
            }
            ranged(out, from);
            out.write(BODY, from, from == 0 ? 600_000 : BODY.length - from);
            out.flush();
            if (from == 0) {
                throw new IOException("cut");
            }
        })) {
            Download download = download(Verify.AUTO);
            assertThat(failureOf(download, archive(server, sha256(BODY))).kind()).isEqualTo(Failure.Kind.UNREACHABLE);
            assertThat(download.fetch(archive(server, sha256(BODY)), Optional.empty(), (b, t) -> {}).file()).hasBinaryContent(BODY);
            assertThat(from(server.asked().getLast())).isPositive();
        }
    }

    @Test
    void whatHadArrivedWholeBeforeAKillIsFetchedAnewWithoutAFailure() throws IOException {
        try (RawServer server = RawServer.start((asked, out) -> {
            if (from(asked) > 0) {
                RawServer.write(out, "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n");
            } else {
                whole(out, "");
            }
        })) {
            Artifact.Archive archive = archive(server, sha256(BODY));
            Files.write(new Cache(folder, "me", 1L << 30).partial(Download.key(archive)), BODY);
            assertThat(download(Verify.AUTO).fetch(archive, Optional.empty(), (b, t) -> {}).file()).hasBinaryContent(BODY);
            assertThat(server.asked()).hasSize(2);
        }
    }

    @Test
    void n02SilenceEndsADownloadAndItsSizeDoesNot() {
        try (RawServer server = RawServer.start((asked, out) -> {
            RawServer.write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + BODY.length + "\r\n\r\nsome");
            TimeUnit.SECONDS.sleep(30);
        })) {
            assertThat(failureOf(download(Verify.AUTO), archive(server, sha256(BODY))).kind()).isEqualTo(Failure.Kind.TIMED_OUT);
        }
    }

    @Test
    void n03ToN05LengthsThatLieAreNoticed() throws IOException {
        try (RawServer shorter = RawServer.start((asked, out) -> RawServer.write(out, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nshort"))) {
            Artifact.Archive announced = new Artifact.Archive("app.tgz", shorter.url("/a"), OptionalLong.of(BODY.length), Optional.empty(), "entry", List.of());
            assertThat(failureOf(download(Verify.AUTO), announced).kind()).isEqualTo(Failure.Kind.UNREACHABLE);
        }
        try (RawServer cut = RawServer.start((asked, out) -> RawServer.write(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"))) {
            Artifact.Archive unprovable = new Artifact.Archive("app.tgz", cut.url("/a"), OptionalLong.empty(), Optional.empty(), "entry", List.of());
            assertThat(failureOf(download(Verify.AUTO), unprovable).kind()).isEqualTo(Failure.Kind.UNREACHABLE);
        }
        assertThat(files()).isEmpty();
    }

    @Test
    void b11ABodyWithoutEndIsCutOff() throws IOException {
        try (RawServer server = RawServer.start((asked, out) -> {
            RawServer.write(out, "HTTP/1.1 200 OK\r\n\r\n");
            byte[] block = new byte[1 << 16];
            for (int i = 0; i < 100_000; i++) {
                out.write(block);
            }
        })) {
            Download bounded = new Download(http, new Cache(folder, "me", 1L << 30), Verify.AUTO, 5 << 20);
            assertThat(failureOf(bounded, archive(server, sha256(BODY))).kind()).isEqualTo(Failure.Kind.CORRUPT);
            assertThat(files()).isEmpty();
        }
    }

    @Test
    void checksumFilesOfEveryKindAreBelieved() {
        String hex = sha256(BODY).hex();
        String hex512 = digest(Algorithm.SHA512, BODY).hex();
        List<List<String>> kinds = List.of(
                List.of("app.tgz.sha256", hex + "\n"),
                List.of("app.tgz.sha256", hex + "  app.tgz\n"),
                List.of("checksums.txt", "0".repeat(64) + "  other.tgz\n" + hex.toUpperCase(java.util.Locale.ROOT) + " *app.tgz\n"),
                List.of("SHA256SUMS", hex + "  ./dist/app.tgz\n"),
                List.of("app_1.0.0_checksums.txt", "SHA256 (app.tgz) = " + hex + "\n"),
                List.of("app.tgz.sha512", hex512 + "\n"));
        for (List<String> kind : kinds) {
            try (RawServer server = RawServer.start((asked, out) -> {
                if (asked.path().equals("/sums")) {
                    RawServer.write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + kind.get(1).length() + "\r\n\r\n" + kind.get(1));
                } else {
                    whole(out, "");
                }
            })) {
                Artifact.Archive archive = new Artifact.Archive("app.tgz", server.url("/a"), OptionalLong.empty(), Optional.empty(), "entry", List.of(new Artifact.Checksums(kind.get(0), server.url("/sums"))));
                assertThat(download(Verify.REQUIRE).fetch(archive, Optional.empty(), (b, t) -> {}).proof()).as(kind.toString()).isEqualTo(new Proof.Announced(List.of(kind.get(0))));
            }
        }
    }

    @Test
    void aChecksumFileThatDisagreesOrIsEmptyRefuses() {
        for (String text : List.of("0".repeat(64) + "  app.tgz\n", "", "<html>not found</html>")) {
            try (RawServer server = RawServer.start((asked, out) -> {
                if (asked.path().equals("/sums")) {
                    RawServer.write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + text.length() + "\r\n\r\n" + text);
                } else {
                    whole(out, "");
                }
            })) {
                Artifact.Archive archive = new Artifact.Archive("app.tgz", server.url("/a"), OptionalLong.empty(), Optional.empty(), "entry", List.of(new Artifact.Checksums("app.tgz.sha256", server.url("/sums"))));
                assertThat(failureOf(download(Verify.AUTO), archive).kind()).isEqualTo(Failure.Kind.CORRUPT);
            }
        }
    }

    @Test
    void aReleaseThatContradictsItselfIsRefusedBeforeTheDownload() {
        try (RawServer server = RawServer.start((asked, out) -> RawServer.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n" + "0".repeat(64) + "\n"))) {
            Artifact.Archive archive = new Artifact.Archive("app.tgz", server.url("/a"), OptionalLong.empty(), Optional.of(sha256(BODY)), "entry", List.of(new Artifact.Checksums("app.tgz.sha256", server.url("/sums"))));
            assertThat(failureOf(download(Verify.AUTO), archive)).hasMessageContaining("contradicts itself");
            assertThat(server.asked()).hasSize(1);
        }
    }

    @Test
    void nothingOfferedIsComparedWithWhatServedBefore() {
        try (RawServer server = RawServer.start((asked, out) -> whole(out, ""))) {
            Artifact.Archive unprovable = new Artifact.Archive("app.tgz", server.url("/a"), OptionalLong.empty(), Optional.empty(), "entry", List.of());
            assertThat(download(Verify.AUTO).fetch(unprovable, Optional.of(sha256(BODY)), (b, t) -> {}).proof()).isEqualTo(new Proof.Remembered());
            Failure changed = catchThrowableOfType(Failure.class, () -> download(Verify.AUTO).fetch(unprovable, Optional.of(new Digest(Algorithm.SHA256, "0".repeat(64))), (b, t) -> {}));
            assertThat(changed.kind()).isEqualTo(Failure.Kind.CORRUPT);
            assertThat(failureOf(download(Verify.REQUIRE), unprovable)).hasMessageContaining("--verify require");
            assertThat(download(Verify.OFF).fetch(unprovable, Optional.empty(), (b, t) -> {}).proof()).isEqualTo(new Proof.Unchecked());
        }
    }

    @Test
    void theTokenStaysAtItsOriginWhenTheArtifactIsElsewhere() {
        try (RawServer storage = RawServer.start((asked, out) -> whole(out, "")); RawServer api = RawServer.start((asked, out) -> RawServer.write(out, "HTTP/1.1 302 Found\r\nLocation: " + storage.url("/object?sig=1") + "\r\nContent-Length: 0\r\n\r\n"));
                Http signed = new Http(Time.system(), Credentials.none().with(Origin.of(api.url("/")), () -> Optional.of("Bearer secret-token")), "test", Duration.ofSeconds(5))) {
            new Download(signed, new Cache(folder, "me", 1L << 30), Verify.AUTO, 1L << 30).fetch(archive(api, sha256(BODY)), Optional.empty(), (b, t) -> {});
            assertThat(api.asked()).singleElement().satisfies(asked -> assertThat(asked.headers()).containsEntry("authorization", "Bearer secret-token"));
            assertThat(storage.asked()).singleElement().satisfies(asked -> assertThat(asked.headers().toString()).doesNotContain("secret-token"));
        }
    }

    @Test
    void aFileThatChangesWhileItIsReadIsNotThereYet() throws IOException {
        Path source = folder.resolve("app.tgz");
        Files.write(source, BODY);
        Artifact.Archive archive = new Artifact.Archive("app.tgz", source.toUri(), OptionalLong.empty(), Optional.empty(), "entry", List.of());
        Failure failure = catchThrowableOfType(Failure.class, () -> download(Verify.AUTO).fetch(archive, Optional.empty(), (bytes, total) -> {
            try {
                Files.setLastModifiedTime(source, FileTime.fromMillis(bytes));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }));
        assertThat(failure.kind()).isEqualTo(Failure.Kind.UNSETTLED);
    }

    @Test
    void progressGrowsToTheWhole() {
        List<Long> seen = new ArrayList<>();
        try (RawServer server = RawServer.start((asked, out) -> whole(out, ""))) {
            download(Verify.AUTO).fetch(archive(server, sha256(BODY)), Optional.empty(), (bytes, total) -> {
                assertThat(total).contains((long) BODY.length);
                seen.add(bytes);
            });
        }
        assertThat(seen).isSorted().endsWith((long) BODY.length);
    }

    private Download download(Verify verify) {
        return new Download(http, new Cache(folder, "me", 1L << 30), verify, 1L << 30);
    }

    private static Failure failureOf(Download download, Artifact.Archive archive) {
        return catchThrowableOfType(Failure.class, () -> download.fetch(archive, Optional.empty(), (b, t) -> {}));
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private static Artifact.Archive archive(RawServer server, Digest digest) {
        return new Artifact.Archive("app.tgz", server.url("/a"), OptionalLong.of(BODY.length), Optional.of(digest), "entry", List.of());
    }

    private static int from(RawServer.Asked asked) {
        String range = asked.headers().get("range");
        return range == null ? 0 : Integer.parseInt(range.substring(6, range.length() - 1));
    }

    private static void ranged(OutputStream out, int from) throws IOException {
        RawServer.write(out, from == 0 ? "HTTP/1.1 200 OK\r\nContent-Length: " + BODY.length + "\r\n\r\n"
                : "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " + from + "-" + (BODY.length - 1) + "/" + BODY.length + "\r\nContent-Length: " + (BODY.length - from) + "\r\n\r\n");
    }

    private static void whole(OutputStream out, String headers) throws IOException {
        RawServer.write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + BODY.length + "\r\n" + headers + "\r\n");
        out.write(BODY);
        out.flush();
    }

    private static Digest sha256(byte[] bytes) {
        return digest(Algorithm.SHA256, bytes);
    }

    private static Digest digest(Algorithm algorithm, byte[] bytes) {
        MessageDigest hasher = algorithm.hasher();
        hasher.update(bytes);
        return Digest.of(algorithm, hasher);
    }

    private static byte[] body() {
        byte[] bytes = new byte[2_000_000];
        new Random(1).nextBytes(bytes);
        return bytes;
    }
}
