package dev.dewpoint.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Known inputs with their outcomes, under src/test/resources/vectors. */
public record Vectors(String file, JsonNode root) {
    public static Vectors of(String file) {
        try (InputStream in = Vectors.class.getResourceAsStream("/vectors/" + file)) {
            return new Vectors(file, new ObjectMapper().readTree(in));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A missing or empty block would let its test pass unseen. */
    public Stream<JsonNode> block(String name) {
        JsonNode block = root.path(name);
        if (!block.isArray() || block.isEmpty()) {
            throw new AssertionError(file + " has no block " + name);
        }
        return block.valueStream();
    }

    public static List<String> texts(JsonNode array) {
        return array.valueStream().map(JsonNode::asText).toList();
    }

    public static Optional<String> text(JsonNode nullable) {
        return nullable.isNull() || nullable.isMissingNode() ? Optional.empty() : Optional.of(nullable.asText());
    }
}
