package dev.dewpoint.replica.docker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What reading run options asks of the file system. */
public interface Disk {
    String read(Path file) throws IOException;

    /** Links followed; fails where nothing is. */
    Path real(Path path) throws IOException;

    static Disk local() {
        return new Disk() {
            @Override
            public String read(Path file) throws IOException {
                return Files.readString(file);
            }

            @Override
            public Path real(Path path) throws IOException {
                return path.toRealPath();
            }
        };
    }
}
