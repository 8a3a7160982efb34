package dev.dewpoint.notify;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import dev.dewpoint.deploy.Event;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.hook.Hook;
import dev.dewpoint.host.Log;
import dev.dewpoint.host.Secret;
import dev.dewpoint.host.Time;
import dev.dewpoint.http.Credentials;
import dev.dewpoint.http.Http;
import dev.dewpoint.testing.ManualTime;
import dev.dewpoint.testing.Vectors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SlackTest {
    private static final Channel.Manner MANNER = new Channel.Manner(false, true);

    private final ManualTime time = new ManualTime();
    private final Story story = new Story(time);
    private final Wording wording = new Wording("web-1", text -> text);
    private final ByteArrayOutputStream logged = new ByteArrayOutputStream();
    private final Http http = new Http(Time.system(), Credentials.none(), "Dewpoint/test", Duration.ofSeconds(2));
    private static WireMockServer slack;

    @TempDir
    Path directory;

    @BeforeAll
    static void start() {
        slack = new WireMockServer(WireMockConfiguration.options().dynamicPort().bindAddress("127.0.0.1"));
        slack.start();
    }

    @AfterAll
    static void stop() {
        slack.stop();
    }

    @BeforeEach
    void aSlackThatAnswers() {
        slack.resetAll();
        answers("{\"ok\":true,\"channel\":\"C1\",\"ts\":\"1768473045.000100\"}");
    }

    @AfterEach
    void close() {
        http.close();
    }

    @Test
    void anOutcomeHasHeaderFactsColourAndIcon() throws Exception {
        Sent sent = sender(true).send(notice(story.deployed("a")), Optional.empty());

        assertThat(sent).isEqualTo(new Sent.Done(Optional.of("1768473045.000100")));
        Map<String, String> form = posted().getLast();
        assertThat(slack.getAllServeEvents().getFirst().getRequest().getHeader("Authorization")).isEqualTo("Bearer xoxb-token");
        assertThat(form).containsEntry("channel", "deploys").containsEntry("username", "Dewpoint").containsEntry("icon_emoji", ":white_check_mark:")
                .containsEntry("parse", "none").containsEntry("link_names", "0").containsEntry("unfurl_links", "0").doesNotContainKey("thread_ts");
        assertThat(form.get("text")).isEqualTo("✅ shop: Deployment completed successfully (total: 15s), v1.2.2 → v1.2.3");
        assertThat(json(form.get("blocks")).path(0).path("type").asText()).isEqualTo("header");
        JsonNode attachment = json(form.get("attachments")).path(0);
        assertThat(attachment.path("color").asText()).isEqualTo("#36a64f");
        assertThat(attachment.path("blocks").valueStream().map(block -> block.path("type").asText())).containsExactly("section", "context");
        assertThat(attachment.path("blocks").path(0).path("fields").valueStream().map(field -> field.path("text").asText())).containsExactly(
                "*App*\nshop", "*Host*\nweb-1", "*Version*\nv1.2.2 → v1.2.3", "*Duration*\n15s", "*Release*\n<https://github.com/acme/shop/releases/tag/v1.2.3|v1.2.3>");
        assertThat(attachment.path("blocks").path(1).path("elements").path(0).path("text").asText()).isEqualTo("<https://shop.example.com|Shop &amp; Co>/web-1");
    }

    @Test
    void outcomesOfAThreadAreAlsoShownInTheChannelAndProgressIsNot() throws Exception {
        SlackSender sender = sender(true);
        sender.send(notice(story.fetched("a")), Optional.of("1.1"));
        sender.send(notice(story.deployed("a")), Optional.of("1.1"));
        assertThat(posted().getFirst()).containsEntry("thread_ts", "1.1").containsEntry("reply_broadcast", "0");
        assertThat(posted().getLast()).containsEntry("thread_ts", "1.1").containsEntry("reply_broadcast", "1");
        assertThat(sender(false).send(notice(story.deployed("a")), Optional.of("1.1"))).isEqualTo(Sent.done());
        assertThat(posted().getLast()).doesNotContainKey("thread_ts");
    }

    @ParameterizedTest
    @ValueSource(strings = {"<!channel>", "<!here>", "<@U1>", "<#C1>", "<https://evil.example|click>", "```<!channel>```", "@channel @here @everyone", "&lt;!channel&gt;", "<!subteam^S1>"})
    void textFromOutsidePingsNobody(String text) throws Exception {
        Path root = directory;
        List<Event> events = List.of(story.failed("a", Failure.Kind.CORRUPT, text, 1), story.remarked(text), story.hook("a", Hook.Kind.BEFORE_DEPLOY, "cat <<'E'\n" + text + "\nE\nexit 1", root));
        for (Event event : events) {
            sender(true).send(notice(event), Optional.empty());
        }
        for (Map<String, String> form : posted()) {
            String all = String.join("\n", form.values());
            assertThat(all).doesNotContain("<!", "<@", "<#", "<https://evil", "\\u003c!", "\\u003c@", "\\u003c#", "\\u003chttps://evil");
            assertThat(form).containsEntry("parse", "none").containsEntry("link_names", "0");
            for (JsonNode block : json(form.get("attachments")).path(0).path("blocks")) {
                assertThat(block.findValues("verbatim")).isNotEmpty().allMatch(JsonNode::asBoolean);
                assertThat(block.path("text").path("text").asText().split("```", -1).length).as("fences").isIn(1, 3);
            }
        }
    }

    @Test
    void blocksStayWithinWhatSlackTakes() throws Exception {
        String worst = "<&>".repeat(5000);
        Notice notice = new Notice("id", Optional.empty(), Notice.Importance.ERROR, Notice.Tone.BAD, "failed", worst, List.of(worst, worst), List.of(new Notice.Output("stdout", worst + "the end"), new Notice.Output("stderr", worst)),
                Optional.empty(), worst, worst, Optional.of(worst), Optional.of(worst), time.now(), Optional.of(Duration.ofDays(1)));
        sender(true).send(notice, Optional.empty());
        Map<String, String> form = posted().getLast();
        assertThat(json(form.get("blocks")).path(0).path("text").path("text").asText()).hasSizeLessThanOrEqualTo(150);
        for (JsonNode block : json(form.get("attachments")).path(0).path("blocks")) {
            assertThat(block.path("text").path("text").asText()).hasSizeLessThanOrEqualTo(3000);
            block.path("fields").forEach(field -> assertThat(field.path("text").asText()).hasSizeLessThanOrEqualTo(2000));
        }
        assertThat(form.get("attachments")).contains("the end");
    }

    @ParameterizedTest
    @CsvSource({"invalid_auth, SLACK_TOKEN", "channel_not_found, check the channel", "not_in_channel, invite the bot", "is_archived, another channel", "missing_scope, chat:write", "whatever, chat.postMessage"})
    void whatSlackRefusesIsGivenUpWithARemedy(String error, String remedy) {
        answers("{\"ok\":false,\"error\":\"" + error + "\"}");
        assertThat(sender(true).send(notice(story.deployed("a")), Optional.empty())).isInstanceOfSatisfying(Sent.Never.class, never -> assertThat(never.why()).contains(error, remedy, "#deploys"));
    }

    @Test
    void whatPassesIsTriedLater() throws Exception {
        SlackSender sender = sender(true);
        Notice notice = notice(story.deployed("a"));
        slack.stubFor(post(anyUrl()).willReturn(aResponse().withStatus(429).withHeader("Retry-After", "30")));
        assertThat(sender.send(notice, Optional.empty())).isInstanceOfSatisfying(Sent.Later.class, later -> assertThat(later.after()).contains(Duration.ofSeconds(30)));
        answers("{\"ok\":false,\"error\":\"ratelimited\"}");
        assertThat(sender.send(notice, Optional.empty())).isInstanceOf(Sent.Later.class);
        slack.stubFor(post(anyUrl()).willReturn(aResponse().withStatus(503)));
        assertThat(sender.send(notice, Optional.empty())).isInstanceOf(Sent.Later.class);
        for (Fault fault : List.of(Fault.CONNECTION_RESET_BY_PEER, Fault.RANDOM_DATA_THEN_CLOSE)) {
            slack.stubFor(post(anyUrl()).willReturn(aResponse().withFault(fault)));
            assertThat(sender.send(notice, Optional.empty())).isInstanceOf(Sent.Later.class);
        }
        slack.stubFor(post(anyUrl()).willReturn(aResponse().withFixedDelay(3000).withStatus(200)));
        assertThat(sender.send(notice, Optional.empty())).as("silence").isInstanceOf(Sent.Later.class);
        SlackSender deaf = new SlackSender(new Channel.Slack("deploys", new Secret("t"), URI.create(closedDoor()), Optional.empty(), Optional.empty(), true, MANNER), http);
        assertThat(deaf.send(notice, Optional.empty())).as("nobody listens").isInstanceOf(Sent.Later.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "<html>welcome</html>", "{\"ok\":"})
    void anAnswerThatCannotBeReadIsNoReasonForASecondMessage(String body) {
        slack.stubFor(post(anyUrl()).willReturn(aResponse().withStatus(200).withBody(body)));
        assertThat(sender(true).send(notice(story.deployed("a")), Optional.empty())).isInstanceOf(Sent.Never.class);
    }

    static Stream<JsonNode> threadOptions() {
        return Vectors.of("notifier.json").block("slack_thread_options");
    }

    @ParameterizedTest
    @MethodSource("threadOptions")
    void threadsAreAnsweredAndBroadcastAsBefore(JsonNode vector) throws Exception {
        Notice notice = notice(vector.path("kind").asText().equals("broadcast") ? story.deployed("a") : story.fetched("a"));
        sender(vector.path("thread").asBoolean()).send(notice, Optional.of(vector.path("ts").asText()).filter(ts -> !ts.isEmpty()));
        Map<String, String> form = posted().getLast();
        List<String> extra = Stream.of("thread_ts", "reply_broadcast").filter(name -> !form.getOrDefault(name, "0").equals("0")).toList();
        assertThat(extra).isEqualTo(Vectors.texts(vector.path("extra")));
    }

    @Test
    void withoutTheScopeForNamesItIsPostedUnderTheAppsOwn() throws Exception {
        slack.stubFor(post(anyUrl()).inScenario("scope").whenScenarioStateIs(Scenario.STARTED).willSetStateTo("asked").willReturn(okJson("{\"ok\":false,\"error\":\"missing_scope\",\"needed\":\"chat:write.customize\",\"provided\":\"chat:write\"}")));
        slack.stubFor(post(anyUrl()).inScenario("scope").whenScenarioStateIs("asked").willReturn(okJson("{\"ok\":true,\"ts\":\"1.2\"}")));
        SlackSender sender = sender(true);
        assertThat(sender.send(notice(story.started("a")), Optional.empty())).isEqualTo(new Sent.Done(Optional.of("1.2")));
        sender.send(notice(story.deployed("a")), Optional.of("1.2"));
        assertThat(posted()).hasSize(3);
        assertThat(posted().getLast()).doesNotContainKeys("username", "icon_emoji");
    }

    @Test
    void aThreadThatIsGoneDoesNotLoseTheOutcome() throws Exception {
        slack.stubFor(post(anyUrl()).inScenario("thread").whenScenarioStateIs(Scenario.STARTED).willSetStateTo("asked").willReturn(okJson("{\"ok\":false,\"error\":\"thread_not_found\"}")));
        slack.stubFor(post(anyUrl()).inScenario("thread").whenScenarioStateIs("asked").willReturn(okJson("{\"ok\":true,\"ts\":\"1.3\"}")));
        assertThat(sender(true).send(notice(story.deployed("a")), Optional.of("1.1"))).isEqualTo(new Sent.Done(Optional.of("1.3")));
        assertThat(posted().getLast()).doesNotContainKey("thread_ts");
    }

    @Test
    void w51SlackAnswering503ForAnHourAndAKillMakeExactlyOneMessageInTheAttemptsThread() throws Exception {
        Outbox first = outbox();
        first.saw(story.started("a"));
        rest(first);
        slack.stubFor(post(anyUrl()).willReturn(aResponse().withStatus(503)));
        first.saw(story.deployed("a"));
        for (int minute = 0; minute < 30; minute++) {
            advance(first, Duration.ofMinutes(1));
        }
        first.close(Duration.ZERO);
        Outbox second = outbox();
        second.saw(story.deployed("a"));
        for (int minute = 0; minute < 30; minute++) {
            advance(second, Duration.ofMinutes(1));
        }
        int refused = posted().size() - 1;
        assertThat(refused).isBetween(10, 40);
        answers("{\"ok\":true,\"channel\":\"C1\",\"ts\":\"9.9\"}");
        for (int minute = 0; minute < 60; minute++) {
            advance(second, Duration.ofMinutes(1));
        }
        second.close(Duration.ZERO);
        List<Map<String, String>> after = posted().subList(refused + 1, posted().size());
        assertThat(after).hasSize(1);
        assertThat(after.getFirst()).containsEntry("thread_ts", "1768473045.000100").containsEntry("reply_broadcast", "1");
        assertThat(logged.toString(StandardCharsets.UTF_8)).doesNotContain("xoxb-token");
    }

    @Test
    void theClientLeavesNoThreadBehind() {
        Stream.of(1, 2, 3).forEach(_ -> sender(true).send(notice(story.deployed("a")), Optional.empty()));
        webhook().send(notice(story.deployed("a")), Optional.empty());
        Eventually.until("no thread of the client's lives", () -> Thread.getAllStackTraces().keySet().stream().map(Thread::getName).noneMatch(name -> name.contains("slack")));
    }

    @Test
    void anIncomingWebhookGetsTheSameMessage() throws Exception {
        slack.stubFor(post(anyUrl()).willReturn(aResponse().withStatus(200).withBody("ok")));
        assertThat(webhook().send(notice(story.deployed("a")), Optional.empty())).isEqualTo(Sent.done());
        JsonNode body = json(slack.getAllServeEvents().getFirst().getRequest().getBodyAsString());
        assertThat(body.path("text").asText()).contains("Deployment completed successfully");
        assertThat(body.path("blocks").path(0).path("type").asText()).isEqualTo("header");
        assertThat(body.path("attachments").path(0).path("color").asText()).isEqualTo("#36a64f");
    }

    @Test
    void whatAWebhookAnswersIsUnderstood() throws Exception {
        slack.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(404).withBody("no_service")));
        assertThat(webhook().send(notice(story.deployed("a")), Optional.empty())).isInstanceOfSatisfying(Sent.Never.class, never -> assertThat(never.why()).contains("no_service", "SLACK_WEBHOOK_URL").doesNotContain("canary"));
        slack.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(429).withHeader("Retry-After", "7")));
        assertThat(webhook().send(notice(story.deployed("a")), Optional.empty())).isInstanceOfSatisfying(Sent.Later.class, later -> assertThat(later.after()).contains(Duration.ofSeconds(7)));
        SlackWebhookSender sender = new SlackWebhookSender(new Channel.SlackWebhook(new Secret(closedDoor() + "canary"), Optional.empty(), Optional.empty(), MANNER), http);
        assertThat(sender.send(notice(story.deployed("a")), Optional.empty())).isInstanceOfSatisfying(Sent.Later.class, later -> assertThat(later.why()).doesNotContain("canary"));
    }

    static Stream<JsonNode> footers() {
        return Vectors.of("notifier.json").block("slack_footer");
    }

    @ParameterizedTest
    @MethodSource("footers")
    void theFooterNamesTitleAndHost(JsonNode vector) {
        SlackMessage message = new SlackMessage(notice(story.deployed("a")), Vectors.text(vector.path("title")), Vectors.text(vector.path("url")).map(URI::create));
        assertThat(message.attachments().getFirst().toString()).contains("text=" + vector.path("footer").asText().replace("<hostname>", "web-1") + ",");
    }

    private SlackSender sender(boolean thread) {
        return new SlackSender(channel(thread), http);
    }

    private Channel.Slack channel(boolean thread) {
        return new Channel.Slack("deploys", new Secret("xoxb-token"), URI.create(slack.baseUrl() + "/api/"), Optional.of("Shop & Co"), Optional.of(URI.create("https://shop.example.com")), thread, MANNER);
    }

    private SlackWebhookSender webhook() {
        return new SlackWebhookSender(new Channel.SlackWebhook(new Secret(slack.baseUrl() + "/services/canary"), Optional.empty(), Optional.empty(), MANNER), http);
    }

    /** Where nobody listens. */
    private static String closedDoor() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "http://127.0.0.1:" + socket.getLocalPort() + "/";
        }
    }

    private Outbox outbox() {
        Log log = new Log(time, logged, Log.Level.DEBUG, Log.Format.TEXT, text -> text);
        Outbox outbox = Outbox.open(directory.resolve("outbox"), List.of(channel(true)), http, time, log, "web-1", text -> text);
        time.onAdvance(outbox::wake);
        return outbox;
    }

    private void advance(Outbox outbox, Duration by) {
        time.advance(by);
        rest(outbox);
    }

    private static void rest(Outbox outbox) {
        Eventually.until("Slack is not asked", outbox::rests);
    }

    private void answers(String json) {
        slack.stubFor(post(urlEqualTo("/api/chat.postMessage")).willReturn(okJson(json)));
    }

    private Notice notice(Event event) {
        return wording.of(event, new Telling.Plain()).orElseThrow();
    }

    /** In the order of their arrival. */
    private List<Map<String, String>> posted() {
        return slack.findAll(postRequestedFor(anyUrl())).stream().sorted(Comparator.comparing(LoggedRequest::getLoggedDate)).map(LoggedRequest::getBodyAsString).map(SlackTest::form).toList();
    }

    private static Map<String, String> form(String body) {
        Map<String, String> form = new HashMap<>();
        for (String pair : body.split("&")) {
            String[] parts = pair.split("=", 2);
            form.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
        return form;
    }

    private static JsonNode json(String text) throws IOException {
        return NoticeJson.JSON.readTree(text);
    }
}
