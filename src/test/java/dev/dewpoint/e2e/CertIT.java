package dev.dewpoint.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.dewpoint.host.Durable;
import dev.dewpoint.host.Log;
import dev.dewpoint.host.Time;
import dev.dewpoint.proxy.tls.Certificates;
import dev.dewpoint.proxy.tls.PemPair;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** `dewpoint cert` with a real browser and this machine's own store, which is put back. */
class CertIT {
    private static final Path ANCHORS = Path.of("/usr/local/share/ca-certificates");
    private static final Path LINKS = Path.of("/etc/ssl/certs");
    private static final Path BUNDLE = LINKS.resolve("ca-certificates.crt");
    private static final String PAGE = "<p>all is well</p>";

    @TempDir
    Path temporary;

    private Path home;
    private Set<Path> before;

    @BeforeEach
    void remember() throws IOException {
        home = Files.createDirectory(temporary.resolve("home"));
        before = ours();
    }

    @AfterEach
    void putTheSystemsStoreBack() throws Exception {
        Set<Path> left = ours();
        left.removeAll(before);
        for (Path file : left) {
            Files.deleteIfExists(file);
        }
        if (!left.isEmpty()) {
            shell("update-ca-certificates");
        }
        // a browser may still be writing when it has told its page
        Durable.deleteTree(home);
    }

    @Test
    void theBrowserAndCurlOpenThePageWithoutAWarningUntilTheAuthorityIsTakenOut() throws Exception {
        assumeThat(ANCHORS).as("the system's store can be written (run as root on Debian)").isWritable();
        byte[] bundle = Files.readAllBytes(BUNDLE);
        Packaged made = dewpoint("cert", "localhost", "127.0.0.1", "::1", "--install");
        assertThat(made.exitCode()).as(made.output()).isZero();
        assertThat(made.lines()).contains("the system's store trusts the authority", "Chromium and its kin (" + home.resolve(".pki/nssdb") + ") trusts the authority",
                "Use it:  dewpoint proxy --route 8443=127.0.0.1:3000 --tls-cert localhost.pem --tls-key localhost-key.pem");
        try (Site site = new Site(new PemPair(temporary.resolve("localhost.pem"), temporary.resolve("localhost-key.pem")))) {
            assertThat(chromium(site.port())).contains("all is well");
            for (String host : List.of("localhost", "127.0.0.1")) {
                assertThat(shell("curl -sS https://" + host + ":" + site.port() + "/").output()).as(host).isEqualTo(PAGE);
            }
            assertThat(dewpoint("cert", "--install").lines()).as("again").contains("the system's store trusted it before", "Chromium and its kin (" + home.resolve(".pki/nssdb") + ") trusted it before");

            Packaged undone = dewpoint("cert", "--uninstall");
            assertThat(undone.exitCode()).as(undone.output()).isZero();
            assertThat(chromium(site.port())).contains("ERR_CERT_AUTHORITY_INVALID").doesNotContain("all is well");
            assertThat(shell("curl -sS https://localhost:" + site.port() + "/").exitCode()).isEqualTo(60);
        }
        assertThat(Files.readAllBytes(BUNDLE)).as("the system's bundle as it was").isEqualTo(bundle);
        assertThat(ours()).as("nothing of ours is left").isEqualTo(before);
        assertThat(shell("certutil -L -d sql:" + home.resolve(".pki/nssdb")).output()).doesNotContain("Dewpoint");
        assertThat(dewpoint("cert", "--uninstall").exitCode()).as("again").isZero();
    }

