package dev.dewpoint.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Commands;
import dev.dewpoint.host.Secret;
import dev.dewpoint.host.Time;
import dev.dewpoint.release.Digest;
import dev.dewpoint.testing.Image;
import dev.dewpoint.testing.RegistryServer;
import dev.dewpoint.testing.TokenServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against real registries that want to know who asks. */
class OciLoginTest {
    private static final String USER = OciFixture.LOGIN.user();
    private static final String PASSWORD = OciFixture.LOGIN.secret().value();

    @TempDir
    private Path temp;

    private final OciFixture fixture = new OciFixture();

    @AfterEach
    void end() {
        fixture.close();
    }

    @Test
    void aPasswordIsShownOnceItIsAskedFor() {
        try (RegistryServer server = RegistryServer.withBasicAuth(USER, PASSWORD)) {
            Digest digest = server.push("app", "v1.0.0", Image.scratch());
            OciRegistry registry = fixture.withLogin(server.host() + "/app");
            assertThat(OciFixture.tags(registry)).containsExactly("v1.0.0");
            assertThat(OciFixture.image(registry, "v1.0.0").manifest()).isEqualTo(digest);
            assertThat(server.requests()).as("it is refused once").filteredOn(line -> line.endsWith(" 401")).hasSize(1);
        }
    }

    @Test
    void aMissingOrWrongPasswordIsAFailureWithItsRemedy() {
        try (RegistryServer server = RegistryServer.withBasicAuth(USER, PASSWORD)) {
            server.push("app", "v1.0.0", Image.scratch());
            Failure missing = catchThrowableOfType(Failure.class, fixture.anonymous(server.host() + "/app")::tags);
            assertThat(missing.kind()).isEqualTo(Failure.Kind.DENIED);
            assertThat(missing).hasMessageContaining("none is given").hasMessageContaining("docker login " + server.host()).hasMessageContaining("DOCKER_USERNAME");
            RegistryCredential.Password wrong = new RegistryCredential.Password(USER, new Secret("wrong-password"));
            OciRegistry registry = fixture.registry(OciRepository.parse(server.host() + "/app", Optional.empty(), Set.of()), new RegistryCredentials.Given(Optional.empty(), Optional.of(wrong), Optional.empty(), Map.of()));
            Failure refused = catchThrowableOfType(Failure.class, registry::tags);
            assertThat(refused.kind()).isEqualTo(Failure.Kind.DENIED);
            assertThat(refused).hasMessageContaining("may not read").message().doesNotContain("wrong-password");
        }
    }

    @Test
    void aTokenIsFetchedOnceAndRenewedBeforeItExpires() {
        try (TokenServer tokens = TokenServer.start(temp, USER, PASSWORD, Duration.ofMinutes(5)); RegistryServer server = RegistryServer.withTokens(tokens)) {
            Digest digest = server.push("team/app", "v1.0.0", Image.scratch());
            OciRegistry registry = fixture.withLogin(server.host() + "/team/app");
            assertThat(OciFixture.tags(registry)).containsExactly("v1.0.0");
            assertThat(OciFixture.image(registry, "v1.0.0").manifest()).isEqualTo(digest);
            assertThat(tokens.asked()).singleElement().satisfies(asked -> {
                assertThat(asked.parameters()).containsExactlyInAnyOrderEntriesOf(Map.of("service", "registry.test", "scope", "repository:team/app:pull"));
                assertThat(asked.authorization()).contains(OciFixture.LOGIN.basic());
            });
            assertThat(server.requests()).filteredOn(line -> line.endsWith(" 401")).hasSize(1);
            for (int poll = 0; poll < 28; poll++) {
                fixture.time.advance(Duration.ofSeconds(10));
                registry.tags();
            }
            assertThat(tokens.asked()).hasSize(1);
            fixture.time.advance(Duration.ofSeconds(11));
            registry.tags();
            assertThat(tokens.asked()).as("ten seconds early").hasSize(2);
            assertThat(server.requests()).as("without being refused").filteredOn(line -> line.endsWith(" 401")).hasSize(1);
        }
    }

    @Test
    void aRefusedTokenIsReplacedAtOnce() {
        try (TokenServer tokens = TokenServer.start(temp, USER, PASSWORD, Duration.ofSeconds(1)); RegistryServer server = RegistryServer.withTokens(tokens)) {
            server.push("app", "v1.0.0", Image.scratch());
            OciRegistry registry = fixture.withLogin(server.host() + "/app");
            // by our clock the token never grows old
            for (int poll = 0; poll < 3; poll++) {
                assertThat(OciFixture.tags(registry)).containsExactly("v1.0.0");
            }
        }
    }

    @Test
    void aRefusalByTheTokenServerIsAFailureWithItsRemedy() {
        try (TokenServer tokens = TokenServer.start(temp, USER, "another-password", Duration.ofMinutes(5)); RegistryServer server = RegistryServer.withTokens(tokens)) {
            Failure refused = catchThrowableOfType(Failure.class, fixture.withLogin(server.host() + "/app")::tags);
            assertThat(refused.kind()).isEqualTo(Failure.Kind.DENIED);
            assertThat(refused).hasMessageContaining("the login for " + server.host() + " was refused").hasMessageContaining("incorrect username or password").hasMessageContaining("docker login")
                    .message().doesNotContain(PASSWORD);
            Failure anonymous = catchThrowableOfType(Failure.class, fixture.anonymous(server.host() + "/app")::tags);
            assertThat(anonymous).hasMessageContaining("nobody may read it without a login");
        }
    }

