package dev.dewpoint.replica.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.dockerjava.api.command.InspectImageResponse;
import com.github.dockerjava.api.model.ContainerConfig;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.ExposedPorts;
import dev.dewpoint.release.Digest;
import dev.dewpoint.testing.Vectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ImageTest {
    private static Image image(ContainerConfig config) {
        Digest digest = Digest.parse("sha256:" + "a".repeat(64)).orElseThrow();
        return Answers.image(ImageName.local(digest), new InspectImageResponse().withId(digest.toString()).withOs("linux").withArch("amd64").withConfig(config));
    }

    static Stream<JsonNode> exposed() {
        return Vectors.of("exposed.json").block("exposed");
    }

    @ParameterizedTest
    @MethodSource("exposed")
    void onlyTcpPortsCanBeTheAppsOwn(JsonNode row) {
        ExposedPort[] ports = Vectors.texts(row.path("exposed")).stream().map(ExposedPort::parse).toArray(ExposedPort[]::new);
        assertThat(image(new ContainerConfig().withExposedPorts(new ExposedPorts(ports))).tcpPorts()).map(String::valueOf).isEqualTo(Vectors.texts(row.path("detected")));
    }

    @ParameterizedTest
    @CsvSource({"'',true", "root,true", "0,true", "00,true", "0:1000,true", "root:users,true", "1000,false", "app,false", "1000:0,false"})
    void whoeverIsNotRootIsSomebody(String user, boolean root) {
        assertThat(image(new ContainerConfig().withUser(user)).isRoot()).isEqualTo(root);
    }
}
