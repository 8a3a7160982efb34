package dev.dewpoint.release;

import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** What an operator says the artifact is called: exactly, or with {@code *} (any text) and {@code ?} (any one character). */
public record ArtifactPattern(String text) {
    public ArtifactPattern {
        if (text.isBlank()) {
            throw new IllegalArgumentException("the name of the artifact is empty; write it as the release lists it, or with * and ?");
        }
    }

    public boolean matches(String name) {
        int star = -1;
        int resume = 0;
        int at = 0;
        int read = 0;
        while (read < name.length()) {
            if (at < text.length() && text.charAt(at) == '*') {
                star = at++;
                resume = read;
            } else if (at < text.length() && (text.charAt(at) == '?' || text.charAt(at) == name.charAt(read))) {
                at++;
                read++;
            } else if (star >= 0) {
                at = star + 1;
                read = ++resume;
            } else {
                return false;
            }
        }
        return text.chars().skip(at).allMatch(c -> c == '*');
    }

    /**
     * Of several matches one for the platform, should there be one: an archive before a program before anything else,
     * then the closest to the repository's name, then the first. Checksums and the like are chosen only if nothing else matches.
     */
    public Pick pick(List<String> names, Platform platform, String repository) {
        List<AssetName> matching = names.stream().distinct().filter(AssetName::isPlain).filter(this::matches).map(name -> AssetName.of(name, repository)).toList();
        if (matching.isEmpty()) {
            return new Pick.None();
        }
        Stream<Predicate<AssetName>> tiers = Stream.of(
                asset -> asset.isArtifact() && platform.fits(asset),
                asset -> !asset.accompanies(matching) && platform.fits(asset),
                asset -> asset.isArtifact(),
                asset -> !asset.accompanies(matching),
                asset -> true);
        Comparator<AssetName> order = Comparator.comparing(AssetName::kind).thenComparing(platform.closest());
        return tiers.map(tier -> matching.stream().filter(tier).toList())
                .filter(fitting -> !fitting.isEmpty())
                .findFirst()
                .map(fitting -> Platform.closest(fitting, order))
                .orElseThrow();
    }
}
