package dev.dewpoint.artifact;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Digest.Algorithm;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The digests that a release offers for one artifact, and who offers them. */
final class Offers {
    private static final Pattern HEX_FIRST = Pattern.compile("^\\\\?([0-9A-Fa-f]{64}|[0-9A-Fa-f]{128})(?:\\s+[*]?(\\S.*))?$");
    private static final Pattern BSD = Pattern.compile("^SHA(?:256|512) \\((.+)\\) = ([0-9A-Fa-f]{64}|[0-9A-Fa-f]{128})$");

    private final String file;
    private final Map<Algorithm, Digest> digests = new EnumMap<>(Algorithm.class);
    private final List<String> by = new ArrayList<>();

    Offers(String file) {
        this.file = file;
    }

    void add(Digest digest, String source) {
        Digest other = digests.putIfAbsent(digest.algorithm(), digest);
        if (other != null && !other.equals(digest)) {
            throw new Failure(Failure.Kind.CORRUPT, "verify " + file, "the release contradicts itself: " + String.join(", ", by) + " says " + other + ", " + source + " says " + digest);
        }
        by.add(source);
    }

    /** A checksum file: one that is named after the artifact must hold its digest, a list may leave it out. */
    void addFile(String name, String text) {
        Optional<Digest> found = find(text);
        if (found.isPresent()) {
            add(found.get(), name);
        } else if (isNamedAfterArtifact(name)) {
            throw new Failure(Failure.Kind.CORRUPT, "verify " + file, name + " holds no digest of it");
        }
    }

    boolean isEmpty() {
        return digests.isEmpty();
    }

    Optional<Digest> sha256() {
        return Optional.ofNullable(digests.get(Algorithm.SHA256));
    }

    Map<Algorithm, Digest> digests() {
        return Map.copyOf(digests);
    }

    List<String> by() {
        return List.copyOf(by);
    }

    private boolean isNamedAfterArtifact(String name) {
        return name.toLowerCase(Locale.ROOT).startsWith(file.toLowerCase(Locale.ROOT) + ".");
    }

    private Optional<Digest> find(String text) {
        Optional<Digest> bare = Optional.empty();
        for (String raw : text.lines().toList()) {
            String line = raw.strip();
            Matcher bsd = BSD.matcher(line);
            if (bsd.matches() && isOurs(bsd.group(1))) {
                return Digest.parse(bsd.group(2));
            }
            Matcher hexFirst = HEX_FIRST.matcher(line);
            if (hexFirst.matches()) {
                if (hexFirst.group(2) == null) {
                    bare = bare.or(() -> Digest.parse(hexFirst.group(1)));
                } else if (isOurs(hexFirst.group(2))) {
                    return Digest.parse(hexFirst.group(1));
                }
            }
        }
        return bare.filter(_ -> text.lines().filter(line -> !line.isBlank()).count() == 1);
    }

    private boolean isOurs(String listed) {
        String name = listed.strip();
        return name.substring(name.lastIndexOf('/') + 1).equals(file);
    }
}
