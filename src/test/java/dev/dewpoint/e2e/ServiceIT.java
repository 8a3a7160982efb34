package dev.dewpoint.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** `dewpoint service`, judged by systemd's own tools. */
class ServiceIT {
    @TempDir
    Path folder;

    /** What the app may do is the app's business, so the unit of a server can't be as tight. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "20 | assets --registry ghr://acme/shop --root /srv/shop --notifier slack://deploys --after-deploy-hook 'echo \"100%\" $DEWPOINT_HOOK_TAG'",
            "20 | assets --registry file:///srv/releases/shop -n shop",
            "20 | container --registry img://ghcr.io/acme/shop?constraint=^1.4&pre-release=true -p 80:8080 --replicas 3 -n shop -- -e 'A=b c' -m 512m",
            "20 | proxy --route 443=10.0.0.1:3000,10.0.0.2:3000?health-path=/up --drain-time 2m",
            "40 | server --registry ghr://acme/shop -p 80,8001-8003 --hook-timeout 90s -- ./current/shop --port 80"})
    void systemdTakesTheUnitAndFindsItTight(int threshold, String line) throws Exception {
        String[] words = ("service " + line).split(" (?=([^']*'[^']*')*[^']*$)");
        Packaged printed = Packaged.run(folder, Map.of(), Stream.of(words).map(word -> word.replaceAll("^'|'$", "")).toArray(String[]::new));
        assertThat(printed.exitCode()).as(printed.output()).isZero();
        String name = printed.output().replaceAll("(?s)^# Printed by .*?/system/(\\S+):.*", "$1");
        Files.writeString(folder.resolve(name), printed.output() + "\n");
        assertThat(ran("systemd-analyze verify ./" + name)).isEmpty();
        String judged = ran("systemd-analyze security --no-pager --offline=true --threshold=" + threshold + " ./" + name + " || echo TOO LOOSE");
        assertThat(judged).doesNotContain("TOO LOOSE").contains("Overall exposure level");
        System.out.println(name + ": " + judged.lines().filter(text -> text.contains("Overall exposure level")).findFirst().orElseThrow().replaceAll("^\\W+", ""));
    }

    @Test
    void theSocketsAreThoseOfTheFlags() throws Exception {
        List<String> flags = List.of("server", "--registry", "ghr://acme/shop", "-p", "8000", "-p", "127.0.0.1:80", "-p", "[::1]:8001-8002", "--", "./current/shop");
        Packaged printed = service(Stream.concat(Stream.of("--socket"), flags.stream()));
        assertThat(printed.lines()).contains("ListenStream=8000", "ListenStream=127.0.0.1:80", "ListenStream=[0:0:0:0:0:0:0:1]:8001", "ListenStream=[0:0:0:0:0:0:0:1]:8002", "Service=dewpoint-shop.service");
        Files.writeString(folder.resolve("dewpoint-shop.socket"), printed.output() + "\n");
        Files.writeString(folder.resolve("dewpoint-shop.service"), service(flags.stream()).output() + "\n");
        assertThat(ran("systemd-analyze verify ./dewpoint-shop.socket")).isEmpty();
    }

    /** The proxy's are those of all its routes. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "container --registry img://acme/shop -p 8000 -p tcp:9000:9001 | shop | 8000 9000",
            "container --registry img://acme/shop -p 8000 --bind 10.0.0.1 | shop | 10.0.0.1:8000",
            "proxy --route 80=a:1 --route 443@a.example/b=b:1 --route 443=c:1 --route tcp:5432=d:1 --tls-cert /etc/c.pem --tls-key /etc/k.pem --tls-port 443 | proxy | 80 443 5432",
            "proxy --route 443=c:1 --redirect-https 80 --tls-cert /etc/c.pem --tls-key /etc/k.pem --tls-port 443 --bind ::1 | proxy | [0:0:0:0:0:0:0:1]:80 [0:0:0:0:0:0:0:1]:443",
            "server --registry ghr://a/b -p 8000 --handover proxy -- ./current/b | b | 8000",
            "server --registry ghr://a/b -p 8000,8001 --replicas 2 -- ./current/b | b | 8000 8001"})
    void theSocketsBeforeAProxyAreThoseOfItsPorts(String line, String name, String expected) throws Exception {
        List<String> flags = List.of(line.replace("/etc/", folder + "/").split(" "));
        Files.writeString(folder.resolve("c.pem"), "-----BEGIN CERTIFICATE-----\n");
        Files.writeString(folder.resolve("k.pem"), "-----BEGIN PRIVATE KEY-----\n");
        Packaged printed = service(Stream.concat(Stream.of("--socket"), flags.stream()));
        assertThat(printed.exitCode()).as(printed.output()).isZero();
        assertThat(printed.lines().stream().filter(text -> text.startsWith("ListenStream="))).containsExactly(Stream.of(expected.split(" ")).map(address -> "ListenStream=" + address).toArray(String[]::new));
        Files.writeString(folder.resolve("dewpoint-" + name + ".socket"), printed.output() + "\n");
        Files.writeString(folder.resolve("dewpoint-" + name + ".service"), service(flags.stream()).output() + "\n");
        assertThat(ran("systemd-analyze verify ./dewpoint-" + name + ".socket")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"assets --registry ghr://a/b", "server --registry ghr://a/b -- ./current/worker"})
    void whoListensNowhereHasNoSockets(String line) {
        Packaged refused = service(Stream.concat(Stream.of("--socket"), Stream.of(line.split(" "))));
        assertThat(refused.exitCode()).as(refused.output()).isEqualTo(2);
        assertThat(refused.output()).contains("listens at no port").doesNotContain("ListenStream");
    }

    private Packaged service(Stream<String> words) {
        return Packaged.run(folder, Map.of(), Stream.concat(Stream.of("service"), words).toArray(String[]::new));
    }

    @Test
    void wrongFlagsAreToldAsTheCommandTellsThem() {
        for (List<String> line : List.of(List.of("assets", "--registry", "ghx://a/b", "--interval", "0", "--intervall", "7"), List.of("container", "--registry", "img://acme/shop", "oops"), List.of("proxy", "--route", "nowhere"), List.of("proxy"))) {
            Packaged command = Packaged.run(folder, Map.of(), line.toArray(String[]::new));
            Packaged unit = Packaged.run(folder, Map.of(), Stream.concat(Stream.of("service"), line.stream()).toArray(String[]::new));
            assertThat(command.exitCode()).isEqualTo(2);
            assertThat(unit.exitCode()).isEqualTo(2);
            assertThat(unit.output()).isEqualTo(command.output());
        }
        for (List<String> line : List.of(List.of("service"), List.of("service", "status"), List.of("service", "container", "list"), List.of("service", "--sockets", "proxy"), List.of("service", "assets", "--registry", "ghr://a/b", "--root", "here"), List.of("service", "assets", "--registry", "ghr://a/b", "--once"))) {
            assertThat(Packaged.run(folder, Map.of(), line.toArray(String[]::new)).exitCode()).as("%s", line).isEqualTo(2);
        }
    }

    @Test
    void noSecretOfTheEnvironmentOrTheFlagsStandsInTheUnit() {
        Map<String, String> environment = Map.of("SLACK_TOKEN", "xoxb-canary-0123456789", "GITHUB_TOKEN", "ghp_canary0123456789abcdef", "DEWPOINT_KEEP", "wrong and not asked");
        Packaged unit = Packaged.run(folder, environment, "service", "assets", "--registry", "ghr://acme/shop", "--notifier", "slack://deploys");
        assertThat(unit.exitCode()).as(unit.output()).isZero();
        assertThat(unit.lines()).contains("#LoadCredential=github-token:/etc/dewpoint/shop.github-token", "#LoadCredential=slack-token:/etc/dewpoint/shop.slack-token");
        assertThat(unit.output()).doesNotContain("canary");
        Packaged refused = Packaged.run(folder, environment, "service", "assets", "--registry", "ghr://acme/shop", "--notifier", "smtp://mail.example.com/a@example.com?username=u&password=canary123");
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.output()).contains("--notifier").doesNotContain("canary");
    }

    /** They are printed for an instance; what is fixed there stands in the instance's file of settings, and the head says so. */
    @ParameterizedTest
    @ValueSource(strings = {
            "dewpoint-assets@.service assets --name %i --root /srv/%i --registry ghr://acme/%i --notifier slack://deploys",
            "dewpoint-container@.service container --name %i --registry img://ghcr.io/acme/%i -p 80 --notifier slack://deploys",
            "dewpoint-proxy.service proxy --route 80=a:1 --notifier slack://deploys",
            "dewpoint-server@.service server --name %i --registry ghr://acme/%i -p 8000 --notifier slack://deploys -- ./current/%i"})
    void theUnitsThatAreShippedAreThoseThatArePrinted(String line) throws IOException {
        String[] words = line.replace("%i", "xinstancex").split(" ");
        words[0] = "service";
        String printed = Packaged.run(folder, Map.of(), words).output() + "\n";
        String expected = printed.replaceAll("(?s)^.*?(?=\n\\[Unit])", "").replace(Packaged.launcher().getParent().getParent().toString(), "/opt/dewpoint").replace("xinstancex", "%i")
                .replaceAll(" (--registry|--route|--notifier|-p) \\S+", "");
        assertThat(Files.readString(Path.of("docs/systemd", line.split(" ")[0])).replaceAll("(?s)^.*?(?=\n\\[Unit])", "")).isEqualTo(expected);
    }

    private String ran(String command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("sh", "-c", command).directory(folder.toFile()).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return output.lines().collect(Collectors.joining("\n"));
    }
}
