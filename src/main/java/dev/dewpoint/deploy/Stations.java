package dev.dewpoint.deploy;

import dev.dewpoint.artifact.Download;
import dev.dewpoint.artifact.Unpack;
import dev.dewpoint.cache.Cache;
import dev.dewpoint.hook.Hooks;
import dev.dewpoint.registry.Registry;
import dev.dewpoint.replica.process.ReleaseDirectory;

/** What a release of one app passes through. */
public record Stations(Registry registry, Download download, Unpack unpack, Cache cache, ReleaseDirectory releases, Hooks hooks) {}
