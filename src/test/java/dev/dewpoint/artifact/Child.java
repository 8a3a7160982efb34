package dev.dewpoint.artifact;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.release.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Unpacks in a JVM of its own, for what can't be tried in ours: a small heap, a limit of the kernel's, a locale. */
final class Child {
    private Child() {}

    public static void main(String[] arguments) throws IOException {
        Path file = Path.of(arguments[0]);
        Digest digest = Digest.parse(arguments[1]).orElseThrow();
        Path into = Files.createDirectory(Path.of(arguments[2]));
        try {
            System.out.println(new Unpack(Budget.standard(Runtime.getRuntime().maxMemory())).unpack(file, file.getFileName().toString(), digest, into));
        } catch (Failure e) {
            System.out.println(e.kind() + " " + e.getMessage());
        }
    }

    static String unpack(Path file, Digest digest, Path into, String before, Map<String, String> environment, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", before + " exec \"$@\"", "sh", ProcessHandle.current().info().command().orElseThrow()));
        command.addAll(List.of(options));
        command.addAll(List.of("-XX:+UseSerialGC", "--sun-misc-unsafe-memory-access=allow", "-cp", System.getProperty("java.class.path"), Child.class.getName()));
        command.addAll(List.of(file.toString(), digest.toString(), into.toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return "no end: " + output;
        }
        return output;
    }
}
