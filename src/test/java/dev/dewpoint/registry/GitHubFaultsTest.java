package dev.dewpoint.registry;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.urlMatching;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.stubbing.StubMapping;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.failure.Failure.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever GitHub, or what stands in its place, answers: a failure with a reason, and what was known stays. */
class GitHubFaultsTest {
    private final GitHubFixture fixture = new GitHubFixture();
    private final GitHubRegistry registry = fixture.withToken();

    @BeforeEach
    void begin() {
        fixture.publish("v1.0.0", "v1.1.0");
        registry.tags();
    }

    @AfterEach
    void end() {
        fixture.close();
    }

    @Test
    void aRefusedTokenIsSaidToBeWrongOrExpired() {
        Failure failure = failure(json(401, "{\"message\":\"Bad credentials\"}"));
        assertThat(failure.kind()).isEqualTo(Kind.DENIED);
        assertThat(failure).hasMessage("Tried to list the releases of octo/app, but the token is wrong or expired (401, saying: Bad credentials)");
        assertThat(failure.getMessage()).doesNotContain(GitHubFixture.TOKEN);
    }

    @Test
    void aTokenThatIsTooWeakIsSaidToBeThat() {
        assertThat(failure(json(403, "{\"message\":\"Resource not accessible\\nby integration\"}")))
                .hasMessage("Tried to list the releases of octo/app, but the token may not read octo/app (403, saying: Resource not accessible by integration)")
                .satisfies(failure -> assertThat(failure.kind()).isEqualTo(Kind.DENIED));
    }

