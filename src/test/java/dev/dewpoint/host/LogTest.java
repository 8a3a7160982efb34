package dev.dewpoint.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.dewpoint.testing.ManualTime;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** L01–L10: whatever is logged, a message stays one line that says what it says. */
class LogTest {
    private static final List<String> HOSTILE = List.of("a\nERROR: forged", "a\r\nb", "\u001b[31mred", "\"} 1\n", "\u202ereversed", "\u0000nul", "<script>", "<!channel>", "\ud800 lone", "{\"json\":1}", "\u2028line", "tab\there", "x".repeat(1 << 20));

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @Test
    void everyLineOfJsonIsOneObjectThatHoldsTheValueAsItWas() throws Exception {
        Log log = log(Log.Format.JSON, UnaryOperator.identity());
        for (String hostile : HOSTILE) {
            out.reset();
            log.info(hostile, "key", hostile, "number", 7, "flag", true);
            List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
            assertThat(lines).hasSize(1);
            JsonNode node = JsonMapper.builder().build().readTree(lines.getFirst());
            assertThat(node.path("level").asText()).isEqualTo("INFO");
            assertThat(node.path("time").asText()).isEqualTo("2026-01-15T10:30:45Z");
            assertThat(node.path("number").isInt()).isTrue();
            if (hostile.length() < 1000) {
                assertThat(node.path("key").asText()).isEqualTo(hostile);
            }
        }
    }

    @Test
    void everyLineOfTextIsOneLineWithoutControlCharacters() {
        Log log = log(Log.Format.TEXT, UnaryOperator.identity());
        for (String hostile : HOSTILE) {
            out.reset();
            log.warn("Message", "key", hostile);
            String line = out.toString(StandardCharsets.UTF_8);
            assertThat(line.lines()).hasSize(1);
            assertThat(line).startsWith("2026-01-15T10:30:45Z WARN: Message key=\"").hasSizeLessThan(20_000);
            assertThat(line.strip().chars().filter(Character::isISOControl)).isEmpty();
        }
    }

    @Test
    void belowTheThresholdNothingIsWritten() {
        Log log = log(Log.Format.TEXT, UnaryOperator.identity());
        log.debug("Deploy skipped");
        assertThat(out.size()).isZero();
    }

    @Test
    void secretsAreTakenOutOfMessagesAndValues() {
        Redaction redaction = new Redaction(List.of(new Secret("hunter2-hunter2"), new Secret("line one\nline two is secret"), new Secret("ab")));
        Log log = log(Log.Format.TEXT, redaction);
        log.error("token hunter2-hunter2", "url", "https://user:pass123@host/x?X-Amz-Signature=abc&y=1", "slack", "xoxb-12345678-abcdef", "github", "ghp_0123456789abcdef01234", "key", "line two is secret", "short", "absolutely");
        assertThat(out.toString(StandardCharsets.UTF_8)).doesNotContain("hunter2").doesNotContain("pass123").doesNotContain("Signature=abc").doesNotContain("xoxb-1").doesNotContain("ghp_0").doesNotContain("line two").contains("absolutely");
    }

    private Log log(Log.Format format, UnaryOperator<String> redaction) {
        return new Log(ManualTime.start(), out, Log.Level.INFO, format, redaction);
    }
}
