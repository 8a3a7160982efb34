package dev.dewpoint.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The YAML of {@code dewpoint run}, as far as it is about the proxy: the flags of {@code dewpoint proxy} without their
 * dashes, below {@code proxy:}. Whoever blames a value names the file and the line.
 */
public final class ProxyFile {
    private static final long LARGEST = 1 << 20;
    private static final Map<String, String> PLURALS = Map.of("routes", "--route", "trusted-proxies", "--trusted-proxy", "notifiers", "--notifier", "tls-certs", "--tls-cert", "tls-keys", "--tls-key");
    private static final Set<String> AT_THE_TOP = Set.of("--notifier", "--root", "--log-level", "--log-format");

    private final Path file;
    private final Set<String> known;
    private final Problems problems;
    private final Map<String, List<Flags.Value>> found = new HashMap<>();

    private ProxyFile(Path file, Set<String> known, Problems problems) {
        this.file = file;
        this.known = known;
        this.problems = problems;
    }

    /** {@code known}: the flags of the proxy. What can't be read is a problem, and what can is answered. */
    public static Map<String, List<Flags.Value>> read(Path file, Set<String> known, Problems problems) {
        ProxyFile reading = new ProxyFile(file, known, problems);
        try {
            if (reading.mayBeRead()) {
                reading.parse(Files.readString(file));
            }
        } catch (JsonProcessingException e) {
            problems.add(file + ":" + e.getLocation().getLineNr() + ": " + e.getOriginalMessage().lines().findFirst().orElse("it is no YAML"));
        } catch (IOException e) {
            problems.add("-f " + file + ": it can't be read: " + e);
        }
        return reading.found;
    }

    /** Whoever can write it decides where requests go. */
    private boolean mayBeRead() throws IOException {
        if (!Files.isRegularFile(file)) {
            problems.add("-f " + file + ": it is no file");
        } else if (Files.size(file) > LARGEST) {
            problems.add("-f " + file + ": it is larger than 1 MiB");
        } else if (Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS).contains(PosixFilePermission.OTHERS_WRITE) && !Files.isSymbolicLink(file)) {
            problems.add("-f " + file + ": everybody can write to it; `chmod o-w " + file + "`");
        } else {
            return true;
        }
        return false;
    }

    private void parse(String text) throws IOException {
        try (YAMLParser in = YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build().createParser(text)) {
            if (in.nextToken() != JsonToken.START_OBJECT) {
                problems.add(where(in, "") + "it begins with `proxy:`");
                return;
            }
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                String key = in.currentName();
                String name = where(in, key);
                in.nextToken();
                if (key.equals("proxy") && in.currentToken() == JsonToken.START_OBJECT) {
                    section(in);
                } else if (key.equals("proxy")) {
                    problems.add(name + "keys are meant below it, such as `routes:`");
                    in.skipChildren();
                } else if (AT_THE_TOP.contains(flag(key))) {
                    values(in, key, flag(key));
                } else {
                    Set<String> keys = new TreeSet<>(Set.of("proxy", "notifiers", "root", "log-level", "log-format"));
                    problems.add(name + "there is no such key" + Problems.didYouMean(key, keys));
                    in.skipChildren();
                }
            }
        }
    }

    private void section(YAMLParser in) throws IOException {
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String key = in.currentName();
            String name = where(in, key);
            in.nextToken();
            if (known.contains(flag(key)) && !AT_THE_TOP.contains(flag(key))) {
                values(in, key, flag(key));
            } else if (AT_THE_TOP.contains(flag(key))) {
                problems.add(name + "it stands at the top, beside `proxy:`");
                in.skipChildren();
            } else {
                Set<String> keys = new TreeSet<>(PLURALS.keySet());
                known.stream().filter(flag -> !PLURALS.containsValue(flag) && !AT_THE_TOP.contains(flag)).map(flag -> flag.substring(2)).forEach(keys::add);
                keys.remove("notifiers");
                problems.add(name + "there is no such key below `proxy:`" + Problems.didYouMean(key, keys));
                in.skipChildren();
            }
        }
    }

    private static String flag(String key) {
        return PLURALS.getOrDefault(key, "--" + key);
    }

    private void values(YAMLParser in, String key, String flag) throws IOException {
        List<Flags.Value> values = found.computeIfAbsent(flag, _ -> new ArrayList<>());
        if (in.currentToken() != JsonToken.START_ARRAY) {
            value(in, key, flag, values);
            return;
        }
        while (in.nextToken() != JsonToken.END_ARRAY) {
            value(in, key, flag, values);
        }
    }

    private void value(YAMLParser in, String key, String flag, List<Flags.Value> values) throws IOException {
        String origin = where(in, key).replaceFirst(": $", "");
        if (in.isCurrentAlias() || in.getObjectId() != null) {
            problems.add(origin + ": anchors and aliases are not followed; write the value out");
            in.skipChildren();
        } else if (in.currentToken() == JsonToken.START_OBJECT && flag.equals("--route")) {
            String route = route(in, origin);
            if (!route.isEmpty()) {
                values.add(new Flags.Value(origin, route));
            }
        } else if (in.currentToken().isScalarValue() && in.currentToken() != JsonToken.VALUE_NULL) {
            values.add(new Flags.Value(origin, in.getText()));
        } else {
            problems.add(origin + ": a text or a number is meant");
            in.skipChildren();
        }
    }

    /** A route with its options as keys: the same as behind its question mark. */
    private String route(JsonParser in, String origin) throws IOException {
        String route = "";
        List<String> options = new ArrayList<>();
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String key = in.currentName();
            in.nextToken();
            if (!in.currentToken().isScalarValue()) {
                problems.add(origin + ": " + key + ": a text or a number is meant");
                in.skipChildren();
            } else if (key.equals("route")) {
                route = in.getText();
            } else {
                options.add(key + "=" + URLEncoder.encode(in.getText(), StandardCharsets.UTF_8).replace("+", "%20"));
            }
        }
        if (route.isEmpty()) {
            problems.add(origin + ": `route:` is missing, such as `route: 8000=127.0.0.1:3001`");
            return "";
        }
        return options.isEmpty() ? route : route + (route.contains("?") ? "&" : "?") + String.join("&", options);
    }

    private String where(JsonParser in, String key) {
        return file + ":" + in.currentTokenLocation().getLineNr() + ": " + (key.isEmpty() ? "" : key + ": ");
    }
}
