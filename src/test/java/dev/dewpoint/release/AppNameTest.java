package dev.dewpoint.release;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dewpoint.testing.Vectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class AppNameTest {
    private static final Vectors VECTORS = Vectors.of("urls_and_names.json");

    static Stream<JsonNode> names() {
        return Stream.concat(VECTORS.block("app_name_cli"), VECTORS.block("app_name_agent"));
    }

    static Stream<JsonNode> divergences() {
        return VECTORS.block("derived_app_name_divergence");
    }

    @ParameterizedTest
    @MethodSource("names")
    void isTheLastSegmentOfTheUrl(JsonNode vector) {
        assertThat(AppName.of(vector.get("url").asText()).orElse("")).isEqualTo(vector.get("name").asText());
    }

    @ParameterizedTest
    @MethodSource("divergences")
    void isTheSameEverywhere(JsonNode vector) {
        assertThat(AppName.of(vector.get("url").asText())).contains(vector.get("agent").asText());
    }

    @ParameterizedTest
    @CsvSource({
        "ghr://o/r/, r", "ghr://o/r//?x=1, r", "img://localhost:5000/app:v1, app", "img://ghcr.io/o/app@sha256:abc, app", "file:///srv/releases/shop, shop",
        "file:///, ''", "grpc://127.0.0.1:9000?no-tls=true, 127.0.0.1", "gs://mybucket, mybucket", "gs://, ''", "://x, ''", "s3://r/b/p?endpoint=http://localhost:9999/foobar, p"
    })
    void whateverStandsAroundIt(String url, String name) {
        assertThat(AppName.of(url).orElse("")).isEqualTo(name);
    }
}
