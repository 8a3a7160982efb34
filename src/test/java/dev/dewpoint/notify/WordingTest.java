package dev.dewpoint.notify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.deploy.Event;
import dev.dewpoint.deploy.Outcome;
import dev.dewpoint.deploy.RolloutStep;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.hook.Hook;
import dev.dewpoint.host.Redaction;
import dev.dewpoint.host.Secret;
import dev.dewpoint.release.Tag;
import dev.dewpoint.testing.ManualTime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WordingTest {
    private final ManualTime time = new ManualTime();
    private final Story story = new Story(time);
    private final Wording wording = new Wording("web-1", new Redaction(List.of(new Secret("canary-secret"))));

    @TempDir
    Path directory;

    @Test
    void theStoryOfADeploymentReadsAsAgreed() throws Exception {
        List<Event> events = List.of(story.agentStarted(), story.started("a"), story.fetched("a"), story.hook("a", Hook.Kind.BEFORE_DEPLOY, "echo saved; echo careful >&2", directory),
                story.hook("a", Hook.Kind.AFTER_DEPLOY, "exit 3", directory), story.deployed("a"), story.agentStopped());

        assertThat(events.stream().map(this::told).map(Notice::title)).containsExactly(
                "Automatic shipping started by Dewpoint (v0.1.0: assets)",
                "Deployment started: v1.2.2 → v1.2.3",
                "Downloaded artifact for v1.2.3",
                "Before deploy hook succeeded",
                "After deploy hook failed",
                "Deployment completed successfully (total: 15s)",
                "Automatic shipping stopped");
        assertThat(events.stream().map(this::told).map(Notice::importance)).containsExactly(Notice.Importance.PROGRESS, Notice.Importance.PROGRESS, Notice.Importance.PROGRESS, Notice.Importance.PROGRESS,
                Notice.Importance.ERROR, Notice.Importance.OUTCOME, Notice.Importance.PROGRESS);
        Notice before = told(events.get(3));
        assertThat(before.lines()).contains("Command: echo saved; echo careful >&2", "Exit code: 0");
        assertThat(before.outputs()).containsExactly(new Notice.Output("stdout", "saved"), new Notice.Output("stderr", "careful"));
        assertThat(before.took()).isPresent();
        assertThat(told(events.get(4)).lines()).contains("Exit code: 3");
        assertThat(told(events.get(5))).satisfies(end -> {
            assertThat(end.versions()).contains("v1.2.2 → v1.2.3");
            assertThat(end.headline()).isEqualTo("shop: Deployment completed successfully (total: 15s), v1.2.2 → v1.2.3");
            assertThat(end.host()).isEqualTo("web-1");
            assertThat(end.link()).isPresent();
            assertThat(end.tone()).isEqualTo(Notice.Tone.GOOD);
            assertThat(end.attempt()).contains("a");
        });
    }

    @Test
    void everyOtherEndSaysWhyAndWhatToDo() {
        Map<String, Outcome> ends = Map.of(
                "Deployment failed: v1.2.2 → v1.2.3", new Outcome.Failed(Outcome.Stage.FETCH, Failure.Kind.EXHAUSTED, "the disk is full", "Make room."),
                "Deployment aborted: v1.2.2 → v1.2.3", new Outcome.Aborted("the before hook failed"),
                "Release refused: v1.2.2 → v1.2.3", new Outcome.Refused("the digest is another"),
                "Deployment interrupted: v1.2.2 → v1.2.3", new Outcome.Interrupted("the agent was stopped"),
                "Deployment put off: v1.2.2 → v1.2.3", new Outcome.Deferred("it is still being written"));
        ends.forEach((title, outcome) -> {
            Notice notice = told(story.ended("a", outcome, 1));
            assertThat(notice.title()).isEqualTo(title);
            assertThat(notice.lines().getFirst()).isEqualTo(outcome.reason().orElseThrow());
            assertThat(notice.lines()).hasSizeGreaterThan(1);
            assertThat(notice.word()).isEqualTo(outcome.word());
        });
        assertThat(told(story.ended("a", new Outcome.Deployed(Optional.of("the after hook failed: exit code 1")), 0)).tone()).isEqualTo(Notice.Tone.WARNING);
    }

    @Test
    void whatHappensAllTheTimeMakesNoNotice() {
        Stream<Event> silent = Stream.of(story.skipped(), new Event.Downloading(story.attempt("a"), time.now(), "f", 1, Optional.empty(), 1),
                new Event.ArtifactPending("shop", time.now(), new Tag("v1"), "no artifact yet", Duration.ofMinutes(29), true), new Event.Extracted(story.attempt("a"), time.now(), directory, 1, 1),
                new Event.Switched(story.attempt("a"), time.now(), directory, directory), new Event.Cleaned(story.attempt("a"), time.now(), List.of("x"), 7));
        assertThat(silent).allSatisfy(event -> assertThat(wording.of(event, new Telling.Plain())).isEmpty());
    }

    @Test
    void theSameEventHasTheSameIdAndAnotherHasAnother() {
        assertThat(told(story.deployed("a")).id()).isEqualTo(told(story.ended("a", new Outcome.Interrupted("x"), 0)).id()).isNotEqualTo(told(story.deployed("b")).id());
        assertThat(told(story.remarked("one")).id()).isEqualTo(told(story.remarked("one")).id()).isNotEqualTo(told(story.remarked("two")).id());
    }

    @Test
    void aSecretLeavesNowhere() throws Exception {
        Stream<Event> events = Stream.of(
                story.failed("a", Failure.Kind.DENIED, "https://user:canary-pass@host/ says canary-secret and ghp_canary0123456789abcdef", 1),
                story.hook("a", Hook.Kind.BEFORE_DEPLOY, "echo canary-secret; echo xoxb-canary-0123456789 >&2; exit 1", directory),
                story.remarked("https://s3/x?X-Amz-Signature=canary0123"),
                new Event.AttemptStarted(story.attempt("a", "v1-canary-secret", "v2-canary-secret"), time.now(), Optional.empty()),
                new Event.ArtifactMissing("shop", time.now(), new Tag("v1-canary-secret"), "canary-secret"),
                new Event.EntryChanged("shop", time.now(), new Tag("v1"), "canary-secret"),
                new Event.Rollout(story.attempt("a"), time.now(), new RolloutStep.NotReady("shop-1", "canary-secret", 1, "can't reach canary-secret")),
                new Event.ReplicaDied("shop", time.now(), "shop-1", "canary-secret", 0, 1),
                new Event.AgentStopped("shop", time.now(), "canary-secret"));
        assertThat(events).allSatisfy(event -> assertThat(NoticeJson.of(told(event)).toString()).doesNotContain("canary"));
    }

    /** L01-L10: what app log lines and tags of others may hold. */
    @ParameterizedTest
    @ValueSource(strings = {"\u001b[31mred\u001b[0m", "\u001b]0;title\u0007", "a\r\nBcc: x@e.org", "\u202eevil", "a\u0000b\u0008", "lone \ud800 surrogate", "\u2028line", "{\"json\": \"break\"}", "<script>alert(1)</script>"})
    void textFromOutsideSteersNothing(String text) {
        Notice notice = told(story.failed("a", Failure.Kind.CORRUPT, text, 1));
        assertThat(String.join("\n", notice.lines())).doesNotContain("\u001b", "\r", "\u202e", "\u0000", "\u0008", "\ud800", "\u2028", "\u0007");
        assertThat(notice.title()).doesNotContain("\n");
    }

    @Test
    void aLineOfAMebibyteIsCut() {
        Notice notice = told(story.failed("a", Failure.Kind.CORRUPT, "😀".repeat(1 << 19), 1));
        assertThat(notice.lines().getFirst()).hasSizeLessThan(1600).contains("more characters)");
        assertThat(NoticeJson.of(notice).toString()).hasSizeLessThan(4000);
    }

    @Test
    void aNoticeSurvivesBeingWrittenAndRead() throws Exception {
        Notice notice = told(story.hook("a", Hook.Kind.AFTER_DEPLOY, "echo grüß; exit 1", directory));
        Notice read = NoticeJson.read(NoticeJson.JSON.readTree(NoticeJson.of(notice).toString()));
        assertThat(read).usingRecursiveComparison().ignoringFields("took").isEqualTo(notice);
        assertThat(read.took().orElseThrow().toMillis()).isEqualTo(notice.took().orElseThrow().toMillis());
    }

    @Test
    void aRolledBackHookIsToldLikeTheOthersWithoutSecrets() throws Exception {
        Notice good = told(story.hook("a", Hook.Kind.ROLLED_BACK, "echo undone", directory));
        assertThat(good.title()).isEqualTo("Rolled back hook succeeded");
        assertThat(good.outputs()).extracting(Notice.Output::text).containsExactly("undone");
        Notice bad = told(story.hook("a", Hook.Kind.ROLLED_BACK, "echo canary-secret; exit 7", directory));
        assertThat(bad.title()).isEqualTo("Rolled back hook failed");
        assertThat(bad.lines()).contains("Exit code: 7");
        assertThat(bad.toString()).doesNotContain("canary");
    }

    private Notice told(Event event) {
        return wording.of(event, new Telling.Plain()).orElseThrow();
    }
}
