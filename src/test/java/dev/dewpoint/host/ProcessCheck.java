package dev.dewpoint.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Whether processes run; a zombie that nobody has reaped yet doesn't. */
public final class ProcessCheck {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private ProcessCheck() {}

    public static boolean isRunning(int pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), java.nio.charset.StandardCharsets.ISO_8859_1);
            char state = stat.charAt(stat.lastIndexOf(')') + 2);
            return state != 'Z' && state != 'X';
        } catch (IOException e) {
            return false;
        }
    }

    public static void awaitEnd(int pid) throws InterruptedException {
        await(() -> !isRunning(pid));
    }

    public static int pidIn(Path file) throws IOException {
        return Integer.parseInt(Files.readString(file).strip());
    }

    public static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean() && System.nanoTime() < end) {
            Thread.sleep(5); // /proc has no events; the wait is bounded and ends with the condition
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }
}
