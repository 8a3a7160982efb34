package dev.dewpoint.replica.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.failure.Failure.Kind;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
    @TempDir
    Path home;

    private Endpoint docker(Map<String, String> environment) {
        return Endpoint.resolve(Endpoint.Kind.DOCKER, environment, home);
    }

    private String context(String name, String host) throws Exception {
        String id = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8)));
        Path meta = Files.createDirectories(home.resolve(".docker/contexts/meta").resolve(id));
        Files.writeString(meta.resolve("meta.json"), "{\"Name\":\"" + name + "\",\"Metadata\":{},\"Endpoints\":{\"docker\":{\"Host\":\"" + host + "\",\"SkipTLSVerify\":false}}}");
        return id;
    }

    private void current(String name) throws IOException {
        Files.createDirectories(home.resolve(".docker"));
        Files.writeString(home.resolve(".docker/config.json"), "{\"auths\":{},\"currentContext\":\"" + name + "\"}");
    }

    @Test
    void withoutAnySettingItIsTheSocketThatEveryoneUses() throws IOException {
        assertThat(docker(Map.of()).address()).isEqualTo(URI.create("unix:///var/run/docker.sock"));
        assertThat(docker(Map.of("DOCKER_HOST", "")).socket()).contains(Path.of("/var/run/docker.sock"));
        current("default");
        assertThat(docker(Map.of()).source()).isEqualTo("docker's default");
    }

    @Test
    void dockerHostComesBeforeContexts() throws Exception {
        context("remote", "tcp://10.0.0.1:2376");
        current("remote");
        assertThat(docker(Map.of("DOCKER_HOST", "unix:///tmp/x.sock", "DOCKER_CONTEXT", "remote")).address()).isEqualTo(URI.create("unix:///tmp/x.sock"));
        assertThat(docker(Map.of("DOCKER_HOST", "tcp://engine")).address()).isEqualTo(URI.create("tcp://engine:2375"));
        assertThat(docker(Map.of("DOCKER_HOST", "tcp://engine", "DOCKER_TLS_VERIFY", "1"))).satisfies(endpoint -> {
            assertThat(endpoint.address()).isEqualTo(URI.create("tcp://engine:2376"));
            assertThat(endpoint.certificates()).contains(home.resolve(".docker"));
        });
        assertThat(docker(Map.of("DOCKER_HOST", "tcp://engine:1", "DOCKER_TLS_VERIFY", "1", "DOCKER_CERT_PATH", "/certs")).certificates()).contains(Path.of("/certs"));
    }

    @Test
    void aContextIsFollowedWithItsCertificates() throws Exception {
        String id = context("remote", "tcp://10.0.0.1:2376");
        context("rootless", "unix:///run/user/1000/docker.sock");
        current("remote");
        assertThat(docker(Map.of())).isEqualTo(new Endpoint(Endpoint.Kind.DOCKER, URI.create("tcp://10.0.0.1:2376"), Optional.empty(), "docker context remote"));
        Path tls = Files.createDirectories(home.resolve(".docker/contexts/tls").resolve(id).resolve("docker"));
        assertThat(docker(Map.of()).certificates()).contains(tls);
        assertThat(docker(Map.of("DOCKER_CONTEXT", "rootless")).socket()).contains(Path.of("/run/user/1000/docker.sock"));
        assertThat(docker(Map.of("DOCKER_CONTEXT", "default")).source()).isEqualTo("docker's default");
        Path elsewhere = Files.createDirectories(home.resolve("elsewhere"));
        assertThat(docker(Map.of("DOCKER_CONFIG", elsewhere.toString())).source()).isEqualTo("docker's default");
    }

    @Test
    void aContextThatIsNotThereIsNamed() throws IOException {
        current("gone");
        assertThatThrownBy(() -> docker(Map.of())).isInstanceOfSatisfying(Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Kind.MISCONFIGURED)).hasMessageContaining("docker context gone");
        Files.writeString(home.resolve(".docker/config.json"), "{\"auths\":{\"x\":{\"auth\":\"s3cr3t\"}");
        assertThatThrownBy(() -> docker(Map.of())).isInstanceOf(Failure.class).hasMessageNotContaining("s3cr3t").hasNoCause();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ssh://me@host", "npipe:////./pipe/docker", "fd://", "host:2375", "tcp://", "unix://", "unix://relative.sock", "tcp://a b", "nonsense"})
    void whatWeDoNotSpeakIsRefused(String host) {
        assertThatThrownBy(() -> docker(Map.of("DOCKER_HOST", host))).isInstanceOfSatisfying(Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Kind.MISCONFIGURED)).hasMessageContaining("DOCKER_HOST");
    }

    @Test
    void podmanHasSocketsOfItsOwn() throws IOException {
        Path socket = Files.createDirectories(home.resolve("podman")).resolve("podman.sock");
        Map<String, String> user = Map.of("XDG_RUNTIME_DIR", home.toString(), "DOCKER_HOST", "unix:///not/this.sock");
        Files.createFile(socket);
        assertThat(Endpoint.resolve(Endpoint.Kind.PODMAN, user, home).socket()).contains(socket);
        Files.delete(socket);
        assertThat(Endpoint.resolve(Endpoint.Kind.PODMAN, user, home).socket()).contains(Path.of("/run/podman/podman.sock"));
        assertThat(Endpoint.resolve(Endpoint.Kind.PODMAN, Map.of("CONTAINER_HOST", "unix:///tmp/p.sock"), home).socket()).contains(Path.of("/tmp/p.sock"));
    }
}
