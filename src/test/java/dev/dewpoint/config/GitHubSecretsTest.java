package dev.dewpoint.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dewpoint.host.Secret;
import dev.dewpoint.registry.GitHubAccess;
import dev.dewpoint.testing.Vectors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GitHubSecretsTest {
    private static final String KEY = key();

    private final Problems problems = new Problems();

    static Stream<JsonNode> tokens() {
        return Vectors.of("github_auth.json").block("pat");
    }

    /** Unlike dewy, nothing at all is enough for a public repository. */
    @ParameterizedTest
    @MethodSource("tokens")
    void tokensAndEndpointsAreFoundAsTheirUsersExpect(JsonNode vector) {
        Map<String, String> environment = new HashMap<>();
        vector.path("env").propertyStream().forEach(entry -> environment.put(entry.getKey(), entry.getValue().asText()));
        GitHubAccess access = read(environment);
        assertThat(problems.list()).isEmpty();
        assertThat(access.as()).isEqualTo(vector.has("error") ? new GitHubAccess.As.Anonymous() : new GitHubAccess.As.Token(new Secret(environment.get("GITHUB_TOKEN"))));
        assertThat(access.api().toString()).isEqualTo(vector.path("base").asText("https://api.github.com/"));
    }

    static Stream<JsonNode> apps() {
        return Vectors.of("github_auth.json").block("app");
    }

    @ParameterizedTest
    @MethodSource("apps")
    void anAppIsConfiguredWholeOrItIsAProblem(JsonNode vector) {
        Map<String, String> environment = new HashMap<>();
        for (String entry : Vectors.texts(vector.path("env"))) {
            int equals = entry.indexOf('=');
            environment.put(equals < 0 ? entry : entry.substring(0, equals), equals < 0 ? KEY : entry.substring(equals + 1));
        }
        GitHubAccess access = read(environment);
        if (vector.path("ok").asBoolean()) {
            assertThat(problems.list()).isEmpty();
            assertThat(access.as()).isInstanceOfSatisfying(GitHubAccess.As.App.class, app -> {
                assertThat(app.id()).isEqualTo(123456);
                assertThat(app.installation()).isEqualTo(789012);
            });
        } else if (vector.has("error")) {
            String hint = vector.path("error").asText().replace(" id", "_id").replace(' ', '_');
            assertThat(problems.list()).singleElement().asString().containsIgnoringCase(vector.path("error").isTextual() ? hint : "it is no number");
        } else {
            assertThat(problems.list()).isEmpty();
            assertThat(access.as()).isEqualTo(new GitHubAccess.As.Anonymous());
        }
    }

    @Test
    void theShorterNameOfTheTokenGoesFirst() {
        assertThat(read(Map.of("GH_TOKEN", "a", "GITHUB_TOKEN", "b")).as()).isEqualTo(new GitHubAccess.As.Token(new Secret("a")));
    }

    @Test
    void anAppGoesBeforeAToken() {
        Map<String, String> environment = new HashMap<>(Map.of("GITHUB_TOKEN", "t", "GITHUB_APP_ID", "1", "GITHUB_APP_INSTALLATION_ID", "2", "GITHUB_APP_PRIVATE_KEY", KEY));
        assertThat(read(environment).as()).isInstanceOf(GitHubAccess.As.App.class);
    }

    @Test
    void theKeyMayStandInAFileAndTheOneInTheEnvironmentGoesFirst(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("app.pem"), KEY);
        Map<String, String> environment = new HashMap<>(Map.of("GITHUB_APP_ID", "1", "GITHUB_APP_INSTALLATION_ID", "2", "GITHUB_APP_PRIVATE_KEY_PATH", file.toString()));
        assertThat(read(environment).as()).isInstanceOf(GitHubAccess.As.App.class);
        Files.writeString(file, "damaged");
        environment.put("GITHUB_APP_PRIVATE_KEY", KEY.replace("\n", "\\n"));
        assertThat(read(environment).as()).isInstanceOf(GitHubAccess.As.App.class);
        assertThat(problems.list()).isEmpty();
    }

    @Test
    void aDamagedKeyIsAProblemThatDoesNotShowIt() {
        read(Map.of("GITHUB_APP_ID", "1", "GITHUB_APP_INSTALLATION_ID", "2", "GITHUB_APP_PRIVATE_KEY", KEY.substring(0, 200)));
        assertThat(problems.list()).singleElement().asString().startsWith("GITHUB_APP_PRIVATE_KEY: it is no key in PEM form").doesNotContain(KEY.substring(40, 60));
    }

    @Test
    void anEndpointGetsItsSlashAndMustBeAnAddress() {
        assertThat(read(Map.of("GITHUB_API_URL", "https://github.example.com/api/v3")).api()).hasToString("https://github.example.com/api/v3/");
        read(Map.of("GITHUB_API_URL", "github.example.com"));
        assertThat(problems.list()).singleElement().asString().startsWith("GITHUB_API_URL github.example.com: it is no http or https URL");
    }

    private GitHubAccess read(Map<String, String> environment) {
        return GitHubSecrets.read(new Secrets(environment, problems), problems);
    }

    private static String key() {
        try {
            byte[] bytes = KeyPairGenerator.getInstance("RSA").generateKeyPair().getPrivate().getEncoded();
            return "-----BEGIN PRIVATE KEY-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes) + "\n-----END PRIVATE KEY-----";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
