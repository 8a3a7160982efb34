package dev.dewpoint.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.cache.Cache;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.http.Credentials;
import dev.dewpoint.http.Http;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.testing.RawServer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** B11: a server that never stops sending. */
record EndlessBodyCase() implements HostileCase {
    private static final long LIMIT = 5 << 20;

    @Override
    public String id() {
        return "B11";
    }

    @Override
    public String format() {
        return "http-body-without-end";
    }

    @Override
    public String expected() {
        return Rejection.TOO_LARGE.code();
    }

    @Override
    public String got(Path room) throws IOException {
        Path folder = Files.createDirectory(room.resolve(TARGET));
        String got;
        try (RawServer server = RawServer.start((asked, out) -> forever(out)); Http http = new Http(Time.system(), Credentials.none(), "test", Duration.ofSeconds(5))) {
            Artifact.Archive archive = new Artifact.Archive("app.tgz", server.url("/app.tgz"), OptionalLong.empty(), Optional.empty(), "entry", List.of());
            new Download(http, new Cache(folder, "me", 1L << 30), Verify.AUTO, LIMIT).fetch(archive, Optional.empty(), (bytes, total) -> assertThat(bytes).isLessThanOrEqualTo(LIMIT));
            got = ArchiveCase.ACCEPTED;
        } catch (Failure e) {
            boolean tooLarge = e.kind() == Failure.Kind.CORRUPT && e.why().contains("larger than the " + LIMIT + " bytes allowed");
            got = tooLarge ? Rejection.TOO_LARGE.code() : "failure: " + e.getMessage();
        }
        try (var left = Files.walk(folder)) {
            assertThat(left.filter(Files::isRegularFile)).as("what is left of it").isEmpty();
        }
        return got;
    }

    /** Until the other side hangs up. */
    private static void forever(OutputStream out) throws IOException {
        RawServer.write(out, "HTTP/1.1 200 OK\r\n\r\n");
        byte[] block = new byte[1 << 16];
        while (!Thread.currentThread().isInterrupted()) {
            out.write(block);
        }
    }
}
