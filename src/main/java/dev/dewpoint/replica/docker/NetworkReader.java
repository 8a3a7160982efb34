package dev.dewpoint.replica.docker;

import dev.dewpoint.replica.docker.RunOptions.Attachment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** --network and what belongs to it. Only networks on which a port can be published on 127.0.0.1 are of use. */
final class NetworkReader {
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");
    private static final Set<String> BUILT_IN = Set.of("bridge", "default");
    private static final Set<String> UNREACHABLE = Set.of("host", "none", "slirp4netns", "pasta", "private");
    private static final Pattern ADDRESS = Pattern.compile("[0-9a-fA-F:.%\\[\\]]+");

    private final Map<Option, List<String>> given;
    private final List<String> problems;

    NetworkReader(Map<Option, List<String>> given, List<String> problems) {
        this.given = given;
        this.problems = problems;
    }

    RunOptions.Networking networking() {
        List<Attachment> networks = new ArrayList<>();
        values(Option.NETWORK).forEach(value -> attachment(value).ifPresent(networks::add));
        List<String> aliases = values(Option.NETWORK_ALIAS);
        if (!aliases.isEmpty() && (networks.isEmpty() || BUILT_IN.contains(networks.getFirst().network()))) {
            problems.add(Option.NETWORK_ALIAS + ": only networks of your own have aliases; make one with `docker network create` and name it with --network");
        } else if (!aliases.isEmpty()) {
            List<String> both = new ArrayList<>(networks.getFirst().aliases());
            both.addAll(aliases);
            networks.set(0, new Attachment(networks.getFirst().network(), both));
        }
        return new RunOptions.Networking(networks, hosts(), nameservers());
    }

    private Optional<Attachment> attachment(String value) {
        Optional<List<String>> fields = Amount.fields(value);
        String name = "";
        List<String> aliases = new ArrayList<>();
        for (String field : fields.orElse(List.of("?="))) {
            String[] pair = field.split("=", 2);
            String key = pair[0].strip().toLowerCase(Locale.ROOT);
            if (pair.length == 1 && fields.get().size() == 1) {
                name = field;
            } else if (pair.length == 2 && key.equals("name")) {
                name = pair[1].strip();
            } else if (pair.length == 2 && key.equals("alias")) {
                aliases.add(pair[1].strip());
            } else {
                return wrong("a network's name, or name=NAME,alias=NAME, are its forms");
            }
        }
        if (UNREACHABLE.contains(name.toLowerCase(Locale.ROOT).split(":")[0]) || name.contains(":")) {
            return wrong("a replica there has no port of its own on 127.0.0.1, and the proxy could not reach it; name a bridge network or leave it out");
        }
        return NAME.matcher(name).matches() ? Optional.of(new Attachment(name, aliases)) : wrong("a network's name, or name=NAME,alias=NAME, are its forms");
    }

    /** {@code NAME:ADDRESS}, also with {@code =}; {@code host-gateway} is the host. */
    private List<String> hosts() {
        List<String> read = new ArrayList<>();
        for (String value : values(Option.ADD_HOST)) {
            String[] pair = value.split(value.contains("=") ? "=" : ":", 2);
            if (pair.length < 2 || pair[0].isBlank() || !pair[1].equals("host-gateway") && !ADDRESS.matcher(pair[1]).matches()) {
                problems.add(Option.ADD_HOST + ": NAME:ADDRESS is its form");
            } else {
                read.add(pair[0] + ":" + pair[1].replaceAll("^\\[|\\]$", ""));
            }
        }
        return read;
    }

    private List<String> nameservers() {
        if (!values(Option.DNS).stream().allMatch(address -> ADDRESS.matcher(address).matches())) {
            problems.add(Option.DNS + ": an IP address is its form");
        }
        return values(Option.DNS);
    }

    private List<String> values(Option option) {
        return given.getOrDefault(option, List.of());
    }

    private Optional<Attachment> wrong(String why) {
        String text = Option.NETWORK + ": " + why;
        if (!problems.contains(text)) {
            problems.add(text);
        }
        return Optional.empty();
    }
}
