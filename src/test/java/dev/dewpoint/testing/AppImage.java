package dev.dewpoint.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Images of {@link App}: the packaged runtime with what it is linked to, as one layer that all versions share. */
public final class AppImage {
    private static final Pattern LINKED = Pattern.compile("(?m)^\\s*(?:\\S+ => )?(/\\S+) \\(0x");

    private static final class Shared {
        static final Image.Layer RUNTIME = runtime();
    }

    private AppImage() {}

    /** {@code settings} as {@code NAME=value}, for {@link App#main}. */
    public static Image of(String version, String... settings) {
        String environment = Stream.concat(Stream.of("VERSION=" + version), Stream.of(settings)).map(pair -> '"' + pair + '"').collect(Collectors.joining(","));
        Image image = Image.scratch().platform("linux/" + (System.getProperty("os.arch").equals("amd64") ? "amd64" : "arm64")).over(Shared.RUNTIME).expose(App.PORT).set("Env", "[" + environment + "]");
        return program(image).command("/runtime/bin/java", "-XX:SharedArchiveFile=/runtime/base.jsa", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx24m", "-Xss256k", "-XX:-UsePerfData", "-cp", "/app", App.class.getName());
    }

    private static Image program(Image image) {
        Path classes = Path.of(App.class.getProtectionDomain().getCodeSource().getLocation().getPath());
        Path folder = classes.resolve(App.class.getPackageName().replace('.', '/'));
        try (Stream<Path> files = Files.list(folder)) {
            Image whole = image;
            for (Path file : files.filter(file -> file.getFileName().toString().matches("App(\\$.*)?\\.class")).sorted().toList()) {
                whole = whole.file("app/" + classes.relativize(file), file);
            }
            return whole;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Image.Layer runtime() {
        Path runtime = Path.of(System.getProperty("dewpoint.dist", "target/dewpoint")).toAbsolutePath().resolve("runtime");
        Map<String, Path> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(runtime)) {
            for (Path file : all.filter(Files::isRegularFile).filter(file -> !file.startsWith(runtime.resolve("legal"))).toList()) {
                files.put("runtime/" + runtime.relativize(file), file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<String> programs = files.values().stream().map(Path::toString).filter(file -> file.endsWith(".so") || file.endsWith("/bin/java")).toList();
        for (Matcher linked = LINKED.matcher(output(Stream.concat(Stream.of("ldd"), programs.stream()).toList())); linked.find();) {
            if (!linked.group(1).startsWith(runtime.toString())) {
                files.put(linked.group(1), Path.of(linked.group(1)));
            }
        }
        Image image = Image.scratch();
        for (Map.Entry<String, Path> file : files.entrySet()) {
            image = image.file(file.getKey(), file.getValue());
        }
        return image.file("runtime/base.jsa", archive(runtime)).file("tmp/.keep", "").layer();
    }

    /** Of the classes that every program needs: with it a JVM is up in a tenth of a second. */
    private static byte[] archive(Path runtime) {
        try {
            Path file = Files.createTempFile("base", ".jsa");
            output(List.of(runtime.resolve("bin/java").toString(), "-XX:SharedArchiveFile=" + file, "-XX:+UseSerialGC", "-Xmx64m", "-Xshare:dump"));
            byte[] bytes = Files.readAllBytes(file);
            Files.delete(file);
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String output(List<String> command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String text = new String(process.getInputStream().readAllBytes());
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(command + " does not end");
            }
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
