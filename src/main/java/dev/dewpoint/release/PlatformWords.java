package dev.dewpoint.release;

import static java.util.Map.entry;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What people call operating systems and processors in file names, and what Go calls them. All in lower case. */
final class PlatformWords {
    /** A file for every processor of its system. */
    static final String EVERY_ARCH = "every";

    private static final Map<String, String> SYSTEMS = inverted(Map.ofEntries(
            entry("linux", "linux gnulinux manylinux musllinux ubuntu debian fedora centos rhel alpine"),
            entry("darwin", "darwin macos macosx mac osx"),
            entry("windows", "windows win mingw cygwin msys"),
            entry("freebsd", "freebsd"),
            entry("openbsd", "openbsd"),
            entry("netbsd", "netbsd"),
            entry("dragonfly", "dragonfly dragonflybsd"),
            entry("solaris", "solaris sunos"),
            entry("illumos", "illumos"),
            entry("aix", "aix"),
            entry("android", "android"),
            entry("ios", "ios iphoneos"),
            entry("plan9", "plan9"),
            entry("wasip1", "wasi wasip1")));

    private static final Map<String, String> ARCHITECTURES = inverted(Map.ofEntries(
            entry("amd64", "amd64 x8664 x64 em64t intel64 64bit 64bits"),
            entry("arm64", "arm64 aarch64 armv8 armv8a arm64v8 armv9 arm64e arm8"),
            entry("arm", "arm arm32 armhf armhfp armel armeb armeabi arm5 arm6 arm7 armv8l arm32v5 arm32v6 arm32v7"),
            entry("386", "386 i386 i486 i586 i686 x86 x8632 x32 ia32 386sx 32bit 32bits"),
            entry("riscv64", "riscv64 riscv64gc riscv rv64 rv64gc"),
            entry("loong64", "loong64 loongarch64"),
            entry("ppc64le", "ppc64le ppc64el powerpc64le ppcle64"),
            entry("ppc64", "ppc64 powerpc64"),
            entry("ppc", "ppc powerpc"),
            entry("s390x", "s390x s390 s39064"),
            entry("mips", "mips"),
            entry("mipsle", "mipsle mipsel"),
            entry("mips64", "mips64"),
            entry("mips64le", "mips64le mips64el"),
            entry("sparc64", "sparc64 sparcv9"),
            entry("sparc", "sparc"),
            entry("ia64", "ia64"),
            entry("wasm", "wasm wasm32 wasm64"),
            entry(EVERY_ARCH, "universal universal2 all any noarch fat multiarch")));

    /** These name a processor only beside a system: a milestone may be called m1, a number may be 64. */
    private static final Map<String, String> HINTS = Map.of("64", "amd64", "32", "386", "intel", "amd64", "silicon", "arm64", "m1", "arm64", "m2", "arm64", "m3", "arm64", "m4", "arm64");

    /** Vendors in target triples: they tell nothing apart. */
    private static final Set<String> SILENT = Set.of("unknown", "pc", "apple");
    private static final Set<String> LIBRARIES = Set.of("musl", "gnu", "glibc", "static", "gnueabihf", "gnueabi", "musleabihf", "musleabi");
    private static final Pattern ARM_GENERATION = Pattern.compile("armv[5-7][a-z]*");
    private static final Pattern LEVEL = Pattern.compile("(amd64|x8664|x64|arm64)v([1-9])");
    private static final List<String> SYSTEMS_LONGEST_FIRST = SYSTEMS.keySet().stream().sorted(Comparator.comparingInt(String::length).reversed()).toList();

    /**
     * What one word says.
     *
     * @param hint     an architecture, should no other word name one
     * @param stranger whether it also says something of its own, such as {@code musl}
     */
    record Meaning(Optional<String> system, Optional<String> architecture, Optional<String> hint, boolean stranger) {
        private static final Meaning NOTHING = new Meaning(Optional.empty(), Optional.empty(), Optional.empty(), false);
        private static final Meaning STRANGER = new Meaning(Optional.empty(), Optional.empty(), Optional.empty(), true);

        boolean isPlatform() {
            return system.isPresent() || architecture.isPresent();
        }
    }

    private PlatformWords() {}

    static Optional<String> system(String word) {
        return Optional.ofNullable(SYSTEMS.get(word));
    }

    static Optional<String> architecture(String word) {
        return Optional.ofNullable(ARCHITECTURES.get(word)).or(() -> ARM_GENERATION.matcher(word).matches() ? Optional.of("arm") : Optional.empty());
    }

    /** @param before the word before it, or an empty text */
    static Meaning meaning(String word, String before) {
        Optional<String> system = system(word);
        Optional<String> architecture = architecture(word);
        if (system.isPresent() || architecture.isPresent()) {
            return new Meaning(system, architecture, Optional.empty(), false);
        }
        if (SILENT.contains(word)) {
            return Meaning.NOTHING;
        }
        Matcher level = LEVEL.matcher(word);
        if (level.matches()) {
            return new Meaning(Optional.empty(), architecture(level.group(1)), Optional.empty(), !level.group(2).equals("1"));
        }
        boolean bareNumber = Version.isNumber(word);
        if (HINTS.containsKey(word) && (!bareNumber || fused(before).isPresent() || system(before).isPresent())) {
            return new Meaning(Optional.empty(), Optional.empty(), Optional.of(HINTS.get(word)), false);
        }
        return fused(word).orElse(Meaning.STRANGER);
    }

    /** {@code linux64}, {@code win32}, {@code macosarm64}, {@code linuxmusl}, {@code macos13}. */
    private static Optional<Meaning> fused(String word) {
        for (String name : SYSTEMS_LONGEST_FIRST) {
            if (!word.startsWith(name)) {
                continue;
            }
            Optional<String> system = system(name);
            String rest = word.substring(name.length());
            if (architecture(rest).isPresent()) {
                return Optional.of(new Meaning(system, architecture(rest), Optional.empty(), false));
            }
            if (HINTS.containsKey(rest)) {
                return Optional.of(new Meaning(system, Optional.empty(), Optional.of(HINTS.get(rest)), false));
            }
            if (LIBRARIES.contains(rest) || Version.isNumber(rest)) {
                return Optional.of(new Meaning(system, Optional.empty(), Optional.empty(), true));
            }
        }
        return Optional.empty();
    }

    private static Map<String, String> inverted(Map<String, String> aliasesByName) {
        Map<String, String> names = new HashMap<>();
        aliasesByName.forEach((name, aliases) -> List.of(aliases.split(" ")).forEach(alias -> names.put(alias, name)));
        return Map.copyOf(names);
    }
}
