package dev.dewpoint.replica.docker;

import dev.dewpoint.replica.docker.RunOptions.MountKind;
import dev.dewpoint.replica.docker.RunOptions.Mounted;
import dev.dewpoint.replica.docker.RunOptions.Volume;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** -v, --mount and --tmpfs. A problem never repeats the value that it is about. */
final class MountReader {
    private static final Pattern VOLUME_NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]+");
    private static final Set<String> MODES = Set.of("ro", "rw", "z", "Z", "nocopy", "private", "rprivate", "slave", "rslave", "shared", "rshared", "cached", "delegated", "consistent");
    private static final Map<String, String> KEYS = Map.ofEntries(Map.entry("src", "source"), Map.entry("dst", "target"), Map.entry("destination", "target"), Map.entry("ro", "readonly"));
    private static final Map<MountKind, Set<String>> KNOWN = Map.of(
            MountKind.BIND, Set.of("bind-propagation", "consistency"),
            MountKind.VOLUME, Set.of("volume-nocopy", "volume-driver", "volume-opt", "volume-label", "consistency"),
            MountKind.TMPFS, Set.of("tmpfs-size", "tmpfs-mode"));
    /** Their values stand one a line; of any other key the last one counts. */
    private static final Set<String> REPEATABLE = Set.of("volume-opt", "volume-label");
    private static final Set<String> PROPAGATIONS = Set.of("private", "rprivate", "slave", "rslave", "shared", "rshared");

    private final Surroundings surroundings;
    private final Danger danger;
    private final List<String> problems;

    MountReader(Surroundings surroundings, Danger danger, List<String> problems) {
        this.surroundings = surroundings;
        this.danger = danger;
        this.problems = problems;
    }

    Optional<Volume> volume(String spec) {
        String[] parts = spec.split(":", -1);
        String target = parts.length == 1 ? parts[0] : parts[1];
        if (parts.length > 3 || !isTarget(target)) {
            return wrong(Option.VOLUME, "SOURCE:/PATH/INSIDE[:ro] is its form");
        }
        String mode = parts.length == 3 ? parts[2] : "";
        if (parts.length == 3 && !List.of(mode.split(",", -1)).stream().allMatch(MODES::contains)) {
            return wrong(Option.VOLUME, "after the second colon come ro, rw, z, Z, nocopy or a propagation");
        }
        Optional<String> source = parts.length == 1 ? Optional.of("") : source(Option.VOLUME, parts[0]);
        return source.map(from -> new Volume(from, target, mode));
    }

    /** A path with links and dots is looked through; anything else is a volume's name. */
    private Optional<String> source(Option option, String text) {
        if (!text.startsWith("/") && !text.startsWith(".") && !text.startsWith("~")) {
            return VOLUME_NAME.matcher(text).matches() ? Optional.of(text) : wrong(option, "its source is neither a path that begins with / or . nor the name of a volume");
        }
        return path(option, text).map(Path::toString);
    }

    private Optional<Path> path(Option option, String text) {
        if (text.startsWith("~")) {
            return wrong(option, "~ is a matter of the shell; write the whole path");
        }
        try {
            Path path = surroundings.directory().resolve(text).normalize();
            Optional<String> reason = danger.ofSource(option, path);
            reason.ifPresent(this::problem);
            return reason.isPresent() ? Optional.empty() : Optional.of(path);
        } catch (InvalidPathException e) {
            return wrong(option, "its source is no path");
        }
    }

    Optional<Mounted> mount(String spec) {
        Map<String, String> options = new HashMap<>();
        Optional<List<String>> fields = Amount.fields(spec);
        if (fields.isEmpty()) {
            return wrong(Option.MOUNT, "a quote in it doesn't close");
        }
        for (String field : fields.get()) {
            String[] pair = field.split("=", 2);
            String key = pair[0].strip().toLowerCase(Locale.ROOT);
            options.merge(KEYS.getOrDefault(key, key), pair.length == 2 ? pair[1] : "true", (first, second) -> REPEATABLE.contains(key) ? first + "\n" + second : second);
        }
        Optional<MountKind> kind = kind(options.remove("type"));
        String target = options.getOrDefault("target", "");
        options.remove("target");
        String source = options.getOrDefault("source", "");
        options.remove("source");
        Optional<Boolean> readOnly = flag(options.remove("readonly"));
        if (kind.isEmpty() || readOnly.isEmpty()) {
            return wrong(Option.MOUNT, kind.isEmpty() ? "type is bind, volume or tmpfs" : "readonly is true or false");
        }
        if (!isTarget(target)) {
            return wrong(Option.MOUNT, "target=/PATH/INSIDE is needed");
        }
        return checked(kind.get(), source, target, readOnly.get(), options);
    }

    private Optional<Mounted> checked(MountKind kind, String source, String target, boolean readOnly, Map<String, String> options) {
        for (String key : options.keySet()) {
            if (!KNOWN.get(kind).contains(key)) {
                return wrong(Option.MOUNT, "of type " + kind.name().toLowerCase(Locale.ROOT) + " has the keys source, target, readonly and " + String.join(", ", KNOWN.get(kind).stream().sorted().toList()));
            }
        }
        if (options.containsKey("volume-opt") || options.containsKey("volume-driver")) {
            Optional<String> reason = danger.ofVolumeDriver(Option.MOUNT);
            reason.ifPresent(this::problem);
            if (reason.isPresent()) {
                return Optional.empty();
            }
        }
        if (!PROPAGATIONS.contains(options.getOrDefault("bind-propagation", "private")) || Amount.bytes(options.getOrDefault("tmpfs-size", "0")).isEmpty() || !options.getOrDefault("tmpfs-mode", "0").matches("[0-7]{1,4}")) {
            return wrong(Option.MOUNT, "a propagation, size or mode in it isn't one");
        }
        Optional<String> from = switch (kind) {
            case BIND -> source.startsWith("/") || source.startsWith(".") ? path(Option.MOUNT, source).map(Path::toString) : wrong(Option.MOUNT, "a bind needs source=/PATH");
            case VOLUME -> source.isEmpty() || VOLUME_NAME.matcher(source).matches() ? Optional.of(source) : wrong(Option.MOUNT, "source is the volume's name");
            case TMPFS -> source.isEmpty() ? Optional.of("") : wrong(Option.MOUNT, "a tmpfs has no source");
        };
        return from.map(path -> new Mounted(kind, path, target, readOnly, options));
    }

    private static Optional<MountKind> kind(String type) {
        return switch (type == null ? "volume" : type.toLowerCase(Locale.ROOT)) {
            case "bind" -> Optional.of(MountKind.BIND);
            case "volume" -> Optional.of(MountKind.VOLUME);
            case "tmpfs" -> Optional.of(MountKind.TMPFS);
            default -> Optional.empty();
        };
    }

    private static Optional<Boolean> flag(String text) {
        return switch (text == null ? "false" : text.toLowerCase(Locale.ROOT)) {
            case "true", "1", "t" -> Optional.of(true);
            case "false", "0", "f" -> Optional.of(false);
            default -> Optional.empty();
        };
    }

    Map<String, String> tmpfs(List<String> specs) {
        Map<String, String> read = new HashMap<>();
        for (String spec : specs) {
            String[] parts = spec.split(":", 2);
            if (isTarget(parts[0])) {
                read.put(parts[0], parts.length == 2 ? parts[1] : "");
            } else {
                problem(Option.TMPFS + ": /PATH/INSIDE[:size=64m,mode=1777] is its form");
            }
        }
        return read;
    }

    private static boolean isTarget(String path) {
        return path.startsWith("/") && !path.replace("/", "").replace(".", "").isEmpty();
    }

    private <T> Optional<T> wrong(Option option, String why) {
        problem(option + ": " + why);
        return Optional.empty();
    }

    private void problem(String text) {
        if (!problems.contains(text)) {
            problems.add(text);
        }
    }
}
