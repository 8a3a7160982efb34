package dev.dewpoint.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dewpoint.deploy.Event;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.hook.Hook;
import dev.dewpoint.host.Log;
import dev.dewpoint.host.Redaction;
import dev.dewpoint.host.Secret;
import dev.dewpoint.testing.ManualTime;
import dev.dewpoint.testing.Vectors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class OutboxTest {
    private static final Channel.Webhook CHANNEL = new Channel.Webhook(URI.create("https://e.org/a"), Optional.empty(), new Channel.Manner(false, true));

    private final ManualTime time = new ManualTime();
    private final Story story = new Story(time);
    private final ByteArrayOutputStream logged = new ByteArrayOutputStream();
    private final List<Outbox> opened = new ArrayList<>();

    @TempDir
    Path directory;

    /** A channel whose other side answers what it is told to. */
    private static final class FakeSender implements Sender {
        final List<Notice> arrived = new CopyOnWriteArrayList<>();
        final List<Optional<String>> threads = new CopyOnWriteArrayList<>();
        volatile Sent answer = new Sent.Done(Optional.empty());
        volatile int tries;

        @Override
        public Sent send(Notice notice, Optional<String> thread) {
            tries++;
            if (answer instanceof Sent.Done) {
                arrived.add(notice);
                threads.add(thread);
            }
            return answer instanceof Sent.Done && notice.attempt().isPresent() ? new Sent.Done(Optional.of(thread.orElse("thread of " + notice.id()))) : answer;
        }

        List<String> ids() {
            return arrived.stream().map(Notice::id).toList();
        }
    }

    @AfterEach
    void nothingGoesOn() {
        opened.forEach(outbox -> outbox.close(Duration.ZERO));
    }

    @Test
    void noticesArriveInOrderAndInTheThreadOfTheirAttempt() {
        FakeSender sender = new FakeSender();
        Outbox outbox = open(sender);
        story.success("a").forEach(outbox::saw);
        rest(outbox);
        assertThat(sender.ids()).containsExactly("a/started", "a/fetched", "a/ended");
        assertThat(sender.threads).containsExactly(Optional.empty(), Optional.of("thread of a/started"), Optional.of("thread of a/started"));
        assertThat(waiting()).isEmpty();
    }

    @Test
    void w51SawReturnsWhileTheOtherSideHangs() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        Semaphore inside = new Semaphore(0);
        Outbox outbox = open((_, _) -> {
            inside.release();
            await(never);
            return Sent.done();
        });
        story.success("a").forEach(outbox::saw);
        inside.acquire();
        story.success("b").forEach(outbox::saw);
        assertThat(waiting()).hasSize(6);
        outbox.close(Duration.ofMillis(50));
        assertThat(waiting()).as("left for the next start").hasSize(6);
    }

    @Test
    void w51AnOutcomeSurvivesAKillBeforeItIsSentAndArrivesOnceInItsThread() throws Exception {
        FakeSender sender = new FakeSender();
        Outbox first = open(sender);
        first.saw(story.started("a"));
        rest(first);
        sender.answer = Sent.later("503");
        first.saw(story.deployed("a"));
        rest(first);
        first.close(Duration.ZERO);

        sender.answer = new Sent.Done(Optional.empty());
        Outbox second = open(sender);
        second.saw(story.deployed("a"));
        rest(second);
        assertThat(sender.ids()).containsExactly("a/started", "a/ended");
        assertThat(sender.threads.getLast()).contains("thread of a/started");

        second.close(Duration.ZERO);
        Outbox third = open(sender);
        third.saw(story.deployed("a"));
        rest(third);
        assertThat(sender.ids()).as("told again by a recovery, and known").hasSize(2);
    }

    @Test
    void aKillBetweenSendingAndItsMarkMakesOneDuplicateAtMost() throws Exception {
        List<String> arrived = new CopyOnWriteArrayList<>();
        CountDownLatch never = new CountDownLatch(1);
        Outbox first = open((notice, _) -> {
            arrived.add(notice.id());
            await(never);
            return Sent.done();
        });
        first.saw(story.deployed("a"));
        Eventually.until("it is sent", () -> !arrived.isEmpty());
        first.close(Duration.ZERO);
        for (int i = 0; i < 3; i++) {
            Outbox next = open((notice, _) -> {
                arrived.add(notice.id());
                return Sent.done();
            });
            rest(next);
            next.close(Duration.ZERO);
        }
        assertThat(arrived).containsExactly("a/ended", "a/ended");
    }

    @Test
    void triesBecomeRarerAndEndAfterADay() {
        FakeSender sender = new FakeSender();
        sender.answer = Sent.later("503 from the other side");
        Outbox outbox = open(sender);
        outbox.saw(story.deployed("a"));
        rest(outbox);
        List<Integer> triesByHour = new ArrayList<>();
        for (int hour = 0; hour < 26; hour++) {
            int before = sender.tries;
            for (int i = 0; i < 240; i++) {
                advance(outbox, Duration.ofSeconds(15));
            }
            triesByHour.add(sender.tries - before);
        }
        assertThat(triesByHour.getFirst()).isBetween(12, 18);
        assertThat(triesByHour.get(5)).isEqualTo(12);
        assertThat(triesByHour.getLast()).as("given up").isZero();
        assertThat(waiting()).isEmpty();
        assertThat(log()).contains("tried for a day and is given up", "shop: Deployment completed successfully").containsOnlyOnce("could not be sent yet");
    }

    @Test
    void theOtherSidesWishForTimeIsGrantedUpToFiveMinutes() {
        FakeSender sender = new FakeSender();
        Outbox outbox = open(sender);
        sender.answer = new Sent.Later(Optional.of(Duration.ofSeconds(30)), "429");
        outbox.saw(story.deployed("a"));
        rest(outbox);
        advance(outbox, Duration.ofSeconds(29));
        assertThat(sender.tries).isEqualTo(1);
        sender.answer = new Sent.Later(Optional.of(Duration.ofHours(9)), "429");
        advance(outbox, Duration.ofSeconds(2));
        assertThat(sender.tries).isEqualTo(2);
        advance(outbox, Duration.ofMinutes(5));
        assertThat(sender.tries).isEqualTo(3);
    }

    @Test
    void whatIsRefusedForGoodIsLoggedOnceAndDoesNotHoldUpTheRest() {
        FakeSender sender = new FakeSender();
        sender.answer = new Sent.Never("invalid_auth; set SLACK_TOKEN");
        Outbox outbox = open(sender);
        story.success("a").forEach(outbox::saw);
        story.success("b").forEach(outbox::saw);
        rest(outbox);
        assertThat(sender.tries).isEqualTo(6);
        assertThat(log()).containsOnlyOnce("set SLACK_TOKEN");
        sender.answer = new Sent.Done(Optional.empty());
        outbox.saw(story.deployed("c"));
        rest(outbox);
        assertThat(sender.ids()).containsExactly("c/ended");
    }

    @Test
    void aSenderThatThrowsIsTriedAgain() {
        FakeSender sender = new FakeSender();
        List<String> thrown = new CopyOnWriteArrayList<>();
        Outbox outbox = open((notice, thread) -> {
            if (thrown.isEmpty()) {
                thrown.add("x");
                throw new IllegalStateException("a defect");
            }
            return sender.send(notice, thread);
        });
        outbox.saw(story.deployed("a"));
        rest(outbox);
        advance(outbox, Duration.ofSeconds(6));
        assertThat(sender.ids()).containsExactly("a/ended");
        assertThat(log()).contains("a defect");
    }

    @Test
    void whatWaitsIsBoundedAndProgressGoesFirst() {
        FakeSender sender = new FakeSender();
        sender.answer = Sent.later("503");
        Outbox outbox = open(sender);
        for (int i = 0; i < 300; i++) {
            outbox.saw(story.started("a" + i));
            outbox.saw(story.deployed("a" + i));
        }
        assertThat(waiting()).hasSize(200);
        sender.answer = new Sent.Done(Optional.empty());
        advance(outbox, Duration.ofMinutes(1));
        Eventually.until("all arrive", () -> sender.arrived.size() == 200);
        assertThat(sender.ids().subList(1, 200)).as("outcomes, the newest, in order").doesNotContain("a299/started").endsWith("a298/ended", "a299/ended");
        assertThat(log()).contains("Too many notices wait");
    }

    @Test
    void filesStayFewOverMoreThanAThousandNotices() throws Exception {
        FakeSender sender = new FakeSender();
        Outbox outbox = open(sender);
        for (int i = 0; i < 1200; i++) {
            outbox.saw(story.agentStopped());
            time.advance(Duration.ofHours(25));
            Eventually.until("sent", outbox::rests);
        }
        assertThat(sender.arrived).hasSize(1200);
        Path folder = directory.resolve("outbox").resolve(CHANNEL.key());
        assertThat(Files.size(folder.resolve("sent.jsonl"))).isLessThan(150_000);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void quietChannelsHearOutcomesAndErrorsAlone() throws Exception {
        FakeSender quiet = new FakeSender();
        FakeSender all = new FakeSender();
        Channel.Webhook quietly = new Channel.Webhook(URI.create("https://e.org/b"), Optional.empty(), new Channel.Manner(true, false));
        Outbox outbox = new Outbox(directory.resolve("outbox"), List.of(CHANNEL, quietly), channel -> channel == quietly ? quiet : all, time, newLog(), "web-1", text -> text);
        opened.add(outbox);
        outbox.saw(story.agentStarted());
        outbox.saw(story.started("a"));
        outbox.saw(story.hook("a", Hook.Kind.BEFORE_DEPLOY, "echo ok", directory));
        outbox.saw(story.hook("a", Hook.Kind.AFTER_DEPLOY, "echo broken; exit 1", directory));
        outbox.saw(story.deployed("a"));
        outbox.saw(story.failed("b", Failure.Kind.CORRUPT, "x", 1));
        rest(outbox);
        assertThat(quiet.ids()).containsExactly("a/hook-after-deploy", "a/ended", "b/ended");
        assertThat(quiet.arrived.getFirst().outputs()).as("hook-output=off").isEmpty();
        assertThat(all.arrived).hasSize(6);
        assertThat(all.arrived.get(3).outputs()).isNotEmpty();
    }

    /** Where errors are counted, dewy falls silent; here that is no reason to. */
    static Stream<JsonNode> gating() {
        return Vectors.of("notifier.json").block("gating");
    }

    @ParameterizedTest
    @MethodSource("gating")
    void whatQuietKeeps(JsonNode vector) throws Exception {
        FakeSender sender = new FakeSender();
        Channel.Webhook channel = new Channel.Webhook(URI.create("https://e.org/b"), Optional.empty(), new Channel.Manner(vector.path("quiet").asBoolean(), true));
        Outbox outbox = new Outbox(directory.resolve("outbox"), List.of(channel), _ -> sender, time, newLog(), "web-1", text -> text);
        opened.add(outbox);
        outbox.saw(switch (vector.path("kind").asText()) {
            case "send" -> story.started("a");
            case "important" -> story.deployed("a");
            case "error" -> story.failed("a", Failure.Kind.CORRUPT, "x", 1);
            case "hook-success" -> story.hook("a", Hook.Kind.BEFORE_DEPLOY, "true", directory);
            default -> throw new AssertionError(vector);
        });
        rest(outbox);
        assertThat(sender.arrived).hasSize(vector.path("delivered").asBoolean() || vector.path("errors").asInt() > 0 ? 1 : 0);
    }

    @Test
    void aThreadThatIsBeingStoppedStillWritesItsNotice() {
        FakeSender sender = new FakeSender();
        sender.answer = Sent.later("503");
        Outbox outbox = open(sender);
        Thread.currentThread().interrupt();
        outbox.saw(story.deployed("a"));
        assertThat(Thread.interrupted()).isTrue();
        assertThat(waiting()).hasSize(1);
    }

    @Test
    void twoChannelsToOnePlaceDoNotShareAFolder() {
        FakeSender sender = new FakeSender();
        Outbox outbox = new Outbox(directory.resolve("outbox"), List.of(CHANNEL, CHANNEL), _ -> sender, time, newLog(), "web-1", text -> text);
        opened.add(outbox);
        outbox.saw(story.deployed("a"));
        rest(outbox);
        assertThat(sender.ids()).containsExactly("a/ended", "a/ended");
    }

    @Test
    void aDiskThatRefusesIsLoggedOnceAndTheNoticeStillArrives() throws Exception {
        Files.writeString(directory.resolve("outbox"), "a file is in the way");
        FakeSender sender = new FakeSender();
        Outbox outbox = open(sender);
        story.success("a").forEach(outbox::saw);
        rest(outbox);
        assertThat(sender.ids()).containsExactly("a/started", "a/fetched", "a/ended");
        assertThat(log()).containsOnlyOnce("The outbox can't be written; notices");
        Files.delete(directory.resolve("outbox"));
        outbox.saw(story.deployed("b"));
        rest(outbox);
        assertThat(directory.resolve("outbox").resolve(CHANNEL.key())).isDirectory();
    }

    @Test
    void damagedFilesAreRemovedAndTheRestIsSent() throws Exception {
        FakeSender sender = new FakeSender();
        sender.answer = Sent.later("503");
        Outbox outbox = open(sender);
        outbox.saw(story.started("a"));
        outbox.saw(story.deployed("a"));
        outbox.close(Duration.ZERO);
        Path folder = directory.resolve("outbox").resolve(CHANNEL.key());
        Files.writeString(folder.resolve("0000000000000000.json"), "{\"schema\":1,");
        Files.writeString(folder.resolve("sent.jsonl"), "{\"id\":\"x/ended\"}\n{\"id\":\"cut o");
        Files.writeString(folder.resolve(".0000000000000009.json.partial"), "{");
        Files.writeString(directory.resolve("outbox").resolve("repeats.json"), "[{\"since\":1}]");

        sender.answer = new Sent.Done(Optional.empty());
        Outbox second = open(sender);
        second.saw(story.deployed("x"));
        rest(second);
        assertThat(sender.ids()).containsExactly("a/ended");
        assertThat(log()).contains("damaged");
        second.close(Duration.ZERO);
        Outbox third = open(sender);
        third.saw(story.deployed("a"));
        rest(third);
        assertThat(sender.ids()).as("the line after the cut one counts").hasSize(1);
    }

    @Test
    void foldersOfChannelsThatAreGoneGoADayLater() {
        FakeSender sender = new FakeSender();
        sender.answer = Sent.later("503");
        Outbox outbox = open(sender);
        outbox.saw(story.deployed("a"));
        outbox.close(Duration.ZERO);
        Path folder = directory.resolve("outbox").resolve(CHANNEL.key());

        Channel.Webhook other = new Channel.Webhook(URI.create("https://e.org/other"), Optional.empty(), CHANNEL.manner());
        Outbox without = new Outbox(directory.resolve("outbox"), List.of(other), _ -> sender, time, newLog(), "web-1", text -> text);
        opened.add(without);
        time.advance(Duration.ofHours(23));
        without.saw(story.skipped());
        assertThat(folder).isDirectory();
        time.advance(Duration.ofHours(2));
        without.saw(story.skipped());
        assertThat(folder).doesNotExist();
        assertThat(directory.resolve("outbox").resolve(other.key())).isDirectory();
    }

    @Test
    void closingSendsWhatItCan() {
        FakeSender sender = new FakeSender();
        Outbox outbox = open(sender);
        story.success("a").forEach(outbox::saw);
        outbox.saw(story.agentStopped());
        outbox.close(Duration.ofSeconds(10));
        assertThat(sender.arrived).hasSize(4);
        outbox.saw(story.deployed("b"));
        assertThat(waiting()).isEmpty();
    }

    @Test
    void whatWaitsIsReadableByTheOwnerAlone() throws Exception {
        FakeSender sender = new FakeSender();
        sender.answer = Sent.later("503");
        Outbox outbox = open(sender);
        outbox.saw(story.started("a"));
        outbox.saw(story.deployed("a"));
        for (Path file : waiting()) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(waiting().getFirst().getParent()))).isEqualTo("rwx------");
    }

    @Test
    void aSecretIsNotEvenWrittenToDisk() throws Exception {
        FakeSender sender = new FakeSender();
        sender.answer = Sent.later("503");
        Outbox outbox = new Outbox(directory.resolve("outbox"), List.of(CHANNEL), _ -> sender, time, newLog(), "web-1", new Redaction(List.of(new Secret("canary-secret"))));
        opened.add(outbox);
        outbox.saw(story.failed("a", Failure.Kind.DENIED, "canary-secret", 1));
        outbox.saw(story.remarked("canary-secret"));
        outbox.saw(story.pollFailed(1, time.now(), Failure.Kind.DENIED));
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file)).doesNotContain("canary");
            }
        }
        assertThat(waiting()).hasSize(3);
    }

    @Test
    void withoutChannelsNothingIsWritten() throws Exception {
        Outbox outbox = new Outbox(directory.resolve("outbox"), List.of(), _ -> new FakeSender(), time, newLog(), "web-1", text -> text);
        for (Event event : story.success("a")) {
            outbox.saw(event);
        }
        outbox.close(Duration.ofSeconds(1));
        assertThat(directory.resolve("outbox")).doesNotExist();
    }

    private Outbox open(Sender sender) {
        Outbox outbox = new Outbox(directory.resolve("outbox"), List.of(CHANNEL), _ -> sender, time, newLog(), "web-1", text -> text);
        time.onAdvance(outbox::wake);
        opened.add(outbox);
        return outbox;
    }

    private Log newLog() {
        return new Log(time, logged, Log.Level.INFO, Log.Format.TEXT, text -> text);
    }

    private String log() {
        return logged.toString(StandardCharsets.UTF_8);
    }

    private void advance(Outbox outbox, Duration by) {
        time.advance(by);
        rest(outbox);
    }

    private static void rest(Outbox outbox) {
        Eventually.until("every channel waits", outbox::rests);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private List<Path> waiting() {
        Path folder = directory.resolve("outbox").resolve(CHANNEL.key());
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches("\\d+\\.json")).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