    @Test
    void dockersSettingsGoBeforeTheEnvironment() throws IOException {
        write("{\"auths\":{\"registry.example:5000\":{\"auth\":\"" + base64("in-file:s3cret:with colon") + "\"},\"https://index.docker.io/v1/\":{\"identitytoken\":\"id-token\",\"auth\":\"" + base64("a:b") + "\"},"
                + "\"https://old.example/v1/\":{\"username\":\"plain\",\"password\":\"text\"},\"empty.example\":{}}}");
        RegistryCredentials credentials = credentials(Map.of());
        assertThat(credentials.forHost("registry.example:5000")).contains(new RegistryCredential.Password("in-file", new Secret("s3cret:with colon")));
        assertThat(credentials.forHost("docker.io")).contains(new RegistryCredential.IdentityToken(new Secret("id-token")));
        assertThat(credentials.forHost("old.example")).contains(new RegistryCredential.Password("plain", new Secret("text")));
        assertThat(credentials.forHost("empty.example")).contains(OciFixture.LOGIN);
        assertThat(credentials.forHost("registry.example")).as("another port is another registry").contains(OciFixture.LOGIN);
        assertThat(credentials.forHost("registry.example:5000").toString()).doesNotContain("s3cret");
        write("{}");
        assertThat(credentials.forHost("registry.example:5000")).as("read anew").contains(OciFixture.LOGIN);
    }

    @Test
    void credentialHelpersAreAskedOnePerHostAndThenTheCommonOne() throws IOException {
        Path log = temp.resolve("asked");
        helper("special", "host=$(cat); echo \"special $host\" >> '" + log + "'; echo '{\"ServerURL\":\"x\",\"Username\":\"helped\",\"Secret\":\"s3cret\"}'");
        helper("common", "host=$(cat); echo \"common $host\" >> '" + log + "'; case $host in hub*) echo '{\"Username\":\"<token>\",\"Secret\":\"id-token\"}';; *) echo 'credentials not found in native keychain'; exit 1;; esac");
        write("{\"credHelpers\":{\"registry.example\":\"special\"},\"credsStore\":\"common\",\"auths\":{\"third.example\":{\"auth\":\"" + base64("from:file") + "\"}}}");
        RegistryCredentials credentials = credentials(Map.of("PATH", temp + ":/usr/bin:/bin"));
        assertThat(credentials.forHost("registry.example")).contains(new RegistryCredential.Password("helped", new Secret("s3cret")));
        assertThat(credentials.forHost("hub.example")).contains(new RegistryCredential.IdentityToken(new Secret("id-token")));
        assertThat(credentials.forHost("third.example")).contains(new RegistryCredential.Password("from", new Secret("file")));
        assertThat(credentials.forHost("docker.io")).contains(OciFixture.LOGIN);
        assertThat(Files.readAllLines(log)).containsExactly("special registry.example", "common hub.example", "common third.example", "common https://index.docker.io/v1/");
    }

    @Test
    void aHelperOrFileThatFailsIsAFailureWithoutItsSecrets() throws IOException {
        helper("broken", "echo 's3cret'; echo 's3cret' >&2; exit 3");
        helper("babbling", "echo 's3cret'");
        Map<String, String> environment = Map.of("PATH", temp + ":/usr/bin:/bin");
        for (String settings : List.of("{\"credsStore\":\"broken\"}", "{\"credsStore\":\"babbling\"}", "{\"credsStore\":\"nowhere\"}", "{\"credsStore\":\"x; touch s3cret\"}", "{\"auths\":{\"a.example\":{\"auth\":\"s3cret!\"}}}",
                "{\"auths\":{\"a.example\":{\"auth\":\"" + base64("s3cret") + "\"}}}", "{\"s3cret", "[\"s3cret\"]")) {
            write(settings);
            Failure failure = catchThrowableOfType(Failure.class, () -> credentials(environment).forHost("a.example"));
            assertThat(failure).as(settings).isNotNull().hasMessageStartingWith("Tried to ").message().doesNotContain("s3cret");
            assertThat(failure.kind()).isEqualTo(Failure.Kind.DENIED);
        }
        assertThat(temp.resolve("s3cret")).doesNotExist();
    }

    private RegistryCredentials credentials(Map<String, String> environment) {
        return new RegistryCredentials(new RegistryCredentials.Given(Optional.of(temp), Optional.of(OciFixture.LOGIN), Optional.empty(), environment), new Commands(Time.system()));
    }

    private void write(String settings) throws IOException {
        Files.writeString(temp.resolve("config.json"), settings);
    }

    private void helper(String name, String script) throws IOException {
        Path file = temp.resolve("docker-credential-" + name);
        Files.writeString(file, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
