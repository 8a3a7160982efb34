package dev.dewpoint.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What somebody at the terminal asks for, line by line. */
public final class Keyboard {
    static final String END = "q";

    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    private Keyboard() {}

    public static Keyboard of(InputStream in) {
        Keyboard keyboard = new Keyboard();
        Thread.ofPlatform().daemon().name("keyboard").start(() -> keyboard.read(in));
        return keyboard;
    }

    private void read(InputStream in) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line.strip());
            }
        } catch (IOException e) {
            // nobody is there any more
        }
        lines.add(END);
    }

    Optional<String> next(Duration patience) throws InterruptedException {
        return Optional.ofNullable(lines.poll(patience.toMillis(), TimeUnit.MILLISECONDS));
    }
}
