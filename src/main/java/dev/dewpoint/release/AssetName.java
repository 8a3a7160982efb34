package dev.dewpoint.release;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the name of a release's file says about it.
 *
 * @param systems       operating systems that it names
 * @param architectures processors that it names
 * @param companion     it comes with an artifact without being one: sources, checksums, a bill of materials
 * @param product       its words without version and platform
 * @param extra         how many words it has that the repository's name hasn't
 * @param missing       how many words of the repository's name it lacks
 */
record AssetName(String name, Kind kind, Set<String> systems, Set<String> architectures, boolean companion, String product, int extra, int missing) {
    enum Kind {
        ARCHIVE,
        /** Runs by itself, on one platform. */
        PROGRAM,
        /** Runs wherever its runtime does, unless its name says otherwise. */
        PORTABLE,
        OTHER
    }

    private static final Pattern ARCHIVE = Pattern.compile("(.+)\\.(?:tar\\.gz|tgz|tar\\.bz2|tbz2|tbz|tar\\.xz|txz|tar\\.zst|tzst|tar|zip)");
    private static final Pattern PROGRAM = Pattern.compile("(.+)\\.(exe|appimage|run|bin)");
    private static final Pattern PORTABLE = Pattern.compile("(.+)\\.(?:jar|war|ear|phar|pyz|pex)");
    private static final Pattern TEXT = Pattern.compile(".*\\.(?:sha1|sha256|sha512|sha256sum|sha512sum|md5|sig|asc|pem|crt|minisig|sigstore|intoto|sbom|txt|json|jsonl|md|ya?ml|xml)");
    private static final Pattern EXTENSION = Pattern.compile(".*\\.([a-z0-9~]{1,14})");
    private static final Set<String> COMPANIONS = Set.of("checksum", "checksums", "sha1", "sha1sum", "sha1sums", "sha256", "sha256sum", "sha256sums", "sha512",
            "sha512sum", "sha512sums", "md5", "md5sum", "md5sums", "sbom", "sboms", "spdx", "cyclonedx", "cdx", "bom", "provenance", "attestation", "attestations",
            "signature", "signatures", "intoto", "src", "source", "sources", "vendor", "vendored", "javadoc");

    static AssetName of(String name, String repository) {
        if (!isPlain(name)) {
            return read(name, "", Kind.OTHER, repository, Optional.empty());
        }
        String lower = name.toLowerCase(Locale.ROOT);
        Matcher archive = ARCHIVE.matcher(lower);
        if (archive.matches()) {
            return read(name, archive.group(1), Kind.ARCHIVE, repository, Optional.empty());
        }
        Matcher portable = PORTABLE.matcher(lower);
        if (portable.matches()) {
            return read(name, portable.group(1), Kind.PORTABLE, repository, Optional.empty());
        }
        Matcher program = PROGRAM.matcher(lower);
        if (program.matches()) {
            Optional<String> implied = switch (program.group(2)) {
                case "exe" -> Optional.of("windows");
                case "appimage" -> Optional.of("linux");
                default -> Optional.empty();
            };
            return read(name, program.group(1), Kind.PROGRAM, repository, implied);
        }
        return read(name, lower, hasExtension(lower) ? Kind.OTHER : Kind.PROGRAM, repository, Optional.empty());
    }

    /** A name that can stand as one file in any directory. */
    static boolean isPlain(String name) {
        return !name.isBlank() && name.length() <= 255 && !name.equals(".") && !name.equals("..")
                && name.chars().noneMatch(c -> c == '/' || c == '\\' || Character.isISOControl(c));
    }

    boolean isArtifact() {
        return kind != Kind.OTHER && !companion;
    }

    /** A checksum, signature or description: of another file of the listing, or by its words. */
    boolean accompanies(List<AssetName> listing) {
        return companion || TEXT.matcher(name.toLowerCase(Locale.ROOT)).matches()
                || listing.stream().anyMatch(other -> name.startsWith(other.name + "."));
    }

