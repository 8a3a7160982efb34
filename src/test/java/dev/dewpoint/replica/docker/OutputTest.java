package dev.dewpoint.replica.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class OutputTest {
    private static String lastLines(int most, int lines, String... pieces) {
        Output output = new Output(most);
        for (String piece : pieces) {
            output.add(piece.getBytes(StandardCharsets.UTF_8));
        }
        return output.lastLines(lines);
    }

    @Test
    void theEndIsKeptHoweverMuchThereIs() {
        Output output = new Output(1000);
        for (int i = 0; i < 100_000; i++) {
            output.add(("line " + i + "\n").getBytes(StandardCharsets.UTF_8));
        }
        assertThat(output.lastLines(2)).isEqualTo("line 99998\nline 99999");
        assertThat(output.lastLines(Integer.MAX_VALUE).length()).isBetween(900, 1000);
        assertThat(lastLines(10, 5, "ä".repeat(50))).isEqualTo("ä".repeat(5));
        assertThat(lastLines(9, 5, "ä".repeat(50))).isEqualTo("ä".repeat(4));
    }

    @Test
    void nothingOfItCanSteerATerminal() {
        assertThat(lastLines(1000, 9, "a\r\nb\tc\n", "\u001b[2J\u001b]0;title\u0007\u001b(Bx\u0000\u0008\u202ey\u009bz\n\n")).isEqualTo("a\nb\tc\nBxyz");
        assertThat(lastLines(1000, 9)).isEmpty();
    }
}
