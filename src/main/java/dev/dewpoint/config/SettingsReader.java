package dev.dewpoint.config;

import dev.dewpoint.artifact.Verify;
import dev.dewpoint.hook.DeployHooks;
import dev.dewpoint.hook.Hook;
import dev.dewpoint.notify.Channel;
import dev.dewpoint.registry.GitHubAccess;
import dev.dewpoint.registry.RegistryCredentials;
import dev.dewpoint.release.Constraint;
import dev.dewpoint.release.Selection;
import dev.dewpoint.release.VersionOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** Reads and checks the flags of every command that follows a registry; what is wrong is noted and the reading goes on. */
public final class SettingsReader {
    private static final Pattern NAME = Pattern.compile("[0-9A-Za-z][0-9A-Za-z._-]{0,62}");
    private static final Pattern SLOT = Pattern.compile("[0-9A-Za-z.-]{1,64}");
    private static final Pattern ENVIRONMENT_ENTRY = Pattern.compile("[A-Za-z_][0-9A-Za-z_]*(=.*)?", Pattern.DOTALL);

    private enum BeforeHookFailure { CONTINUE, ABORT }

    private enum AfterHookAt { SERVING, SWITCHED }

    /** Who asks: what fits one of them is none of the others' business. */
    private enum For {
        ASSETS("`dewpoint assets`"), IMAGES("`dewpoint container`"), PROCESSES("`dewpoint server`");

        private final String command;

        For(String command) {
            this.command = command;
        }
    }

    private final Values values;
    private final Problems problems;
    private final Secrets secrets;
    private final CommonFlags common;

    public SettingsReader(Flags flags, Problems problems, Secrets secrets, Path workingDirectory) {
        this.values = new Values(flags, problems);
        this.problems = problems;
        this.secrets = secrets;
        this.common = new CommonFlags(values, problems, secrets, workingDirectory);
    }

    /** Empty if there are problems. */
    public Optional<Settings> read() {
        return read(For.ASSETS);
    }

    /** The same for an app that runs as processes. */
    Optional<Settings> readProcesses() {
        return read(For.PROCESSES);
    }

    /** The same for an app that is images. */
    Optional<Settings> readImages() {
        return read(For.IMAGES);
    }

    private Optional<Settings> read(For who) {
        values.flags().unknown().forEach(problems::add);
        Path root = root();
        Optional<RegistryUrl> registry = registry(who);
        Optional<String> name = values.optional("--name", SettingsReader::name).or(() -> registry.map(RegistryUrl::name).map(SettingsReader::nameFrom));
        GitHubAccess access = registry.filter(RegistryUrl.GitHub.class::isInstance).map(_ -> GitHubSecrets.read(secrets, problems)).orElseGet(GitHubSecrets::none);
        RegistryCredentials.Given logins = logins(registry);
        Selection selection = selection(registry);
        Duration interval = values.duration("--interval", Duration.ofSeconds(10), Duration.ofSeconds(1), Duration.ofDays(1));
        Settings.Hooks hooks = new Settings.Hooks(commands(who), values.duration("--hook-timeout", Duration.ofMinutes(10), Duration.ofSeconds(1), Duration.ofHours(6)), environment());
        List<Channel> channels = common.channels();
        Settings.Storage storage = new Settings.Storage(cache(root), values.bytes("--cache-size", 2L << 30), values.number("--keep", 7, 1, 1000));
        Verify verify = values.choice("--verify", Verify.AUTO, Verify.class);
        Optional<Integer> port = values.flags().one("--admin-port").map(_ -> values.number("--admin-port", 17539, 1, 65535));
        Settings.Logging logging = common.logging();
        boolean once = values.yes("--once");
        boolean report = values.yes("--report");
        if (!problems.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Settings(name.orElse("app"), root, registry.orElseThrow(), access, logins, selection, interval, once, hooks, channels, storage, verify, report,
                port.map(OptionalInt::of).orElse(OptionalInt.empty()), logging));
    }

    private Path root() {
        Path root = common.root();
        Path current = root.resolve("current");
        if (Files.exists(current, LinkOption.NOFOLLOW_LINKS) && !Files.isSymbolicLink(current)) {
            problems.add(common.rootOrigin() + " " + root + ": " + current + " is a file or directory that Dewpoint did not make; move it away, a symlink will stand there");
        }
        return root;
    }

