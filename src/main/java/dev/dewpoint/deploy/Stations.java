package dev.dewpoint.deploy;

import dev.dewpoint.artifact.Download;
import dev.dewpoint.artifact.Unpack;
import dev.dewpoint.cache.Cache;
import dev.dewpoint.hook.Hooks;
import dev.dewpoint.registry.Registry;
import dev.dewpoint.replica.process.ReleaseDirectory;

/** What a release of one app passes through. */
public sealed interface Stations {
    Registry registry();

    Hooks hooks();

    /** One that is files. */
    record Files(Registry registry, Download download, Unpack unpack, Cache cache, ReleaseDirectory releases, Hooks hooks) implements Stations {}

    /** One that is an image, and runs as containers. */
    record Images(Registry registry, Hooks hooks, dev.dewpoint.replica.Images images, Running running) implements Stations {}

    /** One that is files, and runs as processes. */
    record Processes(Files files, Running running) implements Stations {
        @Override
        public Registry registry() {
            return files.registry();
        }

        @Override
        public Hooks hooks() {
            return files.hooks();
        }
    }
}
