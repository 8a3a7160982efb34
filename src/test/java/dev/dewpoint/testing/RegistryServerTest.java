package dev.dewpoint.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.release.Digest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryServerTest {
    private static final Image APP = Image.scratch().expose(8080).command("/bin/app").healthcheck("{\"Test\":[\"CMD\",\"/bin/app\",\"check\"]}").file("/usr/bin/app", "#!/bin/sh\n");

    @Test
    void whatWasPushedIsThere() {
        try (RegistryServer registry = RegistryServer.open()) {
            Digest amd64 = registry.push("team/app", "v1.0.0-amd64", APP);
            Digest arm64 = registry.push("team/app", "v1.0.0-arm64", APP.platform("linux/arm64/v8"));
            Digest index = registry.pushIndex("team/app", "v1.0.0", Map.of("linux/amd64", amd64, "linux/arm64/v8", arm64));
            assertThat(registry.read("team/app", "v1.0.0", RegistryServer.INDEX)).asString(StandardCharsets.UTF_8).contains(amd64.toString(), arm64.toString());
            registry.pushMany("team/app", IntStream.range(0, 1500).mapToObj(i -> "v2." + i + ".0").toList(), index);
            assertThat(registry.read("team/app", "v2.1499.0", RegistryServer.INDEX)).isEqualTo(registry.read("team/app", index.toString(), RegistryServer.INDEX));
            assertThat(registry.requests()).isEmpty();
        }
    }

    @Test
    void itAsksForAPassword() {
        try (RegistryServer registry = RegistryServer.withBasicAuth("dew", "point")) {
            Digest digest = registry.push("app", "v1.0.0", APP);
            assertThat(registry.read("app", digest.toString(), RegistryServer.MANIFEST)).asString(StandardCharsets.UTF_8).contains("schemaVersion");
        }
    }

    @Test
    void itAsksForATokenThatTheTokenServerSigned(@TempDir Path folder) {
        try (TokenServer tokens = TokenServer.start(folder, "dew", "point", Duration.ofMinutes(5)); RegistryServer registry = RegistryServer.withTokens(tokens)) {
            Digest digest = registry.push("app", "v1.0.0", APP);
            registry.delete("app", "v1.0.0");
            registry.pushMany("app", List.of("v1.1.0"), digest);
            assertThat(registry.read("app", "v1.1.0", RegistryServer.MANIFEST)).asString(StandardCharsets.UTF_8).contains("schemaVersion");
        }
    }
}
