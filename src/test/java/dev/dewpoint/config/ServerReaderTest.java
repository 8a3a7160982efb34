package dev.dewpoint.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.config.ServerSettings.Handover;
import dev.dewpoint.hook.DeployHooks;
import dev.dewpoint.hook.Hook;
import dev.dewpoint.host.Limits;
import dev.dewpoint.replica.Rollouts;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerReaderTest {
    private static final List<String> APP = List.of("./current/app");

    @TempDir
    Path folder;

    private final Problems problems = new Problems();

    private Optional<ServerSettings> read(Map<String, String> environment, List<String> command, String... flags) {
        Map<String, List<String>> given = new HashMap<>(Map.of("--registry", List.of("file://" + folder), "--root", List.of(folder.toString())));
        for (int i = 0; i < flags.length; i += 2) {
            given.merge(flags[i], List.of(flags[i + 1]), (one, other) -> java.util.stream.Stream.concat(one.stream(), other.stream()).toList());
        }
        return new ServerReader(new Flags(given, environment, List.of()), command, problems, new Secrets(environment, problems), folder).read();
    }

    private ServerSettings read(String... flags) {
        return read(Map.of(), APP, flags).orElseThrow(() -> new AssertionError(problems.list()));
    }

    private List<String> wrong(List<String> command, String... flags) {
        assertThat(read(Map.of(), command, flags)).isEmpty();
        return problems.list();
    }

    @Test
    void aPortMeansSocketsThatAreHandedOn() {
        ServerSettings settings = read("--port", "8000");
        assertThat(settings.handover()).isEqualTo(new Handover.Sockets(List.of(new ServerSettings.Port(Optional.empty(), 8000)), Optional.empty()));
        assertThat(settings.rollouts()).isEqualTo(new Rollouts(1, Rollouts.Strategy.SWAP, Duration.ofSeconds(30), Duration.ofSeconds(30), OptionalInt.empty(), true));
        assertThat(settings.grace()).isEqualTo(Duration.ofSeconds(1));
        assertThat(settings.limits()).isEqualTo(Limits.none());
        assertThat(settings.inheritLog()).isFalse();
    }

    @Test
    void portsAreListsRangesAndAddresses() {
        Handover.Sockets sockets = (Handover.Sockets) read("--port", "8000,8001", "--port", "9000-9002", "--port", "127.0.0.1:80", "--port", "[::1]:81", "--health-path", "/up").handover();
        assertThat(sockets.ports()).extracting(ServerSettings.Port::number).containsExactly(8000, 8001, 9000, 9001, 9002, 80, 81);
        assertThat(sockets.ports().get(5).address()).contains(InetAddress.ofLiteral("127.0.0.1"));
        assertThat(sockets.ports().get(6).address()).contains(InetAddress.ofLiteral("::1"));
        assertThat(sockets.healthPath()).contains("/up");
    }

    @Test
    void replicasMeanTheProxy() {
        Handover.Proxy proxy = (Handover.Proxy) read("--port", "8000-8001", "--replicas", "5", "--strategy", "rolling", "--balance", "least-requests").handover();
        assertThat(proxy.settings().rules()).hasSize(2);
        assertThat(read("--port", "8000", "--handover", "proxy").handover()).isInstanceOf(Handover.Proxy.class);
        assertThat(read("--port", "8000", "--replicas", "1").handover()).as("any value, from wherever").isInstanceOf(Handover.Proxy.class);
    }

    @Test
    void withoutAPortItIsAWorkerThatEndsBeforeTheNextOneStarts() {
        assertThat(read().handover()).isEqualTo(new Handover.Workers());
        assertThat(read().rollouts().strategy()).isEqualTo(Rollouts.Strategy.HOLD);
        assertThat(read("--handover", "start-first").rollouts().strategy()).isEqualTo(Rollouts.Strategy.SWAP);
        assertThat(read("--replicas", "3").rollouts().replicas()).isEqualTo(3);
    }

    @Test
    void whatAProcessMayUseIsLimited() {
        assertThat(read("--memory", "512M", "--nofile", "4096", "--nice", "-5").limits()).isEqualTo(new Limits(OptionalLong.of(512L << 20), OptionalInt.of(4096), OptionalInt.of(-5)));
    }

    @Test
    void theAfterHookHasTwoPlacesAndWhatIsRolledBackAHook() {
        assertThat(read("--after-deploy-hook", "true").common().hooks().commands()).isEqualTo(new DeployHooks(Optional.empty(), Optional.of(new Hook(Hook.Kind.AFTER_DEPLOY, "true")), Optional.empty(), false, false));
        assertThat(read("--after-hook-at", "switched", "--rolled-back-hook", "undo").common().hooks().commands()).isEqualTo(new DeployHooks(Optional.empty(), Optional.empty(), Optional.of(new Hook(Hook.Kind.ROLLED_BACK, "undo")), false, true));
        assertThat(read(Map.of("DEWPOINT_AFTER_HOOK_AT", "switched"), APP).orElseThrow().common().hooks().commands().afterAtSwitch()).isTrue();
        assertThat(wrong(APP, "--after-hook-at", "start", "--rolled-back-hook", " ")).containsExactly("--rolled-back-hook  : a hook needs a command", "--after-hook-at start: it is one of serving, switched");
    }

    @Test
    void underSystemdTheJournalHasWhatTheAppPrints() {
        assertThat(read(Map.of("JOURNAL_STREAM", "8:1"), APP).orElseThrow().inheritLog()).isTrue();
        assertThat(read(Map.of("JOURNAL_STREAM", "8:1"), APP, "--app-log", "file").orElseThrow().inheritLog()).isFalse();
    }

    @Test
    void variablesStandInFilesAndAreSecret() throws IOException {
        Path file = Files.writeString(folder.resolve("app.env"), "# for the app\nDATABASE_URL=postgres://u:p4ss@db/x\n");
        assertThat(read("--env-file", file.toString()).environment()).containsOnlyKeys("DATABASE_URL");
        assertThat(read("--env-file", file.toString()).toString()).doesNotContain("p4ss");
    }

    @Test
    void whatDoesNotFitIsNamedAllAtOnce() {
        assertThat(wrong(List.of(), "--handover", "proxy", "--start-grace", "40s", "--once", "true", "--memory", "12"))
                .anySatisfy(line -> assertThat(line).contains("there is no command").contains("-- ./current/app"))
                .anySatisfy(line -> assertThat(line).contains("--handover proxy").contains("--port"))
                .anySatisfy(line -> assertThat(line).contains("--start-grace 40s").contains("--health-timeout 30s"))
                .anySatisfy(line -> assertThat(line).contains("--once is for `dewpoint assets`"))
                .anySatisfy(line -> assertThat(line).contains("--memory 12").contains("1M"));
    }

    @Test
    void socketsAndTheProxyAreToldApart() {
        assertThat(wrong(APP, "--port", "8000", "--handover", "sockets", "--replicas", "2", "--expose-status", "/lb"))
                .anySatisfy(line -> assertThat(line).contains("--replicas").contains("--handover proxy"))
                .anySatisfy(line -> assertThat(line).contains("--expose-status").contains("--handover proxy"));
    }

    @Test
    void aPortOfTheAppItselfIsNotOursToChoose() {
        assertThat(wrong(APP, "--port", "8000:3000", "--replicas", "2")).singleElement().satisfies(line -> assertThat(line).contains("8000:3000").contains("PORT"));
    }

    @Test
    void aHandoverThatIsMisspeltIsGuessed() {
        assertThat(wrong(APP, "--handover", "stop-frist")).singleElement().satisfies(line -> assertThat(line).contains("stop-first"));
    }

    @Test
    void imagesAreRunElsewhere() {
        assertThat(wrong(APP, "--registry", "img://acme/shop")).isNotEmpty();
    }
}
