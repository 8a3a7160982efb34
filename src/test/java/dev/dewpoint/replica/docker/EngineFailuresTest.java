package dev.dewpoint.replica.docker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.failure.Failure;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EngineFailuresTest {
    private final EngineFailures failures = new EngineFailures(Endpoint.resolve(Endpoint.Kind.DOCKER, Map.of(), Path.of("/")));

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            manifest for 127.0.0.1:40137/app@sha256:0401 not found: manifest unknown: manifest unknown | MISSING
            received unexpected HTTP status: 401                                                        | DENIED
            Get https://r.example/v2/: unexpected status code 401                                       | DENIED
            unauthorized: authentication required                                                       | DENIED
            dial tcp 10.0.0.1:5000: connect: connection refused                                         | UNREACHABLE
            """)
    void whatTheEngineSaysIsUnderstoodWhateverTheNamesInIt(String said, Failure.Kind kind) {
        assertThat(failures.said("pull it", 200, said, UnaryOperator.identity()).kind()).isEqualTo(kind);
    }
}
