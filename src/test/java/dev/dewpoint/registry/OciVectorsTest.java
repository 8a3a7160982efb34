package dev.dewpoint.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Commands;
import dev.dewpoint.host.Secret;
import dev.dewpoint.host.Time;
import dev.dewpoint.testing.Vectors;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is known of names, headers and logins. */
class OciVectorsTest {
    private static final Vectors VECTORS = Vectors.of("oci.json");

    static Stream<JsonNode> urls() {
        return VECTORS.block("normalize_url");
    }

    @ParameterizedTest
    @MethodSource("urls")
    void aUrlLeadsToItsRegistryAndRepository(JsonNode vector) {
        OciRepository repository = parse(vector.path("url").asText().replaceFirst("\\?.*", ""));
        assertThat(repository.origin().host() + (repository.origin().port() == 443 ? "" : ":" + repository.origin().port())).isEqualTo(vector.path("registry").asText());
        assertThat(repository.path()).isEqualTo(vector.path("repository").asText());
    }

    static Stream<JsonNode> wrongUrls() {
        return VECTORS.block("url_errors");
    }

    @ParameterizedTest
    @MethodSource("wrongUrls")
    void aUrlWithoutARegistryOrRepositoryIsWrong(JsonNode vector) {
        assertThatThrownBy(() -> parse(vector.path("url").asText())).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("img://HOST/REPO");
    }

