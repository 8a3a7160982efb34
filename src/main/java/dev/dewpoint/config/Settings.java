package dev.dewpoint.config;

import dev.dewpoint.artifact.Verify;
import dev.dewpoint.hook.Hook;
import dev.dewpoint.host.Log;
import dev.dewpoint.notify.Channel;
import dev.dewpoint.registry.GitHubAccess;
import dev.dewpoint.registry.RegistryCredentials;
import dev.dewpoint.release.Selection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.Optional;

/** Everything that an operator decided about {@code dewpoint assets}, checked. */
public record Settings(
        String app,
        Path root,
        RegistryUrl registry,
        GitHubAccess gitHub,
        RegistryCredentials.Given images,
        Selection selection,
        Duration interval,
        boolean once,
        Hooks hooks,
        List<Channel> channels,
        Storage storage,
        Verify verify,
        boolean report,
        OptionalInt adminPort,
        Logging logging) {

    public record Hooks(Optional<Hook> before, Optional<Hook> after, Duration limit, boolean abortOnBefore, List<String> environment) {}

    public record Storage(Path cache, long cacheBytes, int keep) {}

    public record Logging(Log.Level level, Log.Format format) {}
}
