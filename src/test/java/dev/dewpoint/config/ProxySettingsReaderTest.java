package dev.dewpoint.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.host.Log;
import dev.dewpoint.proxy.Cidr;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProxySettingsReaderTest {
    private static final List<String> ONE = List.of("80=a:1");

    @TempDir
    Path folder;

    private final Problems problems = new Problems();

    @BeforeEach
    void files() throws IOException {
        Files.writeString(folder.resolve("chain.pem"), "-----BEGIN CERTIFICATE-----\n");
        Files.writeString(folder.resolve("key.pem"), "-----BEGIN EC PRIVATE KEY-----\n");
    }

    @Test
    void defaultsAreTheDocumentedOnes() {
        ProxySettings settings = read(Map.of("--route", ONE)).orElseThrow();
        assertThat(settings.rules()).singleElement().satisfies(rule -> assertThat(rule.options().names().refresh()).isEqualTo(Duration.ofSeconds(10)));
        assertThat(settings.bind()).isEmpty();
        assertThat(settings.tls().certificates()).isEmpty();
        assertThat(settings.tls().ports()).isEmpty();
        assertThat(settings.tls().redirects()).isEmpty();
        assertThat(settings.trusted()).isEmpty();
        assertThat(settings.pages()).isEqualTo(new ProxySettings.Pages(Optional.empty(), false, false));
        assertThat(settings.accessLog()).isEqualTo(new ProxySettings.AccessLog(ProxySettings.AccessLog.Format.OFF, Optional.empty()));
        assertThat(settings.limits()).isEqualTo(new ProxySettings.Limits(0, 10_000, 64 << 10));
        assertThat(settings.drainTime()).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings.channels()).isEmpty();
        assertThat(settings.root()).isEmpty();
        assertThat(settings.logging()).isEqualTo(new Settings.Logging(Log.Level.INFO, Log.Format.TEXT));
    }

    @Test
    void everyFlagCanBeSetByItsVariable() {
        Map<String, String> environment = Map.ofEntries(Map.entry("DEWPOINT_ROUTE", "443=${STATIC_BACKEND}\n 8443/api=dns:api:80?refresh=5s \n\ntcp:5432=db:5432?drain-time=2m"), Map.entry("STATIC_BACKEND", "10.0.0.1:80\n10.0.0.2:80"),
                Map.entry("DEWPOINT_BIND", "[::1]"), Map.entry("DEWPOINT_TLS_CERT", "chain.pem\nchain.pem"), Map.entry("DEWPOINT_TLS_KEY", "key.pem\n" + folder.resolve("key.pem")), Map.entry("DEWPOINT_TLS_PORT", "8443"),
                Map.entry("DEWPOINT_REDIRECT_HTTPS", "80,8080"), Map.entry("DEWPOINT_TRUSTED_PROXY", "10.0.0.0/8, ::1\n192.168.1.7"), Map.entry("DEWPOINT_DNS_INTERVAL", "1m"), Map.entry("DEWPOINT_DRAIN_TIME", "5"),
                Map.entry("DEWPOINT_EXPOSE_STATUS", "/lb/"), Map.entry("DEWPOINT_HEALTH_PAGE", "yes"), Map.entry("DEWPOINT_CLIENT_IP_PAGE", "true"), Map.entry("DEWPOINT_ACCESS_LOG", "json"), Map.entry("DEWPOINT_ACCESS_LOG_FILE", "access.log"),
                Map.entry("DEWPOINT_IO_THREADS", "4"), Map.entry("DEWPOINT_MAX_CONNECTIONS", "500"), Map.entry("DEWPOINT_MAX_HEADER", "16k"), Map.entry("DEWPOINT_NOTIFIER", "webhook+http://127.0.0.1:1/x"), Map.entry("DEWPOINT_LOG_LEVEL", "debug"), Map.entry("DEWPOINT_LOG_FORMAT", "json"));
        ProxySettings settings = read(Map.of(), environment).orElseThrow();
        assertThat(settings.rules()).extracting(rule -> rule.match().port()).containsExactly(443, 8443, 5432);
        assertThat(settings.rules().getFirst().upstreams()).hasSize(2);
        assertThat(settings.rules()).extracting(rule -> rule.options().names().refresh()).containsExactly(Duration.ofMinutes(1), Duration.ofSeconds(5), Duration.ofMinutes(1));
        assertThat(settings.rules()).extracting(rule -> rule.options().drainTime()).containsExactly(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofMinutes(2));
        assertThat(settings.bind()).contains(InetAddress.ofLiteral("::1"));
        ProxySettings.Certificate certificate = new ProxySettings.Certificate(folder.resolve("chain.pem"), folder.resolve("key.pem"));
        assertThat(settings.tls()).isEqualTo(new ProxySettings.Tls(List.of(certificate, certificate), Set.of(8443), Set.of(80, 8080), 8443));
        assertThat(settings.trusted()).containsExactly(Cidr.parse("10.0.0.0/8"), Cidr.parse("::1"), Cidr.parse("192.168.1.7"));
        assertThat(settings.drainTime()).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.pages()).isEqualTo(new ProxySettings.Pages(Optional.of("/lb"), true, true));
        assertThat(settings.accessLog()).isEqualTo(new ProxySettings.AccessLog(ProxySettings.AccessLog.Format.JSON, Optional.of(folder.resolve("access.log"))));
        assertThat(settings.limits()).isEqualTo(new ProxySettings.Limits(4, 500, 16 << 10));
        assertThat(settings.channels()).hasSize(1);
        assertThat(settings.root()).contains(folder);
        assertThat(settings.logging()).isEqualTo(new Settings.Logging(Log.Level.DEBUG, Log.Format.JSON));
    }

    @Test
    void tlsIsSpokenOnTheCustomaryPortsOrElseOnAll() {
        assertThat(tls("80=a:1", "443=a:1", "8443=a:1", "9000=a:1", "tcp:5432=a:1").ports()).containsExactly(443, 8443);
        assertThat(tls("80=a:1", "8443=a:1").ports()).containsExactly(8443);
        assertThat(tls("9000=a:1", "9001/x=a:1", "9001/y=a:1", "tcp:5432=a:1").ports()).containsExactly(9000, 9001);
        assertThat(tls("9000=a:1", "443=a:1").redirectTo()).isEqualTo(443);
        assertThat(tls("tcp:443=a:1", "9000=a:1").ports()).containsExactly(9000);
    }

    @Test
    void aRootIsLookedAtOnlyIfSomebodyIsTold() throws IOException {
        Files.createDirectory(folder.resolve("current"));
        assertThat(read(Map.of("--route", ONE, "--root", List.of("."))).orElseThrow().root()).contains(folder);
        assertProblem(Map.of("--route", ONE, "--root", List.of("/proc")), "--root /proc: /proc can't be written to");
        assertThat(read(Map.of("--route", ONE)).orElseThrow().root()).isEmpty();
    }

    @Test
    void routesThatClashNameEachOther() {
        assertProblem(routes("80@a.example/x=a:1", "80@A.example/x/=b:1"), "--route 80@A.example/x/=b:1: it matches the same requests as --route 80@a.example/x=a:1; remove one");
        assertProblem(routes("tcp:80=a:1", "80/x=b:1"), "--route 80/x=b:1: it shares port 80 with --route tcp:80=a:1");
        assertProblem(routes("80=a:1", "tcp:80=b:1"), "--route tcp:80=b:1: it shares port 80 with --route 80=a:1");
        assertProblem(routes("tcp:80=a:1", "tcp:80=b:1"), "shares port 80 with");
        assertThat(read(routes("80=a:1", "80/x=a:1", "80/x$=a:1", "80@a=a:1", "80@*.a=a:1", "81=a:1")).orElseThrow().rules()).hasSize(6);
    }

    @Test
    void aClashIsSeenEvenIfARouteHasOtherProblems() {
        assertThat(read(routes("80=a", "80=b:1"))).isEmpty();
        assertThat(problems.list()).hasSize(2).anySatisfy(problem -> assertThat(problem).contains("the same requests as --route 80=a;"));
    }

    @Test
    void everyWrongValueIsNamedWithItsRemedy() throws IOException {
        Files.writeString(folder.resolve("encrypted.pem"), "-----BEGIN ENCRYPTED PRIVATE KEY-----");
        List<String> chain = List.of("chain.pem");
        List<String> key = List.of("key.pem");
        assertProblem(Map.of(), "--route is not set: say what goes where, such as --route 8000=");
        assertProblem(Map.of("--route", ONE, "--bind", List.of("localhost")), "--bind localhost: localhost is no address");
        assertProblem(Map.of("--route", ONE, "--tls-cert", chain), "--tls-cert is given once and --tls-key not at all: they go in pairs");
        assertProblem(Map.of("--route", ONE, "--tls-key", List.of("key.pem", "key.pem"), "--tls-cert", chain), "--tls-cert is given once and --tls-key 2 times");
        assertProblem(Map.of("--route", ONE, "--tls-cert", key, "--tls-key", key), "--tls-cert key.pem: it holds no certificate in PEM");
        assertProblem(Map.of("--route", ONE, "--tls-cert", chain, "--tls-key", chain), "--tls-key chain.pem: it holds no private key in PEM");
        assertProblem(Map.of("--route", ONE, "--tls-cert", chain, "--tls-key", List.of("encrypted.pem")), "without a passphrase");
        assertProblem(Map.of("--route", ONE, "--tls-cert", List.of("none.pem"), "--tls-key", key), "--tls-cert none.pem: it can't be read (NoSuchFileException)");
        assertProblem(Map.of("--route", ONE, "--tls-port", List.of("80")), "--tls-port 80: there is no certificate; add --tls-cert and --tls-key");
        assertProblem(Map.of("--route", ONE, "--tls-port", List.of("443"), "--tls-cert", chain, "--tls-key", key), "--tls-port 443: no route has this port");
        assertProblem(Map.of("--route", List.of("tcp:443=a:1"), "--tls-port", List.of("443"), "--tls-cert", chain, "--tls-key", key), "--tls-port 443: the port belongs to --route tcp:443=a:1, and a tcp route");
        assertProblem(Map.of("--route", ONE, "--redirect-https", List.of("81")), "--redirect-https 81: there is no https to go to");
        assertProblem(Map.of("--route", ONE, "--redirect-https", List.of("80"), "--tls-cert", chain, "--tls-key", key), "--redirect-https 80: the port belongs to --route 80=a:1");
        assertProblem(Map.of("--route", ONE, "--trusted-proxy", List.of("10.0.0.0/8,10.0.0.1/8")), "--trusted-proxy 10.0.0.1/8: it has bits set behind the first 8; write 10.0.0.0/8");
        assertProblem(Map.of("--route", ONE, "--dns-interval", List.of("0")), "--dns-interval 0: it must be between 1s and 24h");
        assertProblem(Map.of("--route", ONE, "--expose-status", List.of("lb")), "--expose-status lb: it is a path below /, such as /lb");
        assertProblem(Map.of("--route", ONE, "--expose-status", List.of("/")), "it is a path below /");
        assertProblem(Map.of("--route", ONE, "--access-log", List.of("common")), "--access-log common: it is one of off, combined, json");
        assertProblem(Map.of("--route", ONE, "--access-log-file", List.of("x")), "--access-log-file x: there is no access log; add --access-log combined");
        assertProblem(Map.of("--route", ONE, "--access-log", List.of("json"), "--access-log-file", List.of("none/x")), "is no directory; make it first");
        assertProblem(Map.of("--route", ONE, "--access-log", List.of("json"), "--access-log-file", List.of(".")), "it is a directory");
        assertProblem(Map.of("--route", ONE, "--io-threads", List.of("-1")), "--io-threads -1: it must be between 0 and 256");
        assertProblem(Map.of("--route", ONE, "--max-connections", List.of("0")), "--max-connections 0: it must be between 1 and 1000000");
        assertProblem(Map.of("--route", ONE, "--max-header", List.of("2M")), "--max-header 2M: it must be between 1k and 1M");
        assertProblem(Map.of("--route", ONE, "--notifier", List.of("slack://x")), "SLACK_TOKEN is not set");
    }

    @Test
    void everythingThatIsWrongIsToldAtOnceByTheNameOfItsVariable() {
        assertThat(read(Map.of("--bind", List.of("x")), Map.of("DEWPOINT_ROUTE", "0=a:1\n80=b", "DEWPOINT_IO_THREADS", "many"))).isEmpty();
        assertThat(problems.list()).containsExactly(
                "DEWPOINT_ROUTE 0=a:1: there is no port 0; ports are 1 to 65535",
                "DEWPOINT_ROUTE 80=b: b: it has no port; write b:80",
                "--bind x: x is no address; write one like 10.0.0.1 or [::1]",
                "DEWPOINT_IO_THREADS many: it is no whole number");
    }

    private ProxySettings.Tls tls(String... routes) {
        return read(Map.of("--route", List.of(routes), "--tls-cert", List.of("chain.pem"), "--tls-key", List.of("key.pem"))).orElseThrow().tls();
    }

    private static Map<String, List<String>> routes(String... routes) {
        return Map.of("--route", List.of(routes));
    }

    private void assertProblem(Map<String, List<String>> flags, String message) {
        Problems found = new Problems();
        assertThat(reader(flags, Map.of(), found).read()).as("%s", flags).isEmpty();
        assertThat(found.list()).as("%s", flags).singleElement().satisfies(problem -> assertThat(problem).contains(message));
    }

    private Optional<ProxySettings> read(Map<String, List<String>> flags) {
        return read(flags, Map.of());
    }

    private Optional<ProxySettings> read(Map<String, List<String>> flags, Map<String, String> environment) {
        return reader(flags, environment, problems).read();
    }

    private ProxySettingsReader reader(Map<String, List<String>> flags, Map<String, String> environment, Problems found) {
        return new ProxySettingsReader(new Flags(flags, environment, List.of()), found, new Secrets(environment, found), folder);
    }
}
