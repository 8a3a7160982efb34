package dev.dewpoint.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dewpoint.host.Secret;
import dev.dewpoint.registry.RegistryCredential;
import dev.dewpoint.registry.RegistryCredentials;
import dev.dewpoint.release.Tag;
import dev.dewpoint.release.VersionOrder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code img://}, and who we are there. */
class ImageUrlTest {
    @Test
    void itsOptionsAreUnderstood() {
        RegistryUrl.Image image = image("img://registry.lan:5000/team/app?pre-release=true&constraint=^1.4&insecure=true&auth-realm=sso.lan,SSO2.lan:8443&slot-pattern={version}-{slot}");
        assertThat(image.repository().name()).isEqualTo("registry.lan:5000/team/app");
        assertThat(image.repository().plain()).isTrue();
        assertThat(image.repository().realms()).containsExactlyInAnyOrder("sso.lan", "sso2.lan:8443");
        assertThat(image.options().preRelease()).isTrue();
        assertThat(image.options().constraint()).contains("^1.4");
        assertThat(image.source()).isEqualTo("img://registry.lan:5000/team/app");
        assertThat(image.name()).isEqualTo("app");
        assertThat(image.order(VersionOrder.semver()).parse(new Tag("v1.2.0-blue")).orElseThrow().slot()).contains("blue");
        assertThat(image("img://nginx").source()).isEqualTo("img://docker.io/library/nginx");
        assertThat(image("img://127.0.0.1:5000/app").repository().plain()).isTrue();
        assertThat(image("img://127.0.0.1:5000/app?insecure=false").repository().plain()).isFalse();
    }

    @Test
    void theImagesOfTheLocalEngineHaveTheirOwn() {
        RegistryUrl.Local local = (RegistryUrl.Local) RegistryUrl.parse("docker://registry.lan:5000/team/shop?constraint=^1.4&pre-release=true");
        assertThat(local.source()).isEqualTo("docker://registry.lan:5000/team/shop");
        assertThat(local.name()).isEqualTo("shop");
        assertThat(local.isOfImages()).isTrue();
        assertThat(local.options().constraint()).contains("^1.4");
        assertThat(local.order(VersionOrder.semver()).parse(new Tag("v1.2.0_blue")).orElseThrow().slot()).contains("blue");
        Map<String, String> wrong = Map.of("docker://shop:v1", "leave out the tag", "docker://Shop", "docker build", "docker://", "docker build", "docker://shop?insecure=true", "no option insecure");
        wrong.forEach((url, message) -> assertThatThrownBy(() -> RegistryUrl.parse(url)).as(url).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message));
    }

    @Test
    void whatIsWrongWithItIsSaid(@TempDir Path temp) throws IOException {
        Path noCertificate = Files.writeString(temp.resolve("ca.pem"), "nonsense");
        Map<String, String> wrong = Map.of("img://ghcr.io", "the repository is missing", "img://ghcr.io/o/app:v1", "leave out the tag", "img://ghcr.io/o/app?artifact=x", "has no option artifact",
                "img://ghcr.io/o/app?auth-realm=a/b", "auth-realm", "img://ghcr.io/o/app?ca=/nowhere/ca.pem", "/nowhere/ca.pem can't be read", "img://ghcr.io/o/app?ca=" + noCertificate, "holds none",
                "img://ghcr.io/o/app?slot-pattern={version}", "{version} and {slot}", "img://ghcr.io/o/app?insecure=maybe", "true or false", "img://", "img://HOST/REPO");
        wrong.forEach((url, message) -> assertThatThrownBy(() -> RegistryUrl.parse(url)).as(url).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message));
    }

    @Test
    void assetsRefusesImagesAndNamesTheCommandForThem() {
        Problems problems = new Problems();
        Flags flags = new Flags(Map.of("--registry", List.of("img://nginx")), Map.of(), Map.of(), List.of());
        assertThat(new SettingsReader(flags, problems, new Secrets(Map.of(), problems), Path.of("/tmp")).read()).isEmpty();
        assertThat(problems.list()).singleElement().asString().contains("dewpoint container");
    }

    @Test
    void theLoginIsFoundInTheEnvironment(@TempDir Path temp) throws IOException {
        Path file = Files.writeString(temp.resolve("password"), "s3cret\n");
        Problems problems = new Problems();
        Secrets secrets = new Secrets(Map.of("DOCKER_USERNAME", "dew", "DOCKER_PASSWORD_FILE", file.toString(), "GITHUB_TOKEN", "ghp", "HOME", "/home/dew"), problems);
        RegistryCredentials.Given given = ImageSecrets.read(secrets, problems, Map.of("A", "b"));
        assertThat(problems.list()).isEmpty();
        assertThat(given.dockerConfig()).contains(Path.of("/home/dew/.docker"));
        assertThat(given.login()).contains(new RegistryCredential.Password("dew", new Secret("s3cret")));
        assertThat(given.gitHub()).contains(new Secret("ghp"));
        assertThat(secrets.given()).contains(new Secret("s3cret"), new Secret("ghp"));
        assertThat(given.toString()).doesNotContain("s3cret", "ghp");
    }

    @Test
    void halfALoginIsAProblem() {
        for (String half : List.of("DOCKER_USERNAME", "DOCKER_PASSWORD")) {
            Problems problems = new Problems();
            ImageSecrets.read(new Secrets(Map.of(half, "x"), problems), problems, Map.of());
            assertThat(problems.list()).singleElement().asString().contains("wants both");
        }
        Problems problems = new Problems();
        assertThat(ImageSecrets.read(new Secrets(Map.of("DOCKER_CONFIG", "/etc/docker-login"), problems), problems, Map.of()).dockerConfig()).isEqualTo(Optional.of(Path.of("/etc/docker-login")));
    }

    private static RegistryUrl.Image image(String url) {
        return (RegistryUrl.Image) RegistryUrl.parse(url);
    }
}
