package dev.dewpoint.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.health.Prober;
import dev.dewpoint.hook.DeployHooks;
import dev.dewpoint.hook.Hook;
import dev.dewpoint.host.Time;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Platform;
import dev.dewpoint.release.Tag;
import dev.dewpoint.replica.Launcher;
import dev.dewpoint.replica.Replica;
import dev.dewpoint.replica.Rollouts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When hooks run, of what is started: in the order of what is told, and by what they write themselves. */
@Timeout(60)
class HookOrderTest {
    private static final String NOTE = "echo \"$DEWPOINT_HOOK_EVENT $DEWPOINT_HOOK_VERSION from $DEWPOINT_HOOK_PREVIOUS_VERSION: $DEWPOINT_HOOK_OUTCOME\" >> hooks.log; ";

    @TempDir
    Path folder;
    private ReplicasFixture containers;
    private LoopFixture processes;
    private FakeLauncher programs;

    @BeforeEach
    void open() {
        containers = new ReplicasFixture(folder.resolve("containers"));
        programs = new FakeLauncher();
        Rollouts rollouts = new Rollouts(1, Rollouts.Strategy.SWAP, Duration.ofSeconds(30), Duration.ofSeconds(1), OptionalInt.empty(), true);
        processes = new LoopFixture(folder.resolve("processes")).startedBy(new Running(programs, List.of(), rollouts, new Prober(Time.system()), true));
    }

    @AfterEach
    void close() {
        containers.close();
        processes.close();
        programs.close();
    }

    private static DeployHooks hooks(String before, String after, String rolledBack, boolean atSwitch) {
        return new DeployHooks(Optional.of(new Hook(Hook.Kind.BEFORE_DEPLOY, before)), Optional.of(new Hook(Hook.Kind.AFTER_DEPLOY, after)), Optional.of(new Hook(Hook.Kind.ROLLED_BACK, rolledBack)), false, atSwitch);
    }

    private static DeployHooks noting(boolean atSwitch) {
        return hooks(NOTE, NOTE, NOTE, atSwitch);
    }

