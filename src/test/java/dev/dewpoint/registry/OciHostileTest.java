package dev.dewpoint.registry;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.head;
import static com.github.tomakehurst.wiremock.client.WireMock.ok;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.status;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.RequestMethod;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Secret;
import dev.dewpoint.release.Digest;
import dev.dewpoint.testing.Vectors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Registries that are odd, broken, or want our login. */
class OciHostileTest {
    private static final String LIST = "/v2/app/tags/list";
    private static final String INDEX_TYPE = "application/vnd.oci.image.index.v1+json";
    private static final String IMAGE = "sha256:" + "a".repeat(64);

    @TempDir
    private Path directory;

    private final WireMockServer server = new WireMockServer(wireMockConfig().dynamicPort().bindAddress("127.0.0.1"));
    private final WireMockServer elsewhere = new WireMockServer(wireMockConfig().dynamicPort().bindAddress("127.0.0.1"));
    private final OciFixture fixture = new OciFixture();
    private OciRegistry registry;

    @BeforeEach
    void begin() {
        server.start();
        elsewhere.start();
        registry = fixture.withLogin(host() + "/app");
    }

    @AfterEach
    void end() {
        fixture.close();
        server.stop();
        elsewhere.stop();
    }

    @Test
    void allPagesAreOneListingWhicheverWayTheyAreLinked() {
        JsonNode vector = Vectors.of("oci.json").block("pagination").findFirst().orElseThrow();
        List<String> links = List.of("</v2/app/tags/list?last=v1.1.0>; rel=\"next\"", "<https://127.0.0.1/v2/app/tags/list?last=v2.1.0>; title=\"a, b\"; rel=next");
        List<String> urls = List.of(LIST + "?n=10000", LIST + "?last=v1.1.0", LIST + "?last=v2.1.0");
        for (int page = 0; page < 3; page++) {
            ResponseDefinitionBuilder answer = tags(Vectors.texts(vector.path("pages").path(page).path("tags")));
            server.stubFor(get(urlEqualTo(urls.get(page))).willReturn(page < 2 ? answer.withHeader("Link", links.get(page)) : answer));
        }
        assertThat(OciFixture.tags(registry)).containsExactlyInAnyOrderElementsOf(Vectors.texts(vector.path("all")));
    }

