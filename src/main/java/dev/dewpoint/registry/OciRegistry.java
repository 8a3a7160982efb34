package dev.dewpoint.registry;

import dev.dewpoint.host.Time;
import dev.dewpoint.http.Answer;
import dev.dewpoint.http.Http;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Candidate;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Platform;
import dev.dewpoint.release.Release;
import dev.dewpoint.release.Tag;
import dev.dewpoint.release.Version;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The images of a repository. A poll reads the list of tags. Which image a tag names is asked when the tags have changed,
 * when another one is chosen, and every ten minutes: then a tag that was moved is noticed.
 */
public final class OciRegistry implements Registry {
    private static final Duration LOOK_AGAIN = Duration.ofMinutes(10);
    private static final Duration LONGEST_REST = Duration.ofMinutes(5);
    private static final int MOST_LOOKED = 16;

    private record Looked(Digest manifest, long sinceNanos) {}

    private record Pending(Tag tag, Instant since) {}

    /** For how long to ask nothing. */
    private record Rest(long sinceNanos, Duration length) {}

    private final OciRepository repository;
    private final OciListing listing;
    private final OciImages images;
    private final Platform platform;
    private final Time time;
    private final Map<Tag, Looked> looked = new HashMap<>();
    private Optional<SortedSet<String>> known = Optional.empty();
    private List<Candidate> candidates = List.of();
    private Optional<Pending> pending = Optional.empty();
    private Rest rest = new Rest(0, Duration.ZERO);

    /** {@code http} has no credentials of its own, and trusts who signs for the registry. */
    public OciRegistry(Http http, OciRepository repository, RegistryCredentials credentials, Platform platform, Time time) {
        this.repository = repository;
        this.platform = platform;
        this.time = time;
        OciApi api = new OciApi(repository, new OciAuthorization(repository, credentials, http, time), http);
        this.listing = new OciListing(api, time, this::spare);
        this.images = new OciImages(api, platform, this::spareIfNothingIsLeft);
    }

    @Override
    public List<Candidate> tags() {
        if (known.isPresent() && time.since(rest.sinceNanos()).compareTo(rest.length()) < 0) {
            return candidates;
        }
        SortedSet<String> now = listing.read();
        if (!known.equals(Optional.of(now))) {
            known = Optional.of(new TreeSet<>(now));
            candidates = now.stream().map(text -> new Candidate(new Tag(text), Optional.empty(), false)).toList();
            looked.clear();
        }
        return candidates;
    }

    @Override
    public Resolution resolve(Version version) {
        Tag tag = version.tag();
        if (known.isEmpty() || !known.get().contains(tag.text())) {
            return new Resolution.NotYet(repository.name() + " has no tag " + tag + " any more", Optional.empty(), Optional.empty());
        }
        Looked before = looked.get(tag);
        if (before != null && time.since(before.sinceNanos()).compareTo(LOOK_AGAIN) < 0) {
            return found(version, before.manifest());
        }
        Optional<OciImages.Image> image = images.look(tag);
        Optional<Digest> manifest = image.flatMap(OciImages.Image::manifest);
        if (manifest.isEmpty()) {
            looked.remove(tag);
            return notYet(tag, image.map(there -> "of " + tag + " " + there.why()).orElse("nothing stands behind the tag " + tag + " of " + repository.name()));
        }
        if (looked.size() >= MOST_LOOKED) {
            looked.clear();
        }
        looked.put(tag, new Looked(manifest.get(), time.nanos()));
        pending = Optional.empty();
        return found(version, manifest.get());
    }

    /** A registry of images takes no notes. */
    @Override
    public void report(Shipment shipment) {}

    private Resolution found(Version version, Digest manifest) {
        // what else an index holds, and which index it is, doesn't matter here
        Artifact.Image image = new Artifact.Image(repository.name(), version.tag(), manifest, platform, "image " + manifest);
        return new Resolution.Found(new Release(version, image, Optional.empty(), Optional.empty(), List.of()));
    }

    /** Registries don't say when something was published: the grace begins when we see it first. */
    private Resolution notYet(Tag tag, String why) {
        Pending now = pending.filter(waiting -> waiting.tag().equals(tag)).orElseGet(() -> new Pending(tag, time.now()));
        pending = Optional.of(now);
        return new Resolution.NotYet(why, Optional.of(now.since()), Optional.empty());
    }

    private void spare(Answer answer) {
        rest(Quota.ofRegistry(answer).map(Quota::pause).orElse(Duration.ZERO));
    }

    /** Looking at images costs nothing as long as nothing is new, so what is left of them needs no pacing. */
    private void spareIfNothingIsLeft(Answer answer) {
        Quota.ofRegistry(answer).filter(quota -> quota.remaining() == 0).ifPresent(quota -> rest(quota.untilReset().compareTo(LONGEST_REST) > 0 ? LONGEST_REST : quota.untilReset()));
    }

    private void rest(Duration length) {
        rest = new Rest(time.nanos(), length);
    }
}
