package dev.dewpoint.demo;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** The registry: a directory, where each version has one archive with the program that serves it. */
record Shelf(Path directory) {
    /** A small heap and quick compiling: three of them run, and six while one version takes the place of another. */
    private static final String PROGRAM = """
            #!/bin/sh
            export DEWPOINT_JAVA_OPTS='-Xms4m -Xmx32m -XX:TieredStopAtLevel=1'
            exec "$DEMO_HOME/bin/dewpoint" demo-app --port "$PORT" --replica "r$REPLICA" --release "$(cat "${0%/*}/version")"
            """;

    /** Put in place as a whole, and old enough to be taken at once, as any publisher may do. */
    void publish(String version) throws IOException {
        Path folder = Files.createDirectories(directory.resolve(version));
        Path hidden = folder.resolve(".shop.tar.gz");
        try (OutputStream archive = new GZIPOutputStream(Files.newOutputStream(hidden))) {
            archive.write(Tar.of(Map.of("app", PROGRAM.getBytes(StandardCharsets.UTF_8), "version", version.getBytes(StandardCharsets.UTF_8))));
        }
        FileTime written = Files.getLastModifiedTime(hidden);
        Files.setLastModifiedTime(hidden, FileTime.from(written.toInstant().minusSeconds(10)));
        Files.move(hidden, folder.resolve("shop.tar.gz"));
    }
}