    private Optional<RegistryUrl> registry(For who) {
        if (values.flags().one("--registry").isEmpty()) {
            problems.add("--registry is not set: name where releases are announced, such as --registry ghr://OWNER/REPO or --registry file:///DIR");
            return Optional.empty();
        }
        return values.optional("--registry", text -> {
            RegistryUrl url = RegistryUrl.parse(text);
            boolean image = url.isOfImages();
            if (image && who != For.IMAGES) {
                throw new IllegalArgumentException("images are run by `dewpoint container`; " + who.command + " follows ghr://OWNER/REPO and file:///DIR");
            }
            if (!image && who == For.IMAGES) {
                throw new IllegalArgumentException("`dewpoint container` runs images, img://HOST/REPO or docker://IMAGE; files are deployed by `dewpoint assets` and `dewpoint server`");
            }
            return url;
        });
    }

    private RegistryCredentials.Given logins(Optional<RegistryUrl> registry) {
        return registry.filter(RegistryUrl.Image.class::isInstance).map(_ -> ImageSecrets.read(secrets, problems, values.flags().environment())).orElseGet(RegistryCredentials.Given::nothing);
    }

    private Selection selection(Optional<RegistryUrl> registry) {
        VersionOrder asked = values.read("--calver", VersionOrder.semver(), VersionOrder::calver);
        VersionOrder order = registry.map(url -> url.order(asked)).orElse(asked);
        Optional<String> slot = values.optional("--slot", text -> {
            if (!SLOT.matcher(text).matches()) {
                throw new IllegalArgumentException("a slot is the build metadata of a version: letters, digits, dots and dashes");
            }
            return text;
        });
        refusePatternWithoutSlot(registry);
        Optional<Constraint> constraint = values.flags().one("--registry").flatMap(given -> registry.flatMap(r -> r.options().constraint())
                .flatMap(text -> values.read(new Flags.Value(given.origin() + " ?constraint=", text), any -> Constraint.parse(any, order))));
        return new Selection(order, registry.map(r -> r.options().preRelease()).orElse(false), slot, constraint);
    }

    /** Else what stands in the slot's place, the rc1 of v1.2.0-rc1 for one, would pass for a slot, and all slots for one line of versions. */
    private void refusePatternWithoutSlot(Optional<RegistryUrl> registry) {
        boolean pattern = registry.filter(url -> url instanceof RegistryUrl.Image image && image.slotPattern().isPresent()).isPresent();
        if (pattern && values.flags().one("--slot").isEmpty()) {
            values.flags().one("--registry").ifPresent(given -> problems.add(given.origin() + " ?slot-pattern=: it says where in a tag the slot stands, and --slot doesn't say which slot is followed; add --slot, or leave slot-pattern away"));
        }
    }

    /** Files serve once they are switched to: nothing is between, and nothing of them goes back. */
    private DeployHooks commands(For who) {
        boolean starts = who != For.ASSETS;
        Optional<Hook> rolledBack = starts ? hook("--rolled-back-hook", Hook.Kind.ROLLED_BACK) : Optional.empty();
        boolean abort = values.choice("--before-hook-failure", BeforeHookFailure.CONTINUE, BeforeHookFailure.class) == BeforeHookFailure.ABORT;
        boolean atSwitch = starts && values.choice("--after-hook-at", AfterHookAt.SERVING, AfterHookAt.class) == AfterHookAt.SWITCHED;
        return new DeployHooks(hook("--before-deploy-hook", Hook.Kind.BEFORE_DEPLOY), hook("--after-deploy-hook", Hook.Kind.AFTER_DEPLOY), rolledBack, abort, atSwitch);
    }

    private Optional<Hook> hook(String flag, Hook.Kind kind) {
        return values.optional(flag, text -> new Hook(kind, text));
    }

    private List<String> environment() {
        List<String> environment = new ArrayList<>();
        for (Flags.Value value : values.flags().all("--env")) {
            if (ENVIRONMENT_ENTRY.matcher(value.text()).matches()) {
                environment.add(value.text());
            } else {
                problems.add(value.origin() + ": an entry has the form NAME or NAME=VALUE");
            }
        }
        return List.copyOf(environment);
    }

    private Path cache(Path root) {
        Path own = root.resolve(".dewpoint").resolve("cache");
        return values.read("--cache", own, text -> {
            Url url = Url.parse(text);
            if (!url.scheme().equals("file") || !url.rest().startsWith("/")) {
                throw new IllegalArgumentException("a cache is a directory, file:///DIR");
            }
            url.allowOnly(List.of());
            return Path.of(Url.decoded(url.rest())).normalize();
        });
    }

    private static String name(String text) {
        if (!NAME.matcher(text).matches()) {
            throw new IllegalArgumentException("a name begins with a letter or digit and holds letters, digits, dots, dashes and underscores, 63 at most");
        }
        return text;
    }

    private static String nameFrom(String segment) {
        String safe = segment.replaceAll("[^0-9A-Za-z._-]", "-").replaceFirst("^[^0-9A-Za-z]+", "");
        return safe.isEmpty() ? "app" : safe.substring(0, Math.min(63, safe.length()));
    }
}