    @Test
    void aRepositoryThatIsHiddenOrMissingIsSaidToBeEither() {
        assertThat(failure(json(404, "{\"message\":\"Not Found\"}"))).hasMessage("Tried to list the releases of octo/app, but octo/app does not exist, or the token can't see it (404, saying: Not Found)")
                .satisfies(failure -> assertThat(failure.kind()).isEqualTo(Kind.MISSING));
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 404})
    void whoGaveNoTokenIsToldSo(int status) {
        GitHubRegistry anonymous = fixture.anonymous();
        fixture.always(json(status, "<html>"));
        assertThat(catchThrowableOfType(Failure.class, anonymous::tags).why()).containsPattern("none is given|without a token|no token is given");
    }

    static Stream<Arguments> limits() {
        ResponseDefinitionBuilder limited = aResponse().withHeader("Date", "Thu, 15 Jan 2026 10:30:45 GMT");
        return Stream.of(
                arguments("429 without a word", with(limited, 429), Duration.ofMinutes(1)),
                arguments("429 in seconds", with(limited, 429).withHeader("Retry-After", "17"), Duration.ofSeconds(17)),
                arguments("429 with a date", with(limited, 429).withHeader("Retry-After", "Thu, 15 Jan 2026 10:31:15 GMT"), Duration.ofSeconds(30)),
                arguments("429 negative", with(limited, 429).withHeader("Retry-After", "-5"), Duration.ofMinutes(1)),
                arguments("429 ten years", with(limited, 429).withHeader("Retry-After", "315360000"), Duration.ofHours(1)),
                arguments("429 nonsense", with(limited, 429).withHeader("Retry-After", "soon"), Duration.ofMinutes(1)),
                arguments("403 without quota", with(limited, 403).withHeader("X-RateLimit-Remaining", "0").withHeader("X-RateLimit-Reset", "1768473055"), Duration.ofSeconds(10)),
                arguments("403 with a reset in the past", with(limited, 403).withHeader("X-RateLimit-Remaining", "0").withHeader("X-RateLimit-Reset", "1000"), Duration.ofMinutes(1)),
                arguments("403 with Retry-After", with(limited, 403).withHeader("Retry-After", "60"), Duration.ofSeconds(60)),
                arguments("403 that only says so", with(limited, 403).withBody("{\"message\":\"You have exceeded a secondary rate limit\"}"), Duration.ofMinutes(1)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("limits")
    void aLimitIsWaitedFor(String name, ResponseDefinitionBuilder answer, Duration patience) {
        Failure failure = failure(answer);
        assertThat(failure.kind()).isEqualTo(Kind.LIMITED);
        assertThat(failure.patience()).contains(patience);
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 502, 503, 504, 300, 418})
    void anyOtherStatusIsTheOtherSidesTrouble(int status) {
        assertThat(failure(aResponse().withStatus(status)).kind()).isEqualTo(Kind.UNREACHABLE);
    }

    @Test
    void fiftyServerErrorsAndThenAnAnswer() {
        StubMapping fault = fixture.always(aResponse().withStatus(500));
        for (int i = 0; i < 50; i++) {
            assertThat(catchThrowableOfType(Failure.class, registry::tags)).isNotNull();
        }
        fixture.mend(fault);
        assertThat(GitHubFixture.tags(registry)).containsExactly("v1.1.0", "v1.0.0");
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void aBrokenConnectionIsAFailure(Fault fault) {
        assertThat(failure(aResponse().withFault(fault)).kind()).isEqualTo(Kind.UNREACHABLE);
    }

    @Test
    void anAnswerThatNeverComesIsAFailureInTime() {
        try (GitHubFixture hasty = new GitHubFixture(Duration.ofMillis(200))) {
            GitHubRegistry follower = hasty.anonymous();
            hasty.always(aResponse().withFixedDelay(5_000).withBody("[]"));
            assertThat(catchThrowableOfType(Failure.class, follower::tags).kind()).isEqualTo(Kind.TIMED_OUT);
        }
    }

    @Test
    void whatSaysNothingHasChangedThoughNothingWasKnownIsAFailure() {
        GitHubRegistry fresh = fixture.anonymous();
        StubMapping fault = fixture.always(aResponse().withStatus(304));
        assertThat(catchThrowableOfType(Failure.class, fresh::tags).why()).contains("304");
        fixture.mend(fault);
        assertThat(fresh.tags()).hasSize(2);
    }

    static Stream<Arguments> nonsense() {
        return Stream.of(
                arguments("truncated", "[{\"id\":1,\"tag_name\":\"v2.0.0\",\"assets\":[{\"id\":"),
                arguments("truncated between two", "[{\"id\":1,\"tag_name\":\"v2.0.0\"},"),
                arguments("empty", ""),
                arguments("an object", "{\"message\":\"hello\"}"),
                arguments("text", "\"v2.0.0\""),
                arguments("numbers", "[1,2,3]"),
                arguments("null", "null"),
                arguments("a list of null", "[null]"),
                arguments("more after the end", "[] []"),
                arguments("NaN", "[{\"id\":NaN,\"tag_name\":\"v2.0.0\"}]"),
                arguments("an id that is text", "[{\"id\":\"1\",\"tag_name\":\"v2.0.0\"}]"),
                arguments("an id beyond counting", "[{\"id\":1180591620717411303424,\"tag_name\":\"v2.0.0\"}]"),
                arguments("no id", "[{\"tag_name\":\"v2.0.0\"}]"),
                arguments("a tag that is a number", "[{\"id\":1,\"tag_name\":2}]"),
                arguments("a draft that is text", "[{\"id\":1,\"tag_name\":\"v2.0.0\",\"draft\":\"no\"}]"),
                arguments("a pre-release that is a list", "[{\"id\":1,\"tag_name\":\"v2.0.0\",\"prerelease\":[]}]"),
                arguments("assets that are an object", "[{\"id\":1,\"tag_name\":\"v2.0.0\",\"assets\":{}}]"),
                arguments("an asset that is text", "[{\"id\":1,\"tag_name\":\"v2.0.0\",\"assets\":[\"app.tar.gz\"]}]"),
                arguments("a size that is text", "[{\"id\":1,\"tag_name\":\"v2.0.0\",\"assets\":[{\"id\":1,\"name\":\"app.tar.gz\",\"size\":\"1\"}]}]"),
                arguments("duplicate keys", "[{\"id\":1,\"id\":2,\"tag_name\":\"v2.0.0\"}]"),
                arguments("deep at the top", "[".repeat(100_000)),
                arguments("deep where nobody looks", "[{\"id\":1,\"reactions\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}]"),
                arguments("deep objects", "[{\"id\":1,\"reactions\":" + "{\"a\":".repeat(100_000) + "1" + "}".repeat(100_000) + "}]"),
                arguments("a name without end", "[{\"" + "a".repeat(1 << 20) + "\":1}]"),
                arguments("a number without end", "[{\"id\":" + "1".repeat(1 << 20) + "}]"),
                arguments("a tag without end", "[{\"id\":1,\"tag_name\":\"" + "v".repeat(1 << 20) + "\"}]"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("nonsense")
    void whatIsNoListingIsAFailure(String name, String body) {
        Failure failure = failure(json(200, body));
        assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(failure.getMessage()).hasSizeLessThan(600);
    }

    @Test
    void aPageForPeopleIsNamedAsThat() {
        assertThat(failure(aResponse().withHeader("Content-Type", "text/html; charset=utf-8").withBody("<html>Sign in to the network</html>")).why())
                .contains("could not be understood (it is text/html; charset=utf-8)");
    }

    @Test
    void whatIsMissingIsTakenAsAbsent() {
        fixture.always(json(200, """
                [{"id":1,"tag_name":"v2.0.0","name":null,"published_at":null,"html_url":null,"assets":null},
                 {"id":2,"tag_name":"v2.1.0"},
                 {"id":3,"tag_name":null,"assets":[]},
                 {"id":4},
                 {"id":5,"tag_name":"v2.2.0","draft":null,"prerelease":null,"published_at":"yesterday","html_url":"javascript:alert(1)",
                  "assets":[{"id":1,"name":null},{"name":"x"},{},{"id":2,"name":"app_linux_amd64.tar.gz","size":-1,"digest":"md5:1234","updated_at":null}]}]
                """));
        assertThat(registry.tags()).extracting(candidate -> candidate.tag().text()).containsExactly("v2.0.0", "v2.1.0", "v2.2.0");
        assertThat(registry.tags()).allSatisfy(candidate -> assertThat(candidate.publishedAt()).isEmpty());
        assertThat(registry.resolve(GitHubFixture.version("v2.0.0"))).isInstanceOf(Resolution.NotYet.class);
        assertThat(registry.resolve(GitHubFixture.version("v2.2.0"))).isInstanceOfSatisfying(Resolution.Found.class, found -> {
            assertThat(GitHubFixture.archive(found.release()).size()).isEmpty();
            assertThat(found.release().artifact().digest()).isEmpty();
            assertThat(found.release().page()).isEmpty();
        });
    }

    /** H01 to H14. */
    @Test
    void hostileTagsAreNoTagsAndHostileNamesNoArtifacts() {
        List<String> hostile = List.of("v1.0.0;touch /tmp/p", "`id`", "$(id)", "v1\\n2", "-v", "--help", "v1.0.0 && x", "%n", "${jndi:x}", "'\\\"", "../../etc", "v".repeat(4096), "\uD83D\uDE00", "v1\\u0000", "", " ",
                "\\ud800");
        String listing = String.join(",", hostile.stream().map(tag -> "{\"id\":" + (1000 + hostile.indexOf(tag)) + ",\"tag_name\":\"" + tag + "\"}").toList());
        String assets = String.join(",", List.of("../app_linux_amd64.tar.gz", "a/app_linux_amd64.tar.gz", "..\\\\app_linux_amd64.tar.gz", "app_linux_amd64\\n.tar.gz", "app_linux_amd64\\u0000.tar.gz", "a".repeat(4096) + "_linux_amd64.tar.gz")
                .stream().map(name -> "{\"id\":1,\"name\":\"" + name + "\"}").toList());
        fixture.always(json(200, "[" + listing + ",{\"id\":1,\"tag_name\":\"v3.0.0\",\"assets\":[" + assets + "]}]"));
        assertThat(GitHubFixture.tags(registry)).containsExactly("v3.0.0");
        assertThat(registry.resolve(GitHubFixture.version("v3.0.0"))).isInstanceOf(Resolution.NotYet.class);
    }

    @Test
    void anotherPlaceNamedInTheListingIsNeverDownloadedFrom() {
        fixture.always(json(200, """
                [{"id":1,"tag_name":"v2.0.0","assets":[{"id":77,"name":"app_linux_amd64.tar.gz","url":"http://evil.example/x","browser_download_url":"http://evil.example/y"}]}]
                """));
        registry.tags();
        assertThat(registry.resolve(GitHubFixture.version("v2.0.0"))).isInstanceOfSatisfying(Resolution.Found.class,
                found -> assertThat(GitHubFixture.archive(found.release()).location()).isEqualTo(fixture.gitHub.url().resolve("repos/octo/app/releases/assets/77")));
    }

    @Test
    void tenMegabytesOfReleaseNotesAreReadOver() {
        String notes = "# What is new\\n".repeat(7_000);
        StringBuilder body = new StringBuilder("[");
        for (int i = 0; i < 100; i++) {
            body.append(i == 0 ? "" : ",").append("{\"body\":\"").append(notes).append("\",\"id\":").append(i).append(",\"tag_name\":\"v5.").append(i).append(".0\"}");
        }
        assertThat(body.length()).isGreaterThan(10_000_000);
        fixture.always(json(200, body.append("]").toString()));
        assertThat(registry.tags()).hasSize(100);
    }

    @Test
    void tenMegabytesOfTagsAreRefusedBeforeTheyFillTheMemory() {
        StringBuilder body = new StringBuilder("[");
        for (int i = 0; body.length() < 10_000_000; i++) {
            body.append(i == 0 ? "" : ",").append("{\"id\":").append(i).append(",\"tag_name\":\"v5.").append(i).append(".0\"}");
        }
        assertThat(failure(json(200, body.append("]").toString())).why()).contains("more than 50000 releases on one page");
    }

    @Test
    void aCompressedAnswerIsRead() throws IOException {
        fixture.always(json(200, "").withHeader("Content-Encoding", "gzip").withBody(gzip("[{\"id\":1,\"tag_name\":\"v7.0.0\"}]", 0)));
        assertThat(GitHubFixture.tags(registry)).containsExactly("v7.0.0");
    }

    @Test
    void aCompressedBombIsRefused() throws IOException {
        assertThat(failure(json(200, "").withHeader("Content-Encoding", "gzip").withBody(gzip("[{\"id\":1,\"tag_name\":\"v8.0.0\",\"body\":\"", 100 << 20))).why())
                .isEqualTo("the answer is larger than the 67108864 bytes allowed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"<http://evil.example/repos/octo/app/releases?page=2>; rel=\"next\"", "<//evil.example/x>; rel=next", "<file:///etc/passwd>; rel=\"next\"",
            "<http://[::1/>; rel=\"next\"", "<https://127.0.0.1/x>; rel=\"prev next\""})
    void aFurtherPageAtAnotherPlaceIsNotRead(String link) {
        fixture.gitHub.server().stubFor(any(urlMatching(".*per_page=100")).atPriority(1).willReturn(json(200, "[{\"id\":1,\"tag_name\":\"v8.0.0\"}]").withHeader("Link", link)));
        fixture.gitHub.forgetRequests();
        assertThat(catchThrowableOfType(Failure.class, registry::tags).why()).startsWith("it leads to a further page at ");
        assertThat(fixture.urls()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"</repos/octo/app/releases?per_page=100&page=2>; rel=\"next\"", "<?per_page=100&page=2>; rel=next", "</last?per_page=1>; rel=\"last\", </repos/octo/app/releases?per_page=100&page=2> ; title=\"a\"; rel=\"next\""})
    void aFurtherPageMayBeNamedFromHere(String link) {
        fixture.gitHub.server().stubFor(any(urlMatching(".*per_page=100")).atPriority(1).willReturn(json(200, "[{\"id\":1,\"tag_name\":\"v8.0.0\"}]").withHeader("Link", link)));
        fixture.gitHub.server().stubFor(any(urlMatching("/repos/octo/app/releases\\?per_page=100&page=2")).atPriority(1).willReturn(json(200, "[{\"id\":2,\"tag_name\":\"v7.0.0\"}]")));
        assertThat(GitHubFixture.tags(registry)).containsExactly("v8.0.0", "v7.0.0");
    }

    @Test
    void pagesThatLeadInACircleAreLeft() {
        fixture.always(json(200, "[{\"id\":1,\"tag_name\":\"v8.0.0\"}]").withHeader("Link", "</repos/octo/app/releases?per_page=100>; rel=\"next\""));
        fixture.gitHub.forgetRequests();
        assertThat(catchThrowableOfType(Failure.class, registry::tags).why()).isEqualTo("its pages lead back to one that was read already");
        assertThat(fixture.urls()).hasSize(1);
    }

    /** 100,000 tags over 1,000 pages. */
    @Test
    void pagesWithoutEndAreLeft() {
        fixture.always(json(200, "[{\"id\":1,\"tag_name\":\"v8.0.0\"}]").withHeader("Link", "</x?page={{randomValue length=20 type='ALPHANUMERIC'}}>; rel=\"next\"").withTransformers("response-template"));
        fixture.gitHub.forgetRequests();
        assertThat(catchThrowableOfType(Failure.class, registry::tags).why()).isEqualTo("it has more than 100 pages");
        assertThat(fixture.urls()).hasSize(100);
    }

    @Test
    void aListingThatWasMovedElsewhereIsNotRead() {
        fixture.gitHub.objects().stubFor(any(urlMatching(".*")).atPriority(1).willReturn(json(200, "[]")));
        fixture.always(aResponse().withStatus(301).withHeader("Location", fixture.gitHub.objectsUrl() + "releases"));
        assertThat(catchThrowableOfType(Failure.class, registry::tags).why()).startsWith("it was sent on to " + fixture.gitHub.objectsUrl().toString().replaceAll("/$", ""));
        assertThat(fixture.gitHub.objectRequests()).hasSize(1).allSatisfy(request -> assertThat(request.getHeader("Authorization")).isNull());
    }

    @Test
    void aRepositoryThatWasRenamedIsFollowed() {
        fixture.gitHub.server().stubFor(any(urlMatching("/repos/octo/app/releases.*")).atPriority(1).willReturn(aResponse().withStatus(301).withHeader("Location", "/repos/octo/renamed/releases?per_page=100")));
        assertThat(GitHubFixture.tags(registry)).containsExactly("v1.1.0", "v1.0.0");
    }

    @Test
    void anEntityTagThatNoRequestCouldCarryIsForgotten() {
        fixture.always(json(200, "[{\"id\":1,\"tag_name\":\"v8.0.0\"}]").withHeader("ETag", "\"\u00e9\""));
        assertThat(GitHubFixture.tags(registry)).containsExactly("v8.0.0");
        assertThat(GitHubFixture.tags(registry)).containsExactly("v8.0.0");
    }

    @Test
    void aReportThatTheTokenMayNotMakeSaysSo() {
        StubMapping fault = fixture.gitHub.server().stubFor(any(urlMatching("/api/uploads/.*")).atPriority(1).willReturn(json(403, "{\"message\":\"Resource not accessible by personal access token\"}")));
        Failure failure = catchThrowableOfType(Failure.class, () -> registry.report(new Shipment(GitHubFixture.version("v1.1.0").tag(), "assets", "h", Instant.EPOCH)));
        assertThat(failure.why()).startsWith("the token may not write to octo/app (403");
        fixture.mend(fault);
    }

    /** What fails, and that neither the listing nor what is asked for next has changed by it. */
    private Failure failure(ResponseDefinitionBuilder answer) {
        List<String> before = fixture.gitHub.requests().stream().map(request -> String.valueOf(request.getHeader("If-None-Match"))).toList();
        StubMapping fault = fixture.always(answer);
        Failure failure = catchThrowableOfType(Failure.class, registry::tags);
        assertThat(failure).isNotNull();
        fixture.mend(fault);
        fixture.gitHub.forgetRequests();
        assertThat(GitHubFixture.tags(registry)).containsExactly("v1.1.0", "v1.0.0");
        assertThat(fixture.gitHub.server().getAllServeEvents().getFirst().getResponse().getStatus()).as("after " + before).isEqualTo(304);
        assertThat(registry.resolve(GitHubFixture.version("v1.1.0"))).isInstanceOf(Resolution.Found.class);
        return failure;
    }

    private static ResponseDefinitionBuilder json(int status, String body) {
        return aResponse().withStatus(status).withHeader("Content-Type", "application/json; charset=utf-8").withBody(body.getBytes(StandardCharsets.UTF_8));
    }

    private static ResponseDefinitionBuilder with(ResponseDefinitionBuilder answer, int status) {
        return ResponseDefinitionBuilder.like(answer.build()).but().withStatus(status);
    }

    private static byte[] gzip(String begin, int filling) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(begin.getBytes(StandardCharsets.UTF_8));
            byte[] chunk = new byte[1 << 16];
            Arrays.fill(chunk, (byte) 'a');
            for (int written = 0; written < filling; written += chunk.length) {
                gzip.write(chunk);
            }
        }
        return bytes.toByteArray();
    }
}
