package dev.dewpoint.unit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The unit of one command line.
 *
 * @param name     of the app; the unit is called {@code dewpoint-NAME.service}
 * @param home     where the distribution is
 * @param command  as {@code ExecStart=} has it
 * @param reach    what it needs of the file system
 * @param patience how long it may take to start and to stop
 * @param secrets  names of those that it looks for
 * @param lowPorts whether it takes requests at ports below 1024
 * @param podman   whether the engine is podman
 */
public record Unit(Kind kind, String name, Path home, String command, Reach reach, Patience patience, List<String> secrets, boolean lowPorts, boolean podman) {
    public enum Kind {
        ASSETS, CONTAINER, PROXY, SERVER
    }

    public record Patience(Duration start, Duration stop) {
        private static final Duration MARGIN = Duration.ofMinutes(1);
        private static final Duration MARGIN_AT_STOP = Duration.ofMinutes(2);

        /**
         * @param hook  what a hook may take
         * @param ready what an app may take to become ready, if it has to be before we are
         * @param drain what requests in flight may take
         */
        public static Patience of(Kind kind, Duration hook, Duration ready, Duration drain) {
            return switch (kind) {
                case ASSETS, CONTAINER -> new Patience(hook.plus(MARGIN), drain.plus(MARGIN_AT_STOP));
                case SERVER -> new Patience(hook.plus(ready).plus(MARGIN), drain.plus(MARGIN_AT_STOP));
                case PROXY -> new Patience(MARGIN, drain.plus(MARGIN));
            };
        }
    }

    public Unit {
        secrets = List.copyOf(secrets);
    }

    /** A command line as {@code ExecStart=} has it. */
    public static String command(List<String> words) {
        return Words.command(words);
    }

    public String service() {
        return "dewpoint-" + name;
    }

    public String text() {
        Lines lines = new Lines();
        header(lines);
        return new UnitText(this).write(lines).toString();
    }

    private void header(Lines lines) {
        lines.comment("Printed by `dewpoint service`, for /etc/systemd/system/" + service() + ".service:",
                "  systemctl daemon-reload && systemctl enable --now " + service());
        lines.comment("The user dewpoint comes with the Debian package, or by",
                "  useradd --system --home-dir /nonexistent --shell /usr/sbin/nologin dewpoint");
        if (!reach.ownedByOthers().isEmpty()) {
            lines.comment("These must be there, and be the user's:");
            reach.ownedByOthers().forEach(path -> lines.comment("  install -d -o dewpoint -g dewpoint '" + path.toString().replace("'", "'\\''") + "'"));
        }
    }
}
