package dev.dewpoint.deploy;

import dev.dewpoint.artifact.Download;
import dev.dewpoint.artifact.Unpack;
import dev.dewpoint.cache.Cache;
import dev.dewpoint.health.Prober;
import dev.dewpoint.hook.Hooks;
import dev.dewpoint.registry.Registry;
import dev.dewpoint.replica.Launcher;
import dev.dewpoint.replica.Rollouts;
import dev.dewpoint.replica.process.ReleaseDirectory;
import java.util.List;

/** What a release of one app passes through. */
public sealed interface Stations {
    Registry registry();

    Hooks hooks();

    /** One that is files. */
    record Files(Registry registry, Download download, Unpack unpack, Cache cache, ReleaseDirectory releases, Hooks hooks) implements Stations {}

    /** One that runs as replicas behind doors. */
    record Running(Registry registry, Hooks hooks, Launcher launcher, List<Door> doors, Rollouts rollouts, Prober prober) implements Stations {}
}
