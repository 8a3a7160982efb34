package dev.dewpoint.host;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What hooks and apps see of the agent's environment: all of it but the agent's own credentials and settings, and what
 * systemd said to the agent alone.
 *
 * @param withheld the names that the agent has and its children don't get
 */
public record ChildEnvironment(SortedMap<String, String> variables, SortedSet<String> withheld) {

    private static final Set<String> CREDENTIALS = Set.of(
            "GITHUB_TOKEN", "GH_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GH_ENTERPRISE_TOKEN",
            "WEBHOOK_SECRET",
            "DOCKER_USERNAME", "DOCKER_PASSWORD", "DOCKER_AUTH_CONFIG", "GCR_TOKEN");

    private static final List<String> CREDENTIAL_PREFIXES = List.of("GITHUB_APP_", "SLACK_", "MAIL_", "AWS_", "GOOGLE_", "DEWPOINT_");

    private static final Set<String> SYSTEMD = Set.of(
            "NOTIFY_SOCKET", "INVOCATION_ID", "JOURNAL_STREAM", "CREDENTIALS_DIRECTORY", "FDSTORE",
            "MAINPID", "MANAGERPID", "MANAGERPIDFDID", "SYSTEMD_EXEC_PID", "MEMORY_PRESSURE_WATCH", "MEMORY_PRESSURE_WRITE");

    private static final List<String> SYSTEMD_PREFIXES = List.of("WATCHDOG_", "LISTEN_");

    private static final String FILE_VARIANT = "_FILE";

    public ChildEnvironment {
        variables = Collections.unmodifiableSortedMap(new TreeMap<>(variables));
        withheld = Collections.unmodifiableSortedSet(new TreeSet<>(withheld));
    }

    /** @param given {@code NAME} gives one of the agent's back, {@code NAME=VALUE} adds or replaces one; the last one counts */
    public static ChildEnvironment of(Map<String, String> agent, List<String> given) {
        SortedMap<String, String> variables = new TreeMap<>();
        SortedSet<String> withheld = new TreeSet<>();
        agent.forEach((name, value) -> {
            if (isWithheld(name)) {
                withheld.add(name);
            } else {
                variables.put(name, value);
            }
        });
        for (String entry : given) {
            String name = nameOf(entry);
            if (name.length() < entry.length()) {
                variables.put(name, entry.substring(name.length() + 1));
            } else if (agent.containsKey(name)) {
                variables.put(name, agent.get(name));
            }
        }
        withheld.removeAll(variables.keySet());
        return new ChildEnvironment(variables, withheld);
    }

    /** The same with more; what was there under such a name is replaced. */
    public Map<String, String> with(Map<String, String> more) {
        Map<String, String> all = new TreeMap<>(variables);
        all.putAll(more);
        return all;
    }

    private static boolean isWithheld(String name) {
        String plain = name.endsWith(FILE_VARIANT) ? name.substring(0, name.length() - FILE_VARIANT.length()) : name;
        return CREDENTIALS.contains(plain) || SYSTEMD.contains(name)
                || CREDENTIAL_PREFIXES.stream().anyMatch(name::startsWith) || SYSTEMD_PREFIXES.stream().anyMatch(name::startsWith);
    }

    /** The rules of the shell: what isn't a name there could not be read by a hook. */
    private static String nameOf(String entry) {
        int equals = entry.indexOf('=');
        String name = equals < 0 ? entry : entry.substring(0, equals);
        if (!name.matches("[A-Za-z_][A-Za-z0-9_]*") || entry.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("--env takes NAME or NAME=VALUE, and '" + name + "' is no name of a variable");
        }
        return name;
    }
}