    boolean namesAPlatform() {
        return !systems.isEmpty() || !architectures.isEmpty() && !architectures.equals(Set.of(PlatformWords.EVERY_ARCH));
    }

    /** {@code app-1.2.3-linux} and {@code app.linux} have none; {@code app-linux.sha256} has. */
    private static boolean hasExtension(String lower) {
        Matcher match = EXTENSION.matcher(lower);
        return match.matches() && !Version.isNumber(match.group(1)) && !PlatformWords.meaning(match.group(1), "").isPlatform();
    }

    private static AssetName read(String name, String stem, Kind kind, String repository, Optional<String> impliedSystem) {
        List<String> words = NameWords.of(stem);
        List<String> wanted = NameWords.of(repository);
        Run run = Run.of(String.join("", wanted), words);
        Platforms said = Platforms.in(run.others(words), impliedSystem).completedBy(Platforms.in(run.own(words), Optional.empty()));
        List<String> extra = new ArrayList<>(said.strangers);
        Set<String> missing = new HashSet<>();
        if (run.isEmpty()) {
            extra.removeAll(wanted);
            missing.addAll(wanted);
            words.forEach(missing::remove);
        }
        String product = String.join("", run.own(words)) + String.join("", said.strangers);
        boolean companion = !Collections.disjoint(run.others(words), COMPANIONS);
        return new AssetName(name, kind, said.systems, said.architectures, companion, product, extra.size(), missing.size());
    }

    /** Neighbouring words that are the repository's name once written together. What they say of platforms is a name, no promise. */
    private record Run(int from, int to) {
        static Run of(String joined, List<String> words) {
            for (int from = 0; from < words.size(); from++) {
                String left = joined;
                for (int at = from; at < words.size() && !left.isEmpty() && left.startsWith(words.get(at)); at++) {
                    left = left.substring(words.get(at).length());
                    if (left.isEmpty()) {
                        return new Run(from, at + 1);
                    }
                }
            }
            return new Run(0, 0);
        }

        boolean isEmpty() {
            return from == to;
        }

        List<String> own(List<String> words) {
            return words.subList(from, to);
        }

        List<String> others(List<String> words) {
            List<String> others = new ArrayList<>(words);
            others.subList(from, to).clear();
            return others;
        }
    }

    private record Platforms(Set<String> systems, Set<String> architectures, List<String> strangers) {
        /** Half a platform: the other half may be part of the repository's name. */
        Platforms completedBy(Platforms own) {
            if (systems.isEmpty() == architectures.isEmpty()) {
                return this;
            }
            return new Platforms(systems.isEmpty() ? own.systems : systems, architectures.isEmpty() ? own.architectures : architectures, strangers);
        }

        static Platforms in(List<String> words, Optional<String> impliedSystem) {
            Set<String> systems = new LinkedHashSet<>();
            Set<String> architectures = new LinkedHashSet<>();
            Set<String> hints = new LinkedHashSet<>();
            List<String> strangers = new ArrayList<>();
            String before = "";
            for (String word : words) {
                PlatformWords.Meaning meaning = PlatformWords.meaning(word, before);
                meaning.system().ifPresent(systems::add);
                meaning.architecture().ifPresent(architectures::add);
                meaning.hint().ifPresent(hints::add);
                if (meaning.stranger()) {
                    strangers.add(word);
                }
                before = word;
            }
            impliedSystem.filter(system -> systems.isEmpty()).ifPresent(systems::add);
            if (architectures.isEmpty() && !systems.isEmpty()) {
                architectures.addAll(hints);
            }
            if (systems.contains("android")) {
                systems.remove("linux");
            }
            if (systems.equals(Set.of("darwin")) && words.contains("arm") && architectures.remove("arm")) {
                architectures.add("arm64"); // no Mac has another one
            }
            return new Platforms(Collections.unmodifiableSet(systems), Collections.unmodifiableSet(architectures), List.copyOf(strangers));
        }
    }
}
