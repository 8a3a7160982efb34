package dev.dewpoint.config;

import dev.dewpoint.host.Log;
import dev.dewpoint.notify.Channel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What every command that goes on running takes: where it keeps things, whom it tells, how it logs. */
final class CommonFlags {
    private final Values values;
    private final Problems problems;
    private final Secrets secrets;
    private final Path workingDirectory;

    CommonFlags(Values values, Problems problems, Secrets secrets, Path workingDirectory) {
        this.values = values;
        this.problems = problems;
        this.secrets = secrets;
        this.workingDirectory = workingDirectory;
    }

    Settings.Logging logging() {
        return new Settings.Logging(values.choice("--log-level", Log.Level.INFO, Log.Level.class), values.choice("--log-format", Log.Format.TEXT, Log.Format.class));
    }

    List<Channel> channels() {
        List<Channel> channels = new ArrayList<>();
        for (Flags.Value value : values.flags().all("--notifier")) {
            values.read(value, text -> NotifierUrl.parse(text, secrets)).ifPresent(channels::add);
        }
        return List.copyOf(channels);
    }

    /** Where everything is kept; also what operator commands look for the agent's address below. */
    Path root() {
        Path root = values.read("--root", workingDirectory, this::path);
        String origin = rootOrigin();
        Path existing = root;
        while (existing != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (existing == null || !Files.isDirectory(existing)) {
            problems.add(origin + " " + root + ": " + existing + " is no directory");
        } else if (!takesFiles(existing)) {
            problems.add(origin + " " + root + ": " + existing + " can't be written to; choose another directory or change its owner");
        }
        return root;
    }

    String rootOrigin() {
        return values.flags().one("--root").map(Flags.Value::origin).orElse("--root");
    }

    /** Tried, not asked: root may write anywhere by its permissions, and yet not to a read-only or a virtual file system. */
    private static boolean takesFiles(Path directory) {
        try {
            Files.delete(Files.createTempFile(directory, ".dewpoint-", null));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** As written, below the working directory. */
    Path path(String text) {
        try {
            return workingDirectory.resolve(text).normalize();
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("no path can be called that");
        }
    }
}
