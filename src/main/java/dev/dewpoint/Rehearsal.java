package dev.dewpoint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Several commands in one JVM, the words of each parted by {@code --}; the first that ends, ends all. Only the build runs
 * it: an AOT cache is the recording of one JVM, and the agent and the proxy start from the same cache.
 */
final class Rehearsal {
    private Rehearsal() {}

    public static void main(String... arguments) {
        List<String> words = new ArrayList<>(Arrays.asList(arguments));
        for (int end = words.indexOf("--"); end >= 0; end = words.indexOf("--")) {
            String[] command = words.subList(0, end).toArray(String[]::new);
            Thread.ofPlatform().start(() -> Main.main(command));
            words.subList(0, end + 1).clear();
        }
        Main.main(words.toArray(String[]::new));
    }
}
