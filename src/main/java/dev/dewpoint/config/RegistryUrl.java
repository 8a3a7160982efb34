package dev.dewpoint.config;

import dev.dewpoint.release.ArtifactPattern;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** {@code --registry}, understood. */
public sealed interface RegistryUrl {
    record GitHub(String owner, String repository, Options options) implements RegistryUrl {}

    record Directory(Path directory, Options options) implements RegistryUrl {}

    record Options(boolean preRelease, Optional<ArtifactPattern> artifact, Optional<String> constraint) {}

    List<String> OPTIONS = List.of("artifact", "constraint", "pre-release");
    List<String> SCHEMES = List.of("ghr", "file");
    Pattern OWNER_OR_REPOSITORY = Pattern.compile("[0-9A-Za-z_.-]{1,100}");

    Options options();

    /** The registry without its options: versions are compared within one source. */
    default String source() {
        return switch (this) {
            case GitHub github -> "ghr://" + github.owner() + "/" + github.repository();
            case Directory directory -> "file://" + directory.directory();
        };
    }

    /** The last segment of the path: what the app is called if nobody says otherwise. */
    default String name() {
        return switch (this) {
            case GitHub github -> github.repository();
            case Directory directory -> Optional.ofNullable(directory.directory().getFileName()).map(Path::toString).orElse("app");
        };
    }

    /** @throws IllegalArgumentException saying what is wrong with it */
    static RegistryUrl parse(String text) {
        Url url = Url.parse(text);
        if (!SCHEMES.contains(url.scheme())) {
            throw new IllegalArgumentException("`dewpoint assets` follows ghr://OWNER/REPO and file:///DIR, not " + url.scheme() + "://" + Problems.didYouMean(url.scheme(), SCHEMES));
        }
        url.allowOnly(OPTIONS);
        Options options = new Options(url.yes("pre-release"), url.option("artifact").map(ArtifactPattern::new), url.option("constraint"));
        return url.scheme().equals("ghr") ? gitHub(url.rest(), options) : directory(url.rest(), options);
    }

    private static GitHub gitHub(String rest, Options options) {
        String[] parts = (rest.endsWith("/") ? rest.substring(0, rest.length() - 1) : rest).split("/", -1);
        boolean named = parts.length == 2 && OWNER_OR_REPOSITORY.matcher(parts[0]).matches() && OWNER_OR_REPOSITORY.matcher(parts[1]).matches();
        if (!named || parts[1].equals(".") || parts[1].equals("..")) {
            throw new IllegalArgumentException("a GitHub registry is ghr://OWNER/REPO");
        }
        return new GitHub(parts[0], parts[1], options);
    }

    private static Directory directory(String rest, Options options) {
        if (!rest.startsWith("/")) {
            throw new IllegalArgumentException("a directory registry is file:///DIR, with an absolute path (three slashes)");
        }
        try {
            return new Directory(Path.of(Url.decoded(rest)).normalize(), options);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("no path can be called that");
        }
    }
}
