package dev.dewpoint.proxy.http2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dewpoint.proxy.AccessLog;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.Terms;
import dev.dewpoint.proxy.TestBackend;
import dev.dewpoint.testing.NoLeaks;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The conformance suite of HTTP/2, against the proxy with a backend behind it. */
@ExtendWith(NoLeaks.class)
class H2SpecIT {
    @TempDir
    private static Path folder;
    private static LocalCertificate certificate;

    @BeforeAll
    static void unpack() throws Exception {
        // the one program in our resources is for this platform; on it, CI's too, nothing is skipped
        assumeTrue(System.getProperty("os.name").equals("Linux") && System.getProperty("os.arch").equals("amd64"), "h2spec comes for this platform");
        certificate = LocalCertificate.make(folder);
        try (InputStream packed = H2SpecIT.class.getResourceAsStream("/h2spec/2.1.1/h2spec_linux_amd64.tar.gz"); TarArchiveInputStream tar = new TarArchiveInputStream(new GZIPInputStream(packed))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                if (entry.getName().endsWith("h2spec")) {
                    Files.copy(tar, folder.resolve("h2spec"));
                }
            }
        }
        assertThat(folder.resolve("h2spec").toFile().setExecutable(true)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everyTestPasses(boolean tls) throws Exception {
        try (TestBackend backend = TestBackend.saying("a body that is longer than a few windows");
                Stage stage = Stage.secure(tls ? certificate.context() : null, Terms.USUAL, Balance.ROUND_ROBIN, RouteOptions.USUAL, AccessLog.OFF, backend.backend())) {
            List<String> command = new ArrayList<>(List.of(folder.resolve("h2spec").toString(), "--host", tls ? "localhost" : "127.0.0.1", "--port", String.valueOf(stage.address().getPort()), "--timeout", "3", "--strict"));
            if (tls) {
                command.addAll(List.of("--tls", "--insecure"));
            }
            Path output = folder.resolve(tls + ".txt");
            Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
            try {
                assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
            } finally {
                process.destroyForcibly();
            }
            String report = Files.readString(output);
            assertThat(report).containsPattern("1[45][0-9] tests, 1[45][0-9] passed, 0 skipped, 0 failed");
            assertThat(process.exitValue()).isZero();
        }
    }
}