    private static List<String> log(Path root) {
        try {
            Path log = root.resolve("hooks.log");
            return Files.exists(log) ? Files.readAllLines(log) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What happened, in its order, a word each. */
    private static List<String> told(List<Event> events) {
        return events.stream().flatMap(event -> switch (event) {
            case Event.HookEnded e -> Stream.of(e.result().hook().kind().event());
            case Event.Switched _ -> Stream.of("switched");
            case Event.Rollout e when e.step() instanceof RolloutStep.Pulled -> Stream.of("pulled");
            case Event.Rollout e when e.step() instanceof RolloutStep.Starting -> Stream.of("starting");
            case Event.Rollout e when e.step() instanceof RolloutStep.RollingBack -> Stream.of("rolling back");
            case Event.Rollout e when e.step() instanceof RolloutStep.Completed -> Stream.of("serves");
            case Event.AttemptEnded e -> Stream.of(e.outcome().word());
            case Event _ -> Stream.<String>of();
        }).toList();
    }

    /** Its files are here, and so is what is started from them. */
    private Digest publishProgram(String tag, String text) {
        Path file = processes.site(tag, text);
        Digest digest = LoopFixture.digest(file);
        processes.registry.publish(tag, file, Optional.of(digest));
        programs.fetch(new Artifact.Image("registry.test/app", new Tag(tag), digest, Platform.of("Linux", "amd64"), tag), (_, _) -> { });
        return digest;
    }

    /** It ends as soon as it is started, as its own check sees. */
    private void crashingProgram(String tag, String text) {
        programs.crashing(publishProgram(tag, text));
        programs.checkThemselves();
        processes.onEvent(event -> programs.there().stream().filter(program -> !program.alive()).forEach(program -> programs.saysUnheard(program, Launcher.Says.UNREADY)));
    }

    @Test
    void theAfterHookOfContainersRunsOnceTheyServe() {
        containers.hooks(noting(false)).publish("v1.0.0");
        containers.open().turn();
        assertThat(told(containers.events)).containsExactly("pulled", "before-deploy", "starting", "serves", "after-deploy", "deployed");
        assertThat(log(containers.root)).containsExactly("before-deploy v1.0.0 from : ", "after-deploy v1.0.0 from : deployed");
    }

    @Test
    void theAfterHookOfContainersRunsBeforeTheyStartIfThatIsAskedFor() {
        containers.hooks(noting(true)).publish("v1.0.0");
        containers.open().turn();
        assertThat(told(containers.events)).containsExactly("pulled", "before-deploy", "after-deploy", "starting", "serves", "deployed");
        assertThat(log(containers.root)).containsExactly("before-deploy v1.0.0 from : ", "after-deploy v1.0.0 from : ");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theAfterHookOfProcessesReadsTheNewReleaseAndRunsBeforeOrAfterTheyStart(boolean atSwitch) {
        publishProgram("v1.0.0", "one");
        DeployLoop loop = processes.hooks(hooks(NOTE, NOTE + "cat current/index.html >> pages.log; echo >> pages.log", NOTE, atSwitch)).open();
        loop.turn();
        publishProgram("v1.1.0", "two");
        processes.events.clear();
        processes.time.advance(Duration.ofSeconds(10));
        loop.turn();
        assertThat(told(processes.events)).containsExactlyElementsOf(atSwitch ? List.of("before-deploy", "switched", "after-deploy", "starting", "serves", "deployed") : List.of("before-deploy", "switched", "starting", "serves", "after-deploy", "deployed"));
        assertThat(processes.root.resolve("pages.log")).hasContent("one\ntwo");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anAfterHookThatFailsIsToldAndTheDeployGoesOn(boolean atSwitch) {
        containers.hooks(hooks("true", NOTE + "exit 3", NOTE, atSwitch));
        Digest one = containers.publish("v1.0.0");
        containers.open().turn();
        assertThat(containers.served()).containsExactly(one);
        assertThat(log(containers.root)).hasSize(1);
        assertThat(containers.seen(Event.AttemptEnded.class)).singleElement().satisfies(end -> assertThat(end.outcome()).isEqualTo(new Outcome.Deployed(Optional.of("the after hook failed: exit code 3"))));
    }

    @ParameterizedTest
    @EnumSource(Rollouts.Strategy.class)
    void theRolledBackHookRunsOnceTheReleaseBeforeServesAgain(Rollouts.Strategy strategy) {
        DeployLoop loop = containers.strategy(strategy).hooks(noting(false)).open();
        Digest one = containers.publish("v1.0.0");
        loop.turn();
        containers.launcher.crashing(containers.publish("v2.0.0"));
        containers.events.clear();
        containers.onEvent(event -> {
            if (event instanceof Event.HookEnded ended && ended.result().hook().kind() == Hook.Kind.ROLLED_BACK) {
                assertThat(containers.served()).containsExactly(one);
            }
        });
        loop.turn();
        assertThat(told(containers.events)).containsSubsequence("before-deploy", "starting", "rolling back", "rolled-back", "failed").doesNotContain("after-deploy");
        assertThat(log(containers.root)).endsWith("before-deploy v2.0.0 from v1.0.0: ", "rolled-back v2.0.0 from v1.0.0: failed");
    }

    @Test
    void theRolledBackHookOfProcessesFindsTheOldReleaseCurrentAndTheFailedOneStillThere() {
        publishProgram("v1.0.0", "one");
        DeployLoop loop = processes.hooks(hooks("true", "true", "cat current/index.html \"$DEWPOINT_HOOK_RELEASE_DIR/index.html\" > pages.log", false)).open();
        loop.turn();
        crashingProgram("v1.1.0", "two");
        processes.events.clear();
        processes.time.advance(Duration.ofSeconds(10));
        loop.turn();
        assertThat(told(processes.events)).containsExactly("before-deploy", "switched", "starting", "rolling back", "switched", "rolled-back", "failed");
        assertThat(processes.root.resolve("pages.log")).hasContent("onetwo");
        assertThat(processes.page()).isEqualTo("one");
        assertThat(processes.releases()).as("it is removed afterwards").hasSize(1);
    }

    @Test
    void aRolledBackHookThatFailsIsToldAndNothingElse() {
        DeployLoop loop = containers.hooks(hooks("true", "true", NOTE + "echo oh; exit 4", false)).open();
        Digest one = containers.publish("v1.0.0");
        loop.turn();
        containers.launcher.crashing(containers.publish("v2.0.0"));
        loop.turn();
        assertThat(containers.seen(Event.HookEnded.class).getLast().result().problem()).contains("exit code 4");
        assertThat(containers.outcomes()).containsExactly("deployed", "failed");
        assertThat(containers.seen(Event.AttemptEnded.class).getLast().outcome().reason().orElseThrow()).contains("it ended before it was ready").doesNotContain("hook");
        assertThat(containers.served()).containsExactly(one);
    }

    @Test
    void withNothingToGoBackToNoRolledBackHookRuns() {
        containers.hooks(noting(true)).launcher.crashing(containers.publish("v1.0.0"));
        containers.open().turn();
        crashingProgram("v1.0.0", "one");
        processes.hooks(noting(true)).open().turn();
        assertThat(containers.outcomes()).containsExactly("failed");
        assertThat(processes.outcomes()).containsExactly("failed");
        assertThat(log(containers.root)).containsExactly("before-deploy v1.0.0 from : ", "after-deploy v1.0.0 from : ").isEqualTo(log(processes.root));
    }

    @Test
    void whatFailedBeforeTheSwitchOrWasOnlyMadeAgainIsNotRolledBack() {
        DeployLoop loop = containers.hooks(new DeployHooks(Optional.of(new Hook(Hook.Kind.BEFORE_DEPLOY, "test ! -e gate")), Optional.empty(), noting(false).rolledBack(), true, false)).open();
        Digest one = containers.publish("v1.0.0");
        loop.turn();
        containers.launcher.configuration("config-2");
        containers.launcher.unhealthy(one);
        DeployLoop next = containers.open();
        next.turn();
        assertThat(containers.outcomes()).containsExactly("deployed", "failed");
        write(containers.root.resolve("gate"));
        containers.publish("v2.0.0");
        containers.time.advance(Duration.ofSeconds(10));
        next.turn();
        assertThat(containers.outcomes()).endsWith("aborted");
        assertThat(log(containers.root)).isEmpty();
    }

    @Test
    void whatWasNeverSwitchedToIsNotRolledBack() {
        publishProgram("v1.0.0", "one");
        DeployLoop loop = processes.hooks(hooks("[ \"$DEWPOINT_HOOK_VERSION\" = v1.0.0 ] || { rm current; mkdir -p current/theirs; }", "true", NOTE, false)).open();
        loop.turn();
        publishProgram("v1.1.0", "two");
        loop.turn();
        assertThat(told(processes.events)).endsWith("before-deploy", "failed").doesNotContain("rolled-back");
        assertThat(log(processes.root)).isEmpty();
    }

    private static void write(Path file) {
        try {
            Files.createFile(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void whatLoopsAndGivesWayIsRolledBackToo() {
        DeployLoop loop = containers.hooks(noting(false)).open();
        Digest one = containers.publish("v1.0.0");
        loop.turn();
        Digest two = containers.publish("v2.0.0");
        loop.turn();
        containers.until("the old one is gone", () -> containers.there().size() == 1);
        containers.launcher.crashing(two);
        containers.launcher.die(containers.there().getFirst(), true);
        for (int second = 0; second < 20; second++) {
            loop.tend();
            containers.time.advance(Duration.ofSeconds(1));
        }
        assertThat(containers.served()).containsExactly(one);
        assertThat(log(containers.root)).endsWith("after-deploy v2.0.0 from v1.0.0: deployed", "before-deploy v1.0.0 from v2.0.0: ", "after-deploy v1.0.0 from v2.0.0: deployed", "rolled-back v2.0.0 from v1.0.0: refused");
    }

    @Test
    void aRollbackThatPeopleAskForRunsTheOtherTwo() {
        DeployLoop loop = containers.hooks(noting(true)).open();
        containers.publish("v1.0.0");
        loop.turn();
        containers.publish("v2.0.0");
        loop.turn();
        assertThat(loop.carryOut(new Request.RollBack(Optional.empty())).achieved()).isTrue();
        assertThat(log(containers.root)).hasSize(6).endsWith("before-deploy v1.0.0 from v2.0.0: ", "after-deploy v1.0.0 from v2.0.0: ");
    }

    @Test
    void anAgentKilledInTheHookBeforeTheStartTriesAgainAndRunsItAgain() {
        DeployLoop loop = containers.hooks(noting(true)).open();
        Digest one = containers.publish("v1.0.0");
        loop.turn();
        containers.publish("v2.0.0");
        Served two = new Served(new Tag("v2.0.0"), "app", ReplicasFixture.digest("v2.0.0"), "cut-off", "img://registry.test/app", "v2.0.0@" + ReplicasFixture.digest("v2.0.0"), containers.time.now());
        leave(containers.root, Ledger.Step.HOOK_AT_SWITCH, two);
        DeployLoop next = containers.open();
        assertThat(containers.outcomes()).containsExactly("deployed", "interrupted");
        assertThat(containers.served()).containsExactly(one);
        assertThat(log(containers.root)).hasSize(2);
        next.turn();
        assertThat(containers.outcomes()).containsExactly("deployed", "interrupted", "deployed");
        assertThat(log(containers.root)).hasSize(4).endsWith("after-deploy v2.0.0 from v1.0.0: ");
    }

    @Test
    void anAgentKilledOnceAllServeCompletesWithoutRunningItTwice() {
        for (Ledger.Step step : List.of(Ledger.Step.HOOK_AT_SWITCH, Ledger.Step.AFTER_HOOK)) {
            DeployLoop loop = containers.hooks(noting(true)).open();
            containers.publish("v1.0.0");
            loop.turn();
            leave(containers.root, step, loop.status().ledger().serving().orElseThrow());
            List<String> before = containers.there().stream().map(Replica::name).toList();
            DeployLoop next = containers.open();
            assertThat(containers.outcomes()).endsWith("deployed");
            assertThat(next.status().ledger().attempting()).isEmpty();
            assertThat(containers.serving()).isEqualTo(before);
            assertThat(log(containers.root)).as("after %s", step).hasSize(2);
        }
    }

    private void leave(Path root, Ledger.Step step, Served served) {
        LedgerFile file = LedgerFile.open(root.resolve(".dewpoint/ledger.json")).file();
        file.write(file.now().attempting(new Ledger.Attempting("cut-off-" + step, file.now().serving().map(Served::tag), served.tag(), containers.time.now(), step, Optional.of(served))));
    }
}
