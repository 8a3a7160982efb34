package dev.dewpoint.unit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class UnitTest {
    private static final Path ROOT = Path.of("/srv/shop");

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "--interval=5s | --interval=5s",
            "`` | `\"\"`",
            "a b | \"a b\"",
            "$HOME | \"$$HOME\"",
            "100% | \"100%%\"",
            "say \"it\" | \"say \\\"it\\\"\"",
            "it's | \"it's\"",
            "back\\slash | \"back\\\\slash\"",
            "; | \";\"",
            "img://x?constraint=^1.4&pre-release=true | \"img://x?constraint=^1.4&pre-release=true\"",
            "größe→ | \"größe→\""})
    void aWordIsQuotedWhereSystemdWouldReadSomethingElse(String word, String quoted) {
        assertThat(Unit.command(List.of(word))).isEqualTo(quoted);
    }

    @Test
    void aLineStaysOneLine() {
        assertThat(Unit.command(List.of("x", "a\nExecStartPre=/bin/evil\r\t\u0001\u2028"))).isEqualTo("x \"a\\nExecStartPre=/bin/evil\\x0d\\t\\x01\u2028\"").doesNotContain("\n");
    }

    @Test
    void whatIsWrittenFollowsFromTheFlagsAndNothingElseIs() {
        assertThat(lines(Unit.Kind.ASSETS, reach(ROOT, ROOT, Path.of("/mnt/big cache")))).contains("ReadWritePaths=/srv/shop \"/mnt/big cache\"", "WorkingDirectory=/srv/shop", "PrivateTmp=yes", "ProtectHome=yes",
                "#   install -d -o dewpoint -g dewpoint '/srv/shop'");
        Path usual = Reach.usual("shop");
        assertThat(lines(Unit.Kind.ASSETS, reach(usual, usual))).contains("StateDirectory=dewpoint/shop", "WorkingDirectory=/var/lib/dewpoint/shop").noneMatch(line -> line.startsWith("ReadWritePaths"));
    }

    @Test
    void aRootInAHomeIsTheOnlyHomeThatIsSeen() {
        Reach reach = new Reach(Path.of("/home/ann/site"), List.of(Path.of("/home/ann/site")), List.of(Path.of("/root/keys/key.pem"), Path.of("/etc/ssl/x.pem")));
        assertThat(lines(Unit.Kind.CONTAINER, reach)).contains("ProtectHome=tmpfs", "BindPaths=/home/ann/site", "BindReadOnlyPaths=/root/keys/key.pem").doesNotContain("ProtectHome=yes");
    }

    @Test
    void aPrivateTmpHidesNothingThatIsNeeded() {
        assertThat(lines(Unit.Kind.ASSETS, new Reach(ROOT, List.of(ROOT), List.of(Path.of("/tmp/releases"))))).doesNotContain("PrivateTmp=yes").contains("# PrivateTmp= would hide /tmp/releases");
    }

    @Test
    void theUnitOfAServerBindsNotTheApp() {
        List<String> lines = lines(Unit.Kind.SERVER, reach(ROOT, ROOT));
        for (String bound : List.of("MemoryMax", "TasksMax", "SystemCallFilter", "ProtectHome", "UMask", "LimitNOFILE")) {
            assertThat(lines).noneMatch(line -> line.startsWith(bound + "=")).anyMatch(line -> line.startsWith("#") && line.contains(bound + "="));
        }
        assertThat(lines).contains("OOMPolicy=continue", "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK");
    }

    @ParameterizedTest
    @EnumSource(Unit.Kind.class)
    void portsBelow1024AreTheOnlyRight(Unit.Kind kind) {
        assertThat(lines(kind, reach(ROOT, ROOT))).contains("CapabilityBoundingSet=").noneMatch(line -> line.startsWith("Ambient"));
        Unit low = new Unit(kind, "shop", ROOT, "x", reach(ROOT, ROOT), Unit.Patience.of(kind, Duration.ZERO, Duration.ZERO, Duration.ZERO), List.of(), true, false);
        assertThat(low.text().lines()).contains("CapabilityBoundingSet=CAP_NET_BIND_SERVICE", "AmbientCapabilities=CAP_NET_BIND_SERVICE");
    }

    @Test
    void systemdWaitsLongerThanTheFlagsAllow() {
        assertThat(Unit.Patience.of(Unit.Kind.ASSETS, Duration.ofMinutes(10), Duration.ZERO, Duration.ZERO)).isEqualTo(new Unit.Patience(Duration.ofMinutes(11), Duration.ofMinutes(2)));
        assertThat(Unit.Patience.of(Unit.Kind.SERVER, Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofSeconds(7))).isEqualTo(new Unit.Patience(Duration.ofSeconds(95), Duration.ofSeconds(127)));
        assertThat(Unit.Patience.of(Unit.Kind.PROXY, Duration.ZERO, Duration.ZERO, Duration.ofSeconds(30))).isEqualTo(new Unit.Patience(Duration.ofSeconds(60), Duration.ofSeconds(90)));
        assertThat(Stream.of(0, 1, 299_999, 300_000, 330_000, 660_000).map(millis -> UnitText.words(Duration.ofMillis(millis)))).containsExactly("0", "1", "5min", "5min", "330", "11min");
    }

    @Test
    void onlyTheProxyHasNoWatchdogToFeed() {
        for (Unit.Kind kind : Unit.Kind.values()) {
            assertThat(lines(kind, reach(ROOT, ROOT)).contains("WatchdogSec=30")).as("%s", kind).isEqualTo(kind != Unit.Kind.PROXY);
        }
    }

    @Test
    void aSecretIsALineToBeMadeValid() {
        Unit unit = new Unit(Unit.Kind.ASSETS, "shop", ROOT, "x", reach(ROOT, ROOT), new Unit.Patience(Duration.ZERO, Duration.ZERO), List.of("GITHUB_TOKEN", "SLACK_TOKEN"), false, false);
        assertThat(unit.text().lines()).contains("#LoadCredential=github-token:/etc/dewpoint/shop.github-token", "#LoadCredential=slack-token:/etc/dewpoint/shop.slack-token");
    }

    @Test
    void theSocketsNameTheirServiceAndAreRequiredByIt() {
        assertThat(new SocketUnit("dewpoint-shop", List.of("8000", "10.0.0.1:8001")).text().lines()).contains("ListenStream=8000", "ListenStream=10.0.0.1:8001", "FileDescriptorName=dewpoint-shop", "Accept=no", "Service=dewpoint-shop.service", "RequiredBy=dewpoint-shop.service");
    }

    private static Reach reach(Path directory, Path... written) {
        return new Reach(directory, List.of(written), List.of());
    }

    private static List<String> lines(Unit.Kind kind, Reach reach) {
        return new Unit(kind, "shop", Path.of("/opt/dewpoint"), "/opt/dewpoint/bin/dewpoint x", reach, Unit.Patience.of(kind, Duration.ofMinutes(10), Duration.ZERO, Duration.ofSeconds(30)), List.of(), false, false).text().lines().toList();
    }
}
