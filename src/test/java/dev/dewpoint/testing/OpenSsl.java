package dev.dewpoint.testing;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The other implementation of what we do with certificates, as a program. */
public final class OpenSsl {
    private OpenSsl() {}

    public record Ran(int exitCode, String output) {}

    public static String run(Path directory, String... arguments) {
        Ran ran = tried(directory, arguments);
        if (ran.exitCode() != 0) {
            throw new AssertionError("openssl " + String.join(" ", arguments) + ": " + ran.output());
        }
        return ran.output();
    }

    public static Ran tried(Path directory, String... arguments) {
        assumeThat(Path.of("/usr/bin/openssl")).as("openssl is installed").isExecutable();
        List<String> command = new ArrayList<>(List.of("timeout", "30", "openssl"));
        command.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            return new Ran(process.exitValue(), output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
