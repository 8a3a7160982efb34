package dev.dewpoint.proxy.tls;

import dev.dewpoint.host.Log;
import dev.dewpoint.host.Time;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** A log whose lines can be waited for, in their order. */
final class PrintedLines {
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    Log log() {
        OutputStream out = new OutputStream() {
            @Override
            public void write(int one) {
                throw new IllegalStateException("a log writes lines");
            }

            @Override
            public void write(byte[] bytes, int from, int length) {
                lines.add(new String(bytes, from, length, StandardCharsets.UTF_8));
            }
        };
        return new Log(Time.system(), out, Log.Level.DEBUG, Log.Format.TEXT, UnaryOperator.identity());
    }

    /** Skips what comes before it. */
    String await(String part) throws InterruptedException {
        StringBuilder seen = new StringBuilder();
        while (true) {
            String line = lines.poll(10, TimeUnit.SECONDS);
            if (line == null) {
                throw new AssertionError("no line with " + part + " after:\n" + seen);
            }
            if (line.contains(part)) {
                return line;
            }
            seen.append(line);
        }
    }
}
