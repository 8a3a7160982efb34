package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Where a word may be put in between two WebSocket frames. */
class FramesTest {
    @Test
    void onlyBetweenFramesWhateverTheirLengthIsWrittenLike() {
        for (int length : new int[] {0, 1, 125, 126, 127, 65_535, 65_536, 70_000}) {
            for (boolean masked : new boolean[] {false, true}) {
                byte[] frame = frame(length, masked);
                Relay.Frames frames = new Relay.Frames();
                assertThat(frames.between()).isTrue();
                for (int i = 0; i < frame.length - 1; i++) {
                    frames.pass(ByteBuffer.wrap(frame, i, 1));
                    assertThat(frames.between()).as("after %s of %s bytes", i + 1, frame.length).isFalse();
                }
                frames.pass(ByteBuffer.wrap(frame, frame.length - 1, 1));
                assertThat(frames.between()).as("%s bytes of payload", length).isTrue();
            }
        }
    }

    @Test
    void severalFramesInOnePiece() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int length : new int[] {3, 300, 0, 70_000, 5}) {
            all.writeBytes(frame(length, length == 300));
        }
        Relay.Frames frames = new Relay.Frames();
        frames.pass(ByteBuffer.wrap(all.toByteArray()));
        assertThat(frames.between()).isTrue();
        all.write(0x81);
        frames = new Relay.Frames();
        frames.pass(ByteBuffer.wrap(all.toByteArray()));
        assertThat(frames.between()).isFalse();
    }

    static byte[] frame(int length, boolean masked) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(0x82);
        int mask = masked ? 0x80 : 0;
        if (length < 126) {
            frame.write(mask | length);
        } else if (length < 1 << 16) {
            frame.write(mask | 126);
            frame.write(length >> 8);
            frame.write(length);
        } else {
            frame.write(mask | 127);
            frame.writeBytes(ByteBuffer.allocate(8).putLong(length).array());
        }
        if (masked) {
            frame.writeBytes(new byte[] {1, 2, 3, 4});
        }
        frame.writeBytes(new byte[length]);
        return frame.toByteArray();
    }
}
