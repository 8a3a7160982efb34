package dev.dewpoint.demo;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the agent's log says of a release, in the fewest words. */
final class Story {
    private static final Pattern LINE = Pattern.compile("(?:\\S+Z )?([A-Z]+): (.*?)((?: [a-z_]+=\"(?:[^\"\\\\]|\\\\.)*\")*)");
    private static final Pattern FIELD = Pattern.compile(" ([a-z_]+)=\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final Pattern NUMBER = Pattern.compile(".*-(\\d+)(?:\\.\\d+)?");
    /** By the message of a line; a word in braces is a field of it. */
    private static final Map<String, String> TOLD = told();

    private Story() {}

    private static Map<String, String> told() {
        Map<String, String> told = new LinkedHashMap<>();
        told.put("Deployment started", "{to} has come; before it: {from}");
        told.put("Start server", "{name} is starting");
        told.put("Starting new container", "{name} is starting");
        told.put("Health check passed", "{server}{container} is ready after {duration}: {url}");
        told.put("Server added to load balancer", "{server} has joined");
        told.put("Container added to load balancer", "{container} has joined");
        told.put("Proxy backend updated successfully", "swapped: from now on these {backends} answer");
        told.put("Stopping old server gracefully", "{server} of before has no request left and is asked to end");
        told.put("Stopping old container gracefully", "{container} of before has no request left and is asked to end");
        told.put("Deployment completed successfully", "{tag} is deployed, in {duration}");
        return told;
    }

    /** Empty for what isn't part of it. What went wrong is always told, as it stands. */
    static Optional<String> of(String line) {
        Matcher parts = LINE.matcher(line);
        if (!parts.matches() || !parts.group(1).equals("INFO")) {
            return Optional.of(line);
        }
        return Optional.ofNullable(TOLD.get(parts.group(2))).map(words -> filled(words, parts.group(3)));
    }

    private static String filled(String words, String fields) {
        String filled = words;
        Matcher field = FIELD.matcher(fields);
        while (field.find()) {
            filled = filled.replace("{" + field.group(1) + "}", field.group(1).matches("name|server|container") ? replica(field.group(2)) : field.group(2));
        }
        return filled.replaceAll("\\{[a-z]+\\}", "");
    }

    private static String replica(String name) {
        Matcher number = NUMBER.matcher(name);
        return number.matches() ? "r" + number.group(1) : name;
    }
}