    @Test
    void whatIsAskedWronglyIsToldAllAtOnce() {
        Packaged wrong = dewpoint("cert", "*.test", "https://a.test", "--cert-file", "a.pem", "--key-file", "a.pem", "--install", "--uninstall");
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.lines()).containsExactly("dewpoint: --install and --uninstall contradict each other",
                "dewpoint: --uninstall takes the authority out of the stores and makes no certificate; leave out *.test https://a.test",
                "dewpoint: --cert-file and --key-file are the same file; everybody may read the one, nobody else the other",
                "Run `dewpoint cert --help` to see what it takes.");
        assertThat(dewpoint("cert", "*.test", "https://a.test").lines()).containsExactly("dewpoint: *.test: browsers refuse a star right before the last part; use *.dev.test or the like",
                "dewpoint: https://a.test: a host is needed, without scheme and path", "Run `dewpoint cert --help` to see what it takes.");
        Packaged nothing = dewpoint("cert");
        assertThat(nothing.exitCode()).isEqualTo(2);
        assertThat(nothing.lines().getFirst()).isEqualTo("dewpoint: for which host? `dewpoint cert localhost 127.0.0.1 ::1`, for example");
        assertThat(dewpoint("cert", "--uninstall").lines()).containsExactly("dewpoint: Tried to take the certificate authority out of the stores, but there is none in " + home.resolve(".local/share/dewpoint/ca") + "; say where it is with --ca-dir");
        assertThat(dewpoint("cert", "a.test", "--instal").lines().getFirst()).isEqualTo("dewpoint: --instal is no option of `dewpoint cert`; did you mean --install?");
    }

    @Test
    void theAuthorityIsKeptWhereTheEnvironmentSays() {
        Path shared = temporary.resolve("shared");
        assertThat(Packaged.run(temporary, Map.of("HOME", home.toString(), "XDG_DATA_HOME", shared.toString()), "cert", "a.test").exitCode()).isZero();
        assertThat(shared.resolve("dewpoint/ca/ca.pem")).exists();
        Path own = temporary.resolve("own");
        assertThat(Packaged.run(temporary, Map.of("HOME", home.toString(), "DEWPOINT_CA_DIR", own.toString()), "cert", "b.test", "--cert-file", "to/b.crt", "--key-file", "to/b.key").exitCode()).isZero();
        assertThat(own.resolve("ca-key.pem")).exists();
        assertThat(temporary.resolve("to/b.crt")).exists();
        assertThat(home).isEmptyDirectory();
    }

    private Packaged dewpoint(String... arguments) {
        return Packaged.run(temporary, Map.of("HOME", home.toString()), arguments);
    }

    /** The page that it shows, as it understood it. */
    private String chromium(int port) throws Exception {
        String profile = home.resolve("profile").toString();
        return shell("timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-background-networking --no-first-run --user-data-dir=" + profile + " --dump-dom https://localhost:" + port + "/ 2>/dev/null").output();
    }

    private record Ran(int exitCode, String output) {}

    private Ran shell(String command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", command).directory(temporary.toFile()).redirectErrorStream(true);
        builder.environment().put("HOME", home.toString());
        builder.environment().keySet().removeIf(name -> name.toLowerCase(java.util.Locale.ROOT).endsWith("_proxy") || name.startsWith("SSL_CERT") || name.startsWith("CURL_"));
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        return new Ran(process.exitValue(), output);
    }

    private static Set<Path> ours() throws IOException {
        Set<Path> found = new java.util.TreeSet<>();
        for (Path directory : List.of(ANCHORS, LINKS)) {
            if (Files.isDirectory(directory)) {
                try (Stream<Path> files = Files.list(directory)) {
                    found.addAll(files.filter(file -> file.getFileName().toString().startsWith("dewpoint-")).collect(Collectors.toSet()));
                }
            }
        }
        return found;
    }

    /** One page, by the certificates as the proxy reads them. */
    private static final class Site implements AutoCloseable {
        private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        private final HttpsServer server;

        private Site(PemPair pair) throws IOException {
            Log log = new Log(Time.system(), new ByteArrayOutputStream(), Log.Level.INFO, Log.Format.TEXT, UnaryOperator.identity());
            server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setHttpsConfigurator(new HttpsConfigurator(Certificates.load(List.of(pair), Time.system(), log).context()));
            server.setExecutor(threads);
            server.createContext("/", exchange -> {
                byte[] body = PAGE.getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "text/html");
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
                exchange.close();
            });
            server.start();
        }

        private int port() {
            return server.getAddress().getPort();
        }

        @Override
        public void close() {
            server.stop(0);
            threads.close();
        }
    }
}
