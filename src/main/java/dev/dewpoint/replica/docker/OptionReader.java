package dev.dewpoint.replica.docker;

import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.LogConfig.LoggingType;
import dev.dewpoint.host.Secret;
import dev.dewpoint.replica.docker.RunOptions.Gpus;
import dev.dewpoint.replica.docker.RunOptions.Limit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the values of options mean. A problem names the option and the form that it has, never the value. */
final class OptionReader {
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");
    private static final String RESERVED = "dewpoint.";
    private static final String SIZE = "a size such as 512m or 2g is its form";
    private static final String SPAN = "a duration such as 30s or 1m30s is its form";
    private static final int SHORT = 63;

    private final Map<Option, List<String>> given;
    private final Surroundings surroundings;
    private final List<String> problems;
    private final Danger danger;
    private final MountReader mounts;

    OptionReader(Map<Option, List<String>> given, Surroundings surroundings, List<String> problems) {
        this.given = given;
        this.surroundings = surroundings;
        this.problems = problems;
        danger = new Danger(surroundings);
        mounts = new MountReader(surroundings, danger, problems);
    }

    RunOptions options() {
        return new RunOptions(last(Option.NAME, name -> NAME.matcher(name).matches() && name.length() <= SHORT, "letters, digits, _ . and - are its form, 63 at most"),
                environment(), labels(), program(), storage(), resources(), new NetworkReader(given, problems).networking(), logging(), health(), privileges());
    }

    private Map<String, Secret> environment() {
        Map<String, Secret> read = new EnvironmentReader(surroundings, problems).files(values(Option.ENV_FILE));
        new EnvironmentReader(surroundings, problems).words(values(Option.ENV)).forEach(read::put);
        return read;
    }

    private Map<String, String> labels() {
        Map<String, String> read = new HashMap<>();
        for (String value : values(Option.LABEL)) {
            String[] pair = value.split("=", 2);
            if (pair[0].isBlank()) {
                problem(Option.LABEL, "NAME=VALUE is its form");
            } else if (pair[0].strip().toLowerCase(Locale.ROOT).startsWith(RESERVED)) {
                problem(Option.LABEL, "names that begin with " + RESERVED + " are Dewpoint's own; choose another");
            } else {
                read.put(pair[0], pair.length == 2 ? pair[1] : "");
            }
        }
        return read;
    }

    private RunOptions.Program program() {
        return new RunOptions.Program(last(Option.ENTRYPOINT), last(Option.USER, user -> user.matches("[^\\s:]+(:[^\\s:]+)?"), "USER[:GROUP] is its form"),
                last(Option.WORKDIR, path -> path.startsWith("/"), "a path from / is its form"), last(Option.HOSTNAME, NAME.asMatchPredicate(), "a host name is its form"), given.containsKey(Option.INIT),
                last(Option.STOP_SIGNAL, signal -> signal.matches("(?i)(SIG)?[A-Z]{2,8}[0-9+-]*|[1-9][0-9]?"), "a signal such as SIGTERM is its form"), integer(Option.STOP_TIMEOUT, 0, 86_400), all(Option.GROUP_ADD, group -> group.matches("\\S+"), "a group's name or number is its form"));
    }

    private RunOptions.Storage storage() {
        return new RunOptions.Storage(values(Option.VOLUME).stream().map(mounts::volume).flatMap(Optional::stream).toList(), values(Option.MOUNT).stream().map(mounts::mount).flatMap(Optional::stream).toList(),
                mounts.tmpfs(values(Option.TMPFS)), given.containsKey(Option.READ_ONLY), size(Option.SHM_SIZE));
    }

    private RunOptions.Resources resources() {
        OptionalLong memory = size(Option.MEMORY);
        OptionalLong swap = last(Option.MEMORY_SWAP).filter("-1"::equals).isPresent() ? OptionalLong.of(-1) : size(Option.MEMORY_SWAP);
        if (swap.isPresent() && memory.isEmpty() || swap.isPresent() && swap.getAsLong() >= 0 && swap.getAsLong() < memory.getAsLong()) {
            problem(Option.MEMORY_SWAP, "it is memory and swap together, so --memory is needed and can't be more; -1 sets no limit");
        }
        OptionalLong cpus = last(Option.CPUS).map(text -> Amount.nanoCpus(text)).orElse(OptionalLong.empty());
        if (given.containsKey(Option.CPUS) && cpus.isEmpty()) {
            problem(Option.CPUS, "a number such as 1.5 is its form");
        }
        return new RunOptions.Resources(cpus, memory, swap, integer(Option.PIDS_LIMIT, -1, Integer.MAX_VALUE), integer(Option.OOM_SCORE_ADJ, -1000, 1000), limits(), pairs(Option.SYSCTL), gpus());
    }

    private Map<String, Limit> limits() {
        Map<String, Limit> read = new HashMap<>();
        for (String value : values(Option.ULIMIT)) {
            if (!value.matches("[a-z]+=(-1|\\d{1,18})(:(-1|\\d{1,18}))?")) {
                problem(Option.ULIMIT, "NAME=SOFT[:HARD] is its form");
                continue;
            }
            String[] pair = value.split("=", 2);
            String[] both = pair[1].split(":", 2);
            read.put(pair[0], new Limit(Long.parseLong(both[0]), Long.parseLong(both[both.length - 1])));
        }
        return read;
    }