    /** As a registry grants them: 1,500 over pages of 100 at most, of which each carries an ETag. */
    @Test
    void fifteenHundredTagsOverPagesAreOneListingAndUnchangedPagesHaveNoBody() {
        List<String> all = IntStream.range(0, 1500).mapToObj(i -> String.format("v1.%04d.0", i)).toList();
        for (int page = 0; page < 15; page++) {
            String url = page == 0 ? LIST + "?n=10000" : LIST + "?n=100&last=" + all.get(page * 100 - 1);
            ResponseDefinitionBuilder answer = tags(all.subList(page * 100, page * 100 + 100)).withHeader("ETag", "\"page-" + page + "\"");
            server.stubFor(get(urlEqualTo(url)).willReturn(page < 14 ? answer.withHeader("Link", "<?n=100&last=" + all.get(page * 100 + 99) + ">; rel=\"next\"") : answer));
            server.stubFor(get(urlEqualTo(url)).atPriority(1).withHeader("If-None-Match", equalTo("\"page-" + page + "\"")).willReturn(status(304)));
        }
        assertThat(OciFixture.tags(registry)).isEqualTo(all);
        int before = asked().size();
        assertThat(OciFixture.tags(registry)).isEqualTo(all);
        assertThat(asked().subList(before, before + 15)).allSatisfy(request -> assertThat(request.getHeader("If-None-Match")).startsWith("\"page-"));
        assertThat(before).isEqualTo(15);
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 405, 422})
    void aRegistryThatRefusesThePageSizeIsAskedForSmallerOnesAndItIsRemembered(int refusal) {
        server.stubFor(get(urlPathEqualTo(LIST)).willReturn(status(refusal).withBody("{\"errors\":[{\"code\":\"PAGINATION_NUMBER_INVALID\"}]}")));
        server.stubFor(get(urlEqualTo(LIST + "?n=100")).willReturn(tags(List.of("v1.0.0"))));
        registry.tags();
        registry.tags();
        assertThat(asked()).extracting(LoggedRequest::getUrl).containsExactly(LIST + "?n=10000", LIST + "?n=1000", LIST + "?n=100", LIST + "?n=100");
    }

    @Test
    void aFullPageWithoutALinkIsAskedOn() {
        server.stubFor(get(urlPathEqualTo(LIST)).willReturn(status(400)));
        List<String> all = IntStream.range(0, 150).mapToObj(i -> String.format("v1.%03d.0", i)).toList();
        server.stubFor(get(urlEqualTo(LIST + "?n=100")).willReturn(tags(all.subList(0, 100))));
        server.stubFor(get(urlEqualTo(LIST + "?n=100&last=v1.099.0")).willReturn(tags(all.subList(100, 150))));
        assertThat(OciFixture.tags(registry)).isEqualTo(all);
        server.stubFor(get(urlEqualTo(LIST + "?n=100&last=v1.099.0")).willReturn(tags(all.subList(0, 100))));
        assertThat(OciFixture.tags(registry)).as("it knows no last").isEqualTo(all.subList(0, 100));
    }

    /** R13, and the last of the vectors. */
    @Test
    void pagesThatNeverEndAreAFailure() {
        server.stubFor(get(urlPathEqualTo(LIST)).willReturn(tags(List.of("v1.0.0")).withHeader("Link", "<" + LIST + "?last=v1.0.0>; rel=\"next\"")));
        assertThat(failure()).hasMessageContaining("lead back to one that was read already");
        WireMockServer endless = new WireMockServer(wireMockConfig().dynamicPort().bindAddress("127.0.0.1").globalTemplating(true));
        endless.start();
        try {
            endless.stubFor(get(urlPathEqualTo(LIST)).willReturn(tags(List.of("v1.0.0")).withHeader("Link", "<{{request.path}}?last={{randomValue length=20}}>; rel=\"next\"")));
            Failure failure = catchThrowableOfType(Failure.class, fixture.anonymous("127.0.0.1:" + endless.port() + "/app")::tags);
            assertThat(failure).hasMessageContaining("more than 200 pages");
        } finally {
            endless.stop();
        }
    }

    /** W43, R12: a login goes to the registry and to nobody whom it names. */
    @Test
    void w43ALoginFollowsNoLinkAndNoRedirect() {
        elsewhere.stubFor(any(anyUrl()).willReturn(tags(List.of("v9.9.9"))));
        wantPassword(tags(List.of("v1.0.0")).withHeader("Link", "<" + elsewhere.baseUrl() + LIST + ">; rel=\"next\""));
        assertThat(failure()).hasMessageContaining("leads to a further page at http://localhost:" + elsewhere.port());
        assertThat(elsewhere.getAllServeEvents()).isEmpty();
        wantPassword(status(307).withHeader("Location", elsewhere.baseUrl() + LIST));
        assertThat(OciFixture.tags(registry)).containsExactly("v9.9.9");
        assertThat(elsewhere.getAllServeEvents()).singleElement().satisfies(event -> assertThat(event.getRequest().getHeaders().getHeader("Authorization").isPresent()).isFalse());
        elsewhere.stubFor(any(anyUrl()).willReturn(status(401).withHeader("WWW-Authenticate", "Basic realm=\"give\"")));
        assertThat(failure()).hasMessageContaining("we were sent on to").hasMessageContaining("is shown nowhere else");
        assertThat(elsewhere.getAllServeEvents()).allSatisfy(event -> assertThat(event.getRequest().getHeaders().getHeader("Authorization").isPresent()).isFalse());
    }

    @Test
    void anIdentityTokenIsPostedToItsRealmAndFollowsNoRedirect() {
        RegistryCredential.IdentityToken identity = new RegistryCredential.IdentityToken(new Secret("identity+secret"));
        server.stubFor(get(urlPathEqualTo(LIST)).willReturn(status(401).withHeader("WWW-Authenticate", "Bearer realm=\"" + server.baseUrl() + "/token\",service=\"a b\"")));
        server.stubFor(get(urlPathEqualTo(LIST)).atPriority(1).withHeader("Authorization", equalTo("Bearer t0ken")).willReturn(tags(List.of("v1.0.0"))));
        server.stubFor(post("/token").willReturn(okJson("{\"access_token\":\"t0ken\"}")));
        OciRegistry withIdentity = identified(identity);
        assertThat(OciFixture.tags(withIdentity)).containsExactly("v1.0.0");
        assertThat(server.getAllServeEvents()).anySatisfy(event -> assertThat(event.getRequest().getBodyAsString())
                .isEqualTo("grant_type=refresh_token&client_id=dewpoint&service=a+b&scope=repository%3Aapp%3Apull&refresh_token=identity%2Bsecret"));
        elsewhere.stubFor(any(anyUrl()).willReturn(okJson("{\"access_token\":\"t0ken\"}")));
        server.stubFor(post("/token").willReturn(status(307).withHeader("Location", elsewhere.baseUrl() + "/token")));
        assertThat(catchThrowableOfType(Failure.class, identified(identity)::tags)).hasMessageContaining("redirects to another place");
        assertThat(elsewhere.getAllServeEvents()).isEmpty();
    }

    /** W44: of the scope only what reads this repository is asked for. */
    @ParameterizedTest
    @ValueSource(strings = {
            "Bearer realm=\"REALM\",service=\"s\",scope=\"repository:app:pull,push\"",
            "bearer realm=\"REALM\", scope=\"repository:app:pull\", service=s",
            "BEARER scope=\"repository:app:pull repository:other:pull,push registry:catalog:*\",service=\"s\",REALM=\"REALM\"",
            "Negotiate, Basic realm=\"a, Bearer realm=\\\"http://evil.example/\\\"\", Bearer realm=\"REALM\",service=\"s\",scope=\"repository:app:pull\",error=\"invalid_token\""})
    void w44AChallengeIsUnderstoodAsItIsMeant(String challenge) {
        wantToken(challenge.replace("\"REALM\"", "\"" + server.baseUrl() + "/token\""));
        assertThat(OciFixture.tags(registry)).containsExactly("v1.0.0");
        assertThat(server.getAllServeEvents()).anySatisfy(event -> assertThat(event.getRequest().getUrl()).isEqualTo("/token?service=s&scope=repository%3Aapp%3Apull"));
    }

    @Test
    void severalHeadersAndScopesOfTheirOwnForListingsAreUnderstood() {
        server.stubFor(get(urlPathEqualTo(LIST)).willReturn(status(401).withHeader("WWW-Authenticate", "Digest nonce=\"x\"", "Bearer realm=\"" + server.baseUrl() + "/token?tenant=1\",scope=\"repository:app:metadata_read\"")));
        server.stubFor(head(urlPathEqualTo("/v2/app/manifests/v1.0.0")).willReturn(status(401).withHeader("WWW-Authenticate", "Bearer realm=\"" + server.baseUrl() + "/token?tenant=1\",scope=\"repository:app:pull\"")));
        for (String scope : List.of("metadata_read", "pull")) {
            server.stubFor(get(urlEqualTo("/token?tenant=1&scope=repository%3Aapp%3A" + scope)).willReturn(okJson("{\"token\":\"for-" + scope + "\",\"expires_in\":3600}")));
        }
        server.stubFor(get(urlPathEqualTo(LIST)).atPriority(1).withHeader("Authorization", equalTo("Bearer for-metadata_read")).willReturn(tags(List.of("v1.0.0"))));
        server.stubFor(head(urlPathEqualTo("/v2/app/manifests/v1.0.0")).atPriority(1).withHeader("Authorization", equalTo("Bearer for-pull")).willReturn(status(404)));
        registry.tags();
        OciFixture.notYet(registry, "v1.0.0");
        int before = server.getAllServeEvents().size();
        registry.tags();
        OciFixture.notYet(registry, "v1.0.0");
        assertThat(server.getAllServeEvents()).as("each knows its scope from then on").hasSize(before + 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer service=\"x\"", "Negotiate", "Bearer realm=\"http://169.254.169.254/token\"", "Bearer realm=\"https://evil.example/token\"", ""})
    void aChallengeThatCantBeAnsweredIsAFailure(String challenge) {
        server.stubFor(get(urlPathEqualTo(LIST)).willReturn(challenge.isEmpty() ? status(401) : status(401).withHeader("WWW-Authenticate", challenge)));
        assertThat(failure().kind()).isEqualTo(Failure.Kind.DENIED);
    }

    @Test
    void anEchoedSecretIsNotRepeated() {
        wantToken("Bearer realm=\"" + server.baseUrl() + "/token\",service=\"s\"");
        server.stubFor(get(urlPathEqualTo("/token")).willReturn(status(403).withBody("{\"errors\":[{\"code\":\"DENIED\",\"message\":\"bad " + OciFixture.LOGIN.secret().value() + " and " + OciFixture.LOGIN.basic() + "\"}]}")));
        assertThat(failure()).hasMessageContaining("DENIED bad *** and").message().doesNotContain(OciFixture.LOGIN.secret().value()).doesNotContain(OciFixture.LOGIN.basic().substring(6));
    }

    @ParameterizedTest
    @ValueSource(strings = {"<html>welcome</html>", "{\"name\":\"app\"}", "{\"tags\":[1,2]}", "{\"tags\":\"v1\"}", "[]", "", "{\"tags\":[\"v1.0.0\"", "{\"tags\":[\"v1.0.0\"]}{}", "{\"tags\":[],\"tags\":[\"v1.0.0\"]}"})
    void whatIsNoListOfTagsIsAFailure(String body) {
        server.stubFor(get(urlPathEqualTo(LIST)).willReturn(ok(body)));
        assertThat(failure()).hasMessageContaining("is no list of tags");
    }

    @Test
    void aBrokenPageIsNoShorterListing() {
        server.stubFor(get(urlPathEqualTo(LIST)).willReturn(tags(List.of("v1.0.0")).withHeader("Link", "<" + LIST + "?last=2>; rel=\"next\"")));
        server.stubFor(get(urlEqualTo(LIST + "?last=2")).willReturn(status(500)));
        assertThat(failure().kind()).isEqualTo(Failure.Kind.UNREACHABLE);
        server.stubFor(get(urlPathEqualTo(LIST)).willReturn(tags(List.of("v1.0.0")).withHeader("Link", LIST + "?last=2; rel=\"next\"")));
        assertThat(failure()).hasMessageContaining("doesn't say where");
    }

    @Test
    void tagsThatNobodyCanSpellAreLeftOutAndAnEmptyRepositoryIsEmpty() {
        server.stubFor(get(urlPathEqualTo(LIST)).willReturn(tags(List.of("v1.0.0", "_x", "../../etc", "a b", "$(id)", "-v", "v1\\n2"))));
        assertThat(OciFixture.tags(registry)).containsExactly("v1.0.0");
        server.stubFor(get(urlPathEqualTo(LIST)).willReturn(okJson("{\"name\":\"app\",\"tags\":null}")));
        assertThat(OciFixture.tags(registry)).isEmpty();
    }

    @Test
    void limitsAreObeyed() {
        server.stubFor(get(urlPathEqualTo(LIST)).willReturn(status(429).withHeader("Retry-After", "17")));
        assertThat(failure().patience()).contains(Duration.ofSeconds(17));
        server.stubFor(get(urlPathEqualTo(LIST)).willReturn(tags(List.of("v1.0.0")).withHeader("RateLimit-Limit", "100;w=21600").withHeader("RateLimit-Remaining", "0;w=21600")));
        registry.tags();
        int before = asked().size();
        for (int poll = 0; poll < 29; poll++) {
            fixture.time.advance(Duration.ofSeconds(10));
            assertThat(OciFixture.tags(registry)).containsExactly("v1.0.0");
        }
        assertThat(asked()).hasSize(before);
        fixture.time.advance(Duration.ofSeconds(10));
        registry.tags();
        assertThat(asked()).hasSize(before + 1);
    }

    /** W42: what a repository grants to pulls is not spent by polls, so it doesn't slow them either. */
    @Test
    void w42LookingAtATagIsAHeadAndItsQuotaSlowsNoPolls() {
        String index = index();
        server.stubFor(get(urlPathEqualTo(LIST)).willReturn(tags(List.of("v1.0.0"))));
        server.stubFor(head(urlPathEqualTo("/v2/app/manifests/v1.0.0")).willReturn(ok().withHeader("Docker-Content-Digest", digest(index)).withHeader("RateLimit-Limit", "100;w=21600").withHeader("RateLimit-Remaining", "20;w=21600")));
        server.stubFor(get(urlPathEqualTo("/v2/app/manifests/" + digest(index))).willReturn(ok(index).withHeader("Content-Type", INDEX_TYPE)));
        for (int poll = 0; poll < 6 * 60; poll++) {
            registry.tags();
            assertThat(OciFixture.image(registry, "v1.0.0").manifest()).hasToString(IMAGE);
            fixture.time.advance(Duration.ofSeconds(10));
        }
        Map<String, Long> counted = server.getAllServeEvents().stream().map(event -> event.getRequest().getMethod() + " " + event.getRequest().getUrl().replaceAll(".*/(tags|manifests)/.*", "$1")).collect(Collectors.groupingBy(line -> line, Collectors.counting()));
        assertThat(counted).as("an hour at 10 s").containsExactlyInAnyOrderEntriesOf(Map.of("GET tags", 360L, "HEAD manifests", 6L, "GET manifests", 1L));
    }

    /** V13: nothing that a registry says of its bytes is believed. */
    @Test
    void v13ADigestThatIsNotThatOfTheBytesIsCorrupt() {
        server.stubFor(get(urlPathEqualTo(LIST)).willReturn(tags(List.of("v1.0.0"))));
        server.stubFor(head(urlPathEqualTo("/v2/app/manifests/v1.0.0")).willReturn(ok().withHeader("Docker-Content-Digest", IMAGE)));
        server.stubFor(get(urlPathEqualTo("/v2/app/manifests/" + IMAGE)).willReturn(ok(index()).withHeader("Docker-Content-Digest", IMAGE)));
        registry.tags();
        Failure failure = catchThrowableOfType(Failure.class, () -> registry.resolve(OciFixture.version("v1.0.0")));
        assertThat(failure.kind()).isEqualTo(Failure.Kind.CORRUPT);
        assertThat(failure).hasMessageContaining("is announced as " + IMAGE + " and is " + digest(index()));
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 405})
    void aRegistryWhoseHeadSaysNothingIsAskedByGet(int status) {
        server.stubFor(get(urlPathEqualTo(LIST)).willReturn(tags(List.of("v1.0.0"))));
        server.stubFor(head(urlPathEqualTo("/v2/app/manifests/v1.0.0")).willReturn(status(status)));
        server.stubFor(get(urlPathEqualTo("/v2/app/manifests/v1.0.0")).willReturn(ok(index())));
        registry.tags();
        assertThat(OciFixture.image(registry, "v1.0.0").manifest()).hasToString(IMAGE);
        server.stubFor(get(urlPathEqualTo("/v2/app/manifests/v1.0.0")).willReturn(ok(index()).withHeader("Docker-Content-Digest", IMAGE)));
        fixture.time.advance(Duration.ofMinutes(10));
        assertThat(catchThrowableOfType(Failure.class, () -> registry.resolve(OciFixture.version("v1.0.0"))).kind()).isEqualTo(Failure.Kind.CORRUPT);
    }

    /** V14, V15, and what else is published under versions. */
    @Test
    void v15WhatIsNoImageIsNotThereYetAndSaysWhatItIs() {
        Map<String, String> others = Map.of("{\"schemaVersion\":1,\"fsLayers\":[]}", "schema 1", "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/vnd.cncf.helm.config.v1+json\"}}", "no image but application/vnd.cncf.helm.config.v1+json",
                "{\"schemaVersion\":2,\"manifests\":[]}", "nor for any other platform", "{}", "something without a configuration");
        server.stubFor(get(urlPathEqualTo(LIST)).willReturn(tags(List.of("v1.0.0"))));
        others.forEach((manifest, why) -> {
            server.stubFor(head(urlPathEqualTo("/v2/app/manifests/v1.0.0")).willReturn(ok().withHeader("Docker-Content-Digest", digest(manifest))));
            server.stubFor(get(urlPathEqualTo("/v2/app/manifests/" + digest(manifest))).willReturn(ok(manifest)));
            registry.tags();
            assertThat(OciFixture.notYet(registry, "v1.0.0").why()).contains(why);
        });
    }

    @Test
    void ofItsVariantsTheOneThatEveryProcessorRunsIsTaken() {
        String index = "{\"schemaVersion\":2,\"manifests\":[" + entry("c", "amd64", "v3", "") + "," + entry("d", "unknown", "", "") + "," + entry("b", "amd64", "", "\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\"},") + "," + entry("a", "amd64", "", "") + "]}";
        server.stubFor(get(urlPathEqualTo(LIST)).willReturn(tags(List.of("v1.0.0"))));
        server.stubFor(head(urlPathEqualTo("/v2/app/manifests/v1.0.0")).willReturn(ok().withHeader("Docker-Content-Digest", digest(index))));
        server.stubFor(get(urlPathEqualTo("/v2/app/manifests/" + digest(index))).willReturn(ok(index)));
        registry.tags();
        assertThat(OciFixture.image(registry, "v1.0.0").manifest()).hasToString(IMAGE);
    }

    private OciRegistry identified(RegistryCredential.IdentityToken identity) {
        try {
            Files.writeString(directory.resolve("config.json"), "{\"auths\":{\"" + host() + "\":{\"identitytoken\":\"" + identity.secret().value() + "\"}}}");
            return fixture.registry(OciRepository.parse(host() + "/app", Optional.empty(), Set.of()), new RegistryCredentials.Given(Optional.of(directory), Optional.empty(), Optional.empty(), Map.of()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void wantPassword(ResponseDefinitionBuilder answer) {
        server.resetAll();
        server.stubFor(get(urlPathEqualTo(LIST)).willReturn(status(401).withHeader("WWW-Authenticate", "Basic realm=\"x\"")));
        server.stubFor(get(urlPathEqualTo(LIST)).atPriority(1).withHeader("Authorization", equalTo(OciFixture.LOGIN.basic())).willReturn(answer));
    }

    private void wantToken(String challenge) {
        server.stubFor(get(urlPathEqualTo(LIST)).willReturn(status(401).withHeader("WWW-Authenticate", challenge)));
        server.stubFor(get(urlPathEqualTo("/token")).willReturn(okJson("{\"token\":\"t0ken\",\"expires_in\":300}")));
        server.stubFor(get(urlPathEqualTo(LIST)).atPriority(1).withHeader("Authorization", equalTo("Bearer t0ken")).willReturn(tags(List.of("v1.0.0"))));
    }

    private Failure failure() {
        return catchThrowableOfType(Failure.class, registry::tags);
    }

    private String host() {
        return "127.0.0.1:" + server.port();
    }

    private List<LoggedRequest> asked() {
        return server.getAllServeEvents().reversed().stream().map(event -> event.getRequest()).filter(request -> request.getMethod().equals(RequestMethod.GET) && request.getUrl().startsWith(LIST)).toList();
    }

    private static ResponseDefinitionBuilder tags(List<String> tags) {
        return aResponse().withHeader("Content-Type", "application/json").withBody("{\"name\":\"app\",\"tags\":[" + tags.stream().map(tag -> "\"" + tag + "\"").collect(Collectors.joining(",")) + "]}");
    }

    private static String index() {
        return "{\"schemaVersion\":2,\"mediaType\":\"" + INDEX_TYPE + "\",\"manifests\":[" + entry("a", "amd64", "", "") + "]}";
    }

    private static String entry(String letter, String architecture, String variant, String more) {
        String os = architecture.equals("unknown") ? "unknown" : "linux";
        return "{" + more + "\"digest\":\"sha256:" + letter.repeat(64) + "\",\"size\":1,\"platform\":{\"os\":\"" + os + "\",\"architecture\":\"" + architecture + "\"" + (variant.isEmpty() ? "" : ",\"variant\":\"" + variant + "\"") + "}}";
    }

    private static String digest(String text) {
        MessageDigest hasher = Digest.Algorithm.SHA256.hasher();
        hasher.update(text.getBytes(StandardCharsets.UTF_8));
        return Digest.of(Digest.Algorithm.SHA256, hasher).toString();
    }
}
