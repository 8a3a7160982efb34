package dev.dewpoint.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TailTest {
    @Test
    void keepsTheLastBytesOfAnySequenceOfPieces() {
        for (long seed = 1; seed <= 200; seed++) {
            Random random = new Random(seed);
            int limit = 1 + random.nextInt(50);
            Tail.Recorder recorder = new Tail.Recorder(limit);
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (int i = random.nextInt(12); i > 0; i--) {
                byte[] piece = new byte[random.nextInt(120)];
                random.nextBytes(piece);
                int length = piece.length == 0 ? 0 : random.nextInt(piece.length);
                recorder.add(piece, length);
                all.write(piece, 0, length);
            }
            byte[] whole = all.toByteArray();
            assertThat(recorder.tail().bytes()).as("seed " + seed).isEqualTo(Arrays.copyOfRange(whole, Math.max(0, whole.length - limit), whole.length));
            assertThat(recorder.tail().totalBytes()).isEqualTo(whole.length);
        }
    }

    @Test
    void aCharacterCutInHalfIsLeftOut() {
        Tail.Recorder recorder = new Tail.Recorder(6);
        byte[] text = "🌱🌱".getBytes(StandardCharsets.UTF_8);
        recorder.add(text, text.length);
        assertThat(recorder.tail().text()).isEqualTo("🌱");
    }

    @Test
    void bytesThatAreNoTextAreReplaced() {
        Tail.Recorder recorder = new Tail.Recorder(10);
        recorder.add(new byte[] {'a', (byte) 0xff, 'b'}, 3);
        assertThat(recorder.tail().text()).isEqualTo("a\uFFFDb");
    }
}