    private Optional<Gpus> gpus() {
        Optional<String> text = last(Option.GPUS);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Map<String, String> fields = new LinkedHashMap<>();
        for (String field : Amount.fields(text.get()).orElse(List.of("?"))) {
            String[] pair = field.split("=", 2);
            fields.put(pair.length == 1 ? "count" : pair[0], pair[pair.length - 1]);
        }
        OptionalInt count = fields.containsKey("count") ? "all".equals(fields.get("count")) ? OptionalInt.of(-1) : Amount.integer(fields.get("count"), 1, 1000) : OptionalInt.of(fields.containsKey("device") ? 0 : -1);
        if (count.isEmpty() || !List.of("count", "driver", "device", "capabilities").containsAll(fields.keySet())) {
            problem(Option.GPUS, "all, a number, or device=ID are its forms");
            return Optional.empty();
        }
        List<String> capabilities = new ArrayList<>(List.of("gpu"));
        Stream.of(fields.getOrDefault("capabilities", "").split(",")).filter(word -> !word.isBlank() && !word.equals("gpu")).forEach(capabilities::add);
        return Optional.of(new Gpus(fields.getOrDefault("driver", ""), count.getAsInt(), fields.containsKey("device") ? List.of(fields.get("device").split(",")) : List.of(), capabilities));
    }

    private RunOptions.Logging logging() {
        Optional<String> driver = last(Option.LOG_DRIVER, name -> Arrays.stream(LoggingType.values()).anyMatch(type -> type.getType().equals(name)), "one of docker's own drivers is needed, such as json-file, local, journald or syslog");
        return new RunOptions.Logging(driver, pairs(Option.LOG_OPT));
    }

    private RunOptions.Healthcheck health() {
        RunOptions.Healthcheck read = new RunOptions.Healthcheck(given.containsKey(Option.NO_HEALTHCHECK), last(Option.HEALTH_CMD), span(Option.HEALTH_INTERVAL), span(Option.HEALTH_TIMEOUT), span(Option.HEALTH_START_PERIOD), integer(Option.HEALTH_RETRIES, 0, 1000));
        if (read.disabled() && Stream.of(Option.HEALTH_CMD, Option.HEALTH_INTERVAL, Option.HEALTH_TIMEOUT, Option.HEALTH_START_PERIOD, Option.HEALTH_RETRIES).anyMatch(given::containsKey)) {
            problem(Option.NO_HEALTHCHECK, "it contradicts the other --health options; leave one of both out");
        }
        return read;
    }

    private RunOptions.Privileges privileges() {
        Map<String, String> namespaces = new HashMap<>();
        for (Option option : List.of(Option.PID, Option.IPC, Option.UTS, Option.USERNS, Option.CGROUPNS)) {
            guarded(option).stream().reduce((_, later) -> later).ifPresent(value -> namespaces.put(option.name().toLowerCase(Locale.ROOT), value));
        }
        return new RunOptions.Privileges(!guarded(Option.PRIVILEGED).isEmpty(), namespaces, guarded(Option.DEVICE), capabilities(Option.CAP_ADD, guarded(Option.CAP_ADD)), capabilities(Option.CAP_DROP, values(Option.CAP_DROP)),
                guarded(Option.SECURITY_OPT), guarded(Option.VOLUMES_FROM));
    }

    private List<String> guarded(Option option) {
        List<String> values = values(option);
        values.stream().map(value -> danger.of(option, value)).flatMap(Optional::stream).distinct().forEach(problems::add);
        return values;
    }

    private List<String> capabilities(Option option, List<String> names) {
        List<String> plain = names.stream().map(name -> name.toUpperCase(Locale.ROOT).replaceFirst("^CAP_", "")).toList();
        if (!plain.stream().allMatch(name -> Arrays.stream(Capability.values()).anyMatch(known -> known.name().equals(name)))) {
            problem(option, "one of Linux' capabilities is needed, such as NET_BIND_SERVICE, or ALL");
        }
        return plain;
    }

    private OptionalLong size(Option option) {
        OptionalLong bytes = last(option).map(Amount::bytes).orElse(OptionalLong.empty());
        if (given.containsKey(option) && bytes.isEmpty() && !(option == Option.MEMORY_SWAP && last(option).filter("-1"::equals).isPresent())) {
            problem(option, SIZE);
        }
        return bytes;
    }

    private Optional<Duration> span(Option option) {
        Optional<Duration> read = last(option).flatMap(Amount::duration);
        if (given.containsKey(option) && read.isEmpty()) {
            problem(option, SPAN);
        }
        return read;
    }

    private OptionalInt integer(Option option, int least, int most) {
        OptionalInt read = last(option).map(text -> Amount.integer(text, least, most)).orElse(OptionalInt.empty());
        if (given.containsKey(option) && read.isEmpty()) {
            problem(option, "a whole number from " + least + " on is its form");
        }
        return read;
    }

    private Map<String, String> pairs(Option option) {
        Map<String, String> read = new HashMap<>();
        for (String value : values(option)) {
            String[] pair = value.split("=", 2);
            if (pair.length < 2 || pair[0].isBlank()) {
                problem(option, "NAME=VALUE is its form");
            } else {
                read.put(pair[0], pair[1]);
            }
        }
        return read;
    }

    private List<String> all(Option option, Predicate<String> fits, String form) {
        if (!values(option).stream().allMatch(fits)) {
            problem(option, form);
        }
        return values(option);
    }

    private Optional<String> last(Option option, Predicate<String> fits, String form) {
        Optional<String> value = last(option);
        if (value.isPresent() && !fits.test(value.get())) {
            problem(option, form);
        }
        return value;
    }

    private Optional<String> last(Option option) {
        return values(option).stream().reduce((_, later) -> later);
    }

    private List<String> values(Option option) {
        return given.getOrDefault(option, List.of());
    }

    private void problem(Option option, String why) {
        String text = option + ": " + why;
        if (!problems.contains(text)) {
            problems.add(text);
        }
    }
}
