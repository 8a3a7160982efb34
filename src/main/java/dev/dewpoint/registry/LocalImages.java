package dev.dewpoint.registry;

import dev.dewpoint.host.Time;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Candidate;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Platform;
import dev.dewpoint.release.Release;
import dev.dewpoint.release.Tag;
import dev.dewpoint.release.Version;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The images that this host's engine has under one name: what is built and tagged here runs here. Nothing is pulled. */
public final class LocalImages implements Registry {
    /** The host's engine, as far as it is asked here. */
    public interface Engine {
        /** All tags of an image, each with the id of what it names now. */
        Map<Tag, Digest> tags(String image);

        /** What an image was built for. Empty if it is gone. */
        Optional<Platform> platform(Digest id);
    }

    private record Pending(Tag tag, Instant since) {}

    private final String image;
    private final Engine engine;
    private final Platform platform;
    private final Time time;
    private Map<Tag, Digest> known = Map.of();
    private Optional<Pending> pending = Optional.empty();

    /** @param image as it stands before the colon */
    public LocalImages(String image, Engine engine, Platform platform, Time time) {
        this.image = image;
        this.engine = engine;
        this.platform = platform;
        this.time = time;
    }

    @Override
    public List<Candidate> tags() {
        known = Map.copyOf(engine.tags(image));
        return known.keySet().stream().sorted(Comparator.comparing(Tag::text)).map(tag -> new Candidate(tag, Optional.empty(), false)).toList();
    }

    @Override
    public Resolution resolve(Version version) {
        Tag tag = version.tag();
        Optional<Digest> id = Optional.ofNullable(known.get(tag));
        Optional<Platform> builtFor = id.flatMap(engine::platform);
        if (builtFor.isEmpty()) {
            return notYet(tag, "this host's engine has no image " + image + ":" + tag + " any more");
        }
        if (!builtFor.get().equals(platform)) {
            return notYet(tag, image + ":" + tag + " was built for " + builtFor.get() + ", and this host is " + platform);
        }
        pending = Optional.empty();
        Artifact.Image found = new Artifact.Image(image, tag, id.orElseThrow(), platform, "image " + id.orElseThrow());
        return new Resolution.Found(new Release(version, found, Optional.empty(), Optional.empty(), List.of()));
    }

    /** Tags have no date: the grace begins when we see one first. */
    private Resolution notYet(Tag tag, String why) {
        Pending now = pending.filter(waiting -> waiting.tag().equals(tag)).orElseGet(() -> new Pending(tag, time.now()));
        pending = Optional.of(now);
        return new Resolution.NotYet(why, Optional.of(now.since()), Optional.empty());
    }

    /** An engine takes no notes. */
    @Override
    public void report(Shipment shipment) {}
}