    /** The shorthand that Docker itself understands. */
    @ParameterizedTest
    @CsvSource({"nginx, docker.io/library/nginx", "myuser/myapp, docker.io/myuser/myapp", "team.example/app, team.example/app", "localhost/app, localhost/app", "LOCALHOST:5000/app, localhost:5000/app", "ghcr.io/o/r/, ghcr.io/o/r"})
    void namesAreReadAsDockerReadsThem(String text, String name) {
        assertThat(parse(text).name()).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ghcr.io/o/app:latest", "ghcr.io/o/app@sha256:ab", "ghcr.io/O/app", "ghcr.io/../app", "ghcr.io/o//app", "ghcr.io/o/app#x", "user:pw@host.example/app", "host.example:5000", "-x.example/app", "ghcr.io/o/a b", "host.example:99999999/app"})
    void whatNoRepositoryCanBeCalledIsRefused(String text) {
        assertThatThrownBy(() -> parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    static Stream<JsonNode> schemes() {
        return VECTORS.block("derived_scheme");
    }

    @ParameterizedTest
    @MethodSource("schemes")
    void plainHttpIsForThisHostAlone(JsonNode vector) {
        String scheme = vector.has("note") ? "https" : vector.path("scheme").asText();
        assertThat(parse(vector.path("registry").asText() + "/app").origin().scheme()).isEqualTo(scheme);
        assertThat(OciRepository.parse(vector.path("registry").asText() + "/app", Optional.of(true), Set.of()).origin().scheme()).isEqualTo("http");
    }

    static Stream<JsonNode> links() {
        return Stream.concat(VECTORS.block("next_link"), VECTORS.block("derived_next_link_hazards"));
    }

    /** W44. */
    @ParameterizedTest
    @MethodSource("links")
    void w44TheNextPageIsFoundWhateverElseTheLinkCarries(JsonNode vector) {
        String expected = vector.path("next").asText(vector.path("should").asText());
        String base = "https://" + vector.path("registry").asText() + "/v2/x/tags/list";
        List<String> header = List.of(vector.path("link").asText());
        Optional<String> next = LinkHeader.next(header).map(reference -> URI.create(base).resolve(reference).toString());
        switch (expected) {
            case "" -> assertThat(next).isEmpty();
            case "resolved against the request URL" -> assertThat(next).contains("https://ghcr.io/v2/x/tags/tags/list?last=a");
            default -> {
                if (expected.startsWith("refuse")) {
                    assertThat(next).as("refused where it is followed").contains(vector.path("dewy_next").asText());
                } else {
                    assertThat(next).contains(expected);
                }
            }
        }
        assertThat(LinkHeader.isGarbled(header)).isEqualTo(!header.getFirst().contains("<") && header.getFirst().contains("next"));
    }

    static Stream<JsonNode> logins() {
        return Stream.of(VECTORS.block("registry_credentials_for_listing"), VECTORS.block("registry_credentials_for_docker_login").filter(vector -> !vector.path("env").has("AWS_ECR_PASSWORD") && !vector.path("env").has("GCR_TOKEN")),
                VECTORS.block("derived_credential_precedence_conflict")).flatMap(all -> all);
    }

    /** The same login for the listing and for the pull. */
    @ParameterizedTest
    @MethodSource("logins")
    void theEnvironmentGivesALogin(JsonNode vector) {
        JsonNode env = vector.path("env");
        Optional<RegistryCredential.Password> login = Vectors.text(env.path("DOCKER_USERNAME")).map(user -> new RegistryCredential.Password(user, new Secret(env.path("DOCKER_PASSWORD").asText())));
        RegistryCredentials.Given given = new RegistryCredentials.Given(Optional.empty(), login, Vectors.text(env.path("GITHUB_TOKEN")).map(Secret::new), Map.of());
        Optional<RegistryCredential> found = new RegistryCredentials(given, new Commands(Time.system())).forHost(vector.path("registry").asText());
        String expected = vector.has("listing_uses") ? vector.path("listing_uses").asText() : vector.path("user").asText() + ":" + vector.path("pass").asText();
        String actual = found.map(RegistryCredential.Password.class::cast).map(password -> password.user() + ":" + password.secret().value()).orElse(":");
        assertThat(actual).isEqualTo(expected);
        assertThat(given.toString() + found).doesNotContain("ghp_x", "testpass");
    }

    /** W45: which address a realm's name has says nothing; whose it is does. */
    @ParameterizedTest
    @CsvSource({
            "ghcr.io/o/r, https://ghcr.io/token",
            "nginx, https://auth.docker.io/token",
            "registry.gitlab.com/g/p, https://gitlab.com/jwt/auth",
            "registry.corp.example/app, https://gitlab.corp.example/jwt/auth",
            "registry.corp.example:5000/app, https://registry.corp.example/token",
            "10.0.0.5:5000/app, https://10.0.0.5:8443/token",
            "127.0.0.1:5000/app, http://127.0.0.1:5001/token",
            "registry.one.example/app, https://sso.other.example/token",
            "registry.one.example/app, https://sso.third.example:8443/token"})
    void w45ATokenMayComeFromTheRegistrysDomainOrWhereTheOperatorSays(String place, String realm) {
        OciRepository repository = OciRepository.parse(place, Optional.empty(), Set.of("sso.other.example", "sso.third.example:8443"));
        assertThat(OciRealm.checked("test", repository, realm)).hasToString(realm);
    }

    /** R09 to R11. */
    @ParameterizedTest
    @CsvSource({
            "ghcr.io/o/r, https://evil.example/token, auth-realm=evil.example",
            "ghcr.io/o/r, https://ghcr.io.evil.example/token, auth-realm=",
            "user.github.io/app, https://other.github.io/token, auth-realm=",
            "registry.one.example/app, https://sso.third.example:9443/token, auth-realm=",
            "ghcr.io/o/r, http://ghcr.io/token, without TLS",
            "ghcr.io/o/r, http://169.254.169.254/latest/meta-data, auth-realm=",
            "10.0.0.5:5000/app, https://10.0.0.1/token, auth-realm=",
            "10.0.0.5:5000/app, https://[::1]/token, auth-realm=",
            "ghcr.io/o/r, https://user:pw@ghcr.io/token, user name",
            "ghcr.io/o/r, file:///etc/passwd, no http or https URL",
            "ghcr.io/o/r, /token, no http or https URL",
            "registry.one.example/app, http://sso.other.example/token, without TLS"})
    void r09ToR11ATokenIsAskedForNowhereElse(String place, String realm, String message) {
        OciRepository repository = OciRepository.parse(place, Optional.empty(), Set.of("sso.other.example", "sso.third.example:8443"));
        assertThatThrownBy(() -> OciRealm.checked("test", repository, realm)).isInstanceOf(Failure.class).hasMessageContaining(message);
    }

    @Test
    void whoAllowsPlainHttpAllowsItForTheTokenOfTheSameHost() {
        OciRepository repository = OciRepository.parse("registry.lan:5000/app", Optional.of(true), Set.of("sso.lan"));
        assertThat(OciRealm.checked("test", repository, "http://registry.lan:5001/token")).isNotNull();
        assertThat(OciRealm.checked("test", repository, "http://sso.lan/token")).isNotNull();
        assertThatThrownBy(() -> OciRealm.checked("test", repository, "http://other.lan/token")).isInstanceOf(Failure.class);
    }

    private static OciRepository parse(String text) {
        return OciRepository.parse(text.replaceFirst("^img://", ""), Optional.empty(), Set.of());
    }
}
