package dev.dewpoint.proxy.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Tells whether files have changed without reading them. Links are followed, so that one which is pointed elsewhere
 * counts; the time of the last change of a file's own record also tells of rights that were given.
 */
record Stamp(List<Map<String, Object>> files) {
    static Stamp of(PemPair pair) {
        return new Stamp(Stream.of(pair.certificate(), pair.key()).map(Stamp::attributes).toList());
    }

    private static Map<String, Object> attributes(Path file) {
        try {
            return Map.copyOf(Files.readAttributes(file, "unix:dev,ino,ctime,size,lastModifiedTime"));
        } catch (IOException e) {
            return Map.of();
        }
    }
}
