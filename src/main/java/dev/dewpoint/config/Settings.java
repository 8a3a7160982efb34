package dev.dewpoint.config;

import dev.dewpoint.artifact.Verify;
import dev.dewpoint.hook.DeployHooks;
import dev.dewpoint.host.Log;
import dev.dewpoint.notify.Channel;
import dev.dewpoint.registry.GitHubAccess;
import dev.dewpoint.registry.RegistryCredentials;
import dev.dewpoint.release.Selection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

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

    public record Hooks(DeployHooks commands, Duration limit, List<String> environment) {}

    public record Storage(Path cache, long cacheBytes, int keep) {}

    public record Logging(Log.Level level, Log.Format format) {}
}
