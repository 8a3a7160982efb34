package dev.dewpoint.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Programs that accept on inherited sockets. {@code GET /} answers name, pid, generation and version as JSON,
 * {@code /slow?ms=N} does so later; on SIGTERM they finish what is in flight and exit 0.
 */
public final class ServerApps {
    private static final List<Path> PATHS = Stream.of("/usr/bin", "/usr/local/bin", "/bin").map(Path::of).toList();

    private ServerApps() {}

    /** In which language, and which of the two variables it reads. */
    public enum Kind {
        C("server.c", "cc"), PYTHON("server.py", "python3"), NODE("server.js", "node");

        private final String source;
        private final String tool;

        Kind(String source, String tool) {
            this.source = source;
            this.tool = tool;
        }

        public boolean isHere() {
            return tool().isPresent();
        }

        private java.util.Optional<Path> tool() {
            return PATHS.stream().map(path -> path.resolve(tool)).filter(Files::isExecutable).findFirst();
        }
    }

    public enum Protocol { STARTER, LISTEN }

    public enum Behaviour {
        /** Five seconds more after the last request. */
        SLOW_DRAIN,
        IGNORE_TERM,
        /** It leaves the foreground, its group and its session. */
        DAEMON,
        /** With an error on stderr, after 200 ms. */
        DIE,
        /** Answers with {@code Dewpoint-Generation}. */
        HEADER;

        private String word() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        }
    }

    public static List<Kind> here() {
        return Arrays.stream(Kind.values()).filter(Kind::isHere).toList();
    }

    /** Makes the program in this directory, beside it the file {@code version}; its command. */
    public static List<String> make(Kind kind, Path directory, String version) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("version"), version + "\n");
        Path source = directory.resolve(kind.source);
        try (InputStream in = ServerApps.class.getResourceAsStream("/apps/" + kind.source)) {
            Files.write(source, in.readAllBytes());
        }
        String tool = kind.tool().orElseThrow(() -> new IllegalStateException(kind.tool + " is not on this machine")).toString();
        if (kind != Kind.C) {
            return List.of(tool, source.toString());
        }
        Path program = directory.resolve("server");
        Process compiler = new ProcessBuilder(tool, "-O1", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", program.toString(), source.toString()).redirectErrorStream(true).start();
        String said = new String(compiler.getInputStream().readAllBytes());
        assertThat(compiler.waitFor()).as(said).isZero();
        return List.of(program.toString());
    }

    /** @param keys of the sockets, in their order */
    public static Map<String, String> environment(Protocol protocol, int generation, List<String> keys, Behaviour... behaviours) {
        Map<String, String> environment = new TreeMap<>(Map.of("PATH", "/usr/local/bin:/usr/bin:/bin"));
        environment.put("APP_PROTOCOL", protocol.name().toLowerCase(java.util.Locale.ROOT));
        environment.put("APP_BEHAVIOUR", Arrays.stream(behaviours).map(Behaviour::word).collect(Collectors.joining(",")));
        environment.put("SERVER_STARTER_PORT", IntStream.range(0, keys.size()).mapToObj(i -> keys.get(i) + "=" + (3 + i)).collect(Collectors.joining(";")));
        environment.put("SERVER_STARTER_GENERATION", Integer.toString(generation));
        environment.put("LISTEN_FDS", Integer.toString(keys.size()));
        environment.put("LISTEN_FDNAMES", keys.stream().map(key -> "web").collect(Collectors.joining(":")));
        return environment;
    }
}
