package dev.dewpoint.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.deploy.Deployment;
import dev.dewpoint.deploy.Event;
import dev.dewpoint.deploy.Outcome;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Log;
import dev.dewpoint.release.Tag;
import dev.dewpoint.testing.ManualTime;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class StoryLogTest {
    private final ManualTime time = ManualTime.start();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Deployment deployment = new Deployment("id", "app", "assets", Optional.empty(), new Tag("v1.0.0"), time.now(), Optional.empty());

    @Test
    void withoutATerminalADownloadIsALineEveryTenSeconds() {
        StoryLog story = story(Optional.empty());
        for (int second = 0; second < 35; second++) {
            time.advance(Duration.ofSeconds(1));
            story.saw(new Event.Downloading(deployment, time.now(), "site.tgz", second * 1_000_000L, Optional.of(100_000_000L), 1_000_000));
        }
        assertThat(text().lines()).hasSize(3).allSatisfy(line -> assertThat(line).contains("INFO: Downloading file=\"site.tgz\"").contains("percent=").contains("rate=\"1.0 MB/s\""));
    }

    @Test
    void onATerminalItIsOneLiveLineThatIsGoneBeforeTheNextMessage() {
        ByteArrayOutputStream screen = new ByteArrayOutputStream();
        StoryLog story = story(Optional.of(new ProgressLine(new PrintStream(screen, true, StandardCharsets.UTF_8))));
        for (int i = 1; i <= 3; i++) {
            story.saw(new Event.Downloading(deployment, time.now(), "site.tgz", i * 10_000_000L, Optional.of(100_000_000L), 5_000_000));
        }
        assertThat(text()).isEmpty();
        assertThat(screen.toString(StandardCharsets.UTF_8)).contains("30 %").contains("5.0 MB/s").doesNotContain("\n");
        story.saw(new Event.AttemptEnded(deployment, time.now(), new Outcome.Deployed(Optional.empty()), Duration.ofSeconds(2), 0, OptionalInt.empty()));
        assertThat(screen.toString(StandardCharsets.UTF_8)).endsWith("\r\u001b[K");
        assertThat(text()).contains("Deployment completed successfully").contains("duration=\"2.0s\"");
    }

    @Test
    void aPendingArtifactIsWarnedOfOnceThenOnlyAtDebug() {
        StoryLog story = story(Optional.empty());
        story.saw(new Event.ArtifactPending("app", time.now(), new Tag("v1.0.0"), "no artifact fits", Duration.ofMinutes(29), true));
        story.saw(new Event.ArtifactPending("app", time.now(), new Tag("v1.0.0"), "no artifact fits", Duration.ofMinutes(28), false));
        assertThat(text().lines()).singleElement().satisfies(line -> assertThat(line).contains("WARN: Artifact not found within grace period message=\"no artifact fits\"").contains("grace_period="));
    }

    @Test
    void everyFailureNamesItsRemedy() {
        StoryLog story = story(Optional.empty());
        for (Failure.Kind kind : Failure.Kind.values()) {
            story.saw(new Event.PollFailed("app", time.now(), new Failure(kind, "list", "it did not work"), 1, time.now(), Duration.ofSeconds(10)));
        }
        assertThat(text().lines()).hasSize(Failure.Kind.values().length).allSatisfy(line -> assertThat(line).contains("ERROR: ").contains("remedy=\"").contains("next_try_in=\"10.0s\""));
    }

    private StoryLog story(Optional<ProgressLine> terminal) {
        return new StoryLog(new Log(time, out, Log.Level.INFO, Log.Format.TEXT, UnaryOperator.identity()), time, terminal, "abc", UnaryOperator.identity());
    }

    private String text() {
        return out.toString(StandardCharsets.UTF_8);
    }
}
