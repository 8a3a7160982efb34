package dev.dewpoint.testing;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.registry.Registry;
import dev.dewpoint.registry.Resolution;
import dev.dewpoint.registry.Shipment;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Candidate;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Release;
import dev.dewpoint.release.Tag;
import dev.dewpoint.release.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A registry that says what it is told to say. Newest published first, like GitHub; may be scripted from another thread. */
public final class FakeRegistry implements Registry {
    private record Entry(Candidate candidate, Optional<Artifact> artifact, String why, Optional<Duration> settlesIn) {}

    private final LinkedHashMap<Tag, Entry> entries = new LinkedHashMap<>();
    private final List<Shipment> reports = new ArrayList<>();
    private Optional<Failure> failure = Optional.empty();
    private Optional<Runnable> beforeTags = Optional.empty();
    private int polls;
    private int announcements;

    /** A release whose artifact is that file; published again, it is another announcement. */
    public synchronized FakeRegistry publish(String tag, Path file) {
        return publish(tag, file, Optional.empty());
    }

    /** As above, with what the registry says of its digest. */
    public synchronized FakeRegistry publish(String tag, Path file, Optional<Digest> digest) {
        try {
            return publish(tag, new Artifact.Archive(file.getFileName().toString(), file.toUri(), OptionalLong.of(Files.size(file)), digest, "entry " + ++announcements, List.of()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public synchronized FakeRegistry publish(String tag, Artifact artifact) {
        return put(tag, Instant.EPOCH, false, Optional.of(artifact), "", Optional.empty());
    }

    /** A release that is announced before its artifact is there. */
    public synchronized FakeRegistry announce(String tag, Instant publishedAt) {
        return put(tag, publishedAt, false, Optional.empty(), "there is no artifact yet", Optional.empty());
    }

    /** A release whose artifact is seen while it is written. */
    public synchronized FakeRegistry writing(String tag, Instant publishedAt, Duration settlesIn) {
        return put(tag, publishedAt, false, Optional.empty(), "it is still being written", Optional.of(settlesIn));
    }

    /** The registry's own mark on a release. */
    public synchronized FakeRegistry markPreRelease(String tag) {
        entries.computeIfPresent(new Tag(tag), (key, e) -> new Entry(new Candidate(key, e.candidate().publishedAt(), true), e.artifact(), e.why(), e.settlesIn()));
        return this;
    }

    public synchronized FakeRegistry withdraw(String tag) {
        entries.remove(new Tag(tag));
        return this;
    }

    /** Every call fails until {@link #recover}. */
    public synchronized FakeRegistry failWith(Failure next) {
        failure = Optional.of(next);
        return this;
    }

    public synchronized FakeRegistry recover() {
        failure = Optional.empty();
        return this;
    }

    /** Runs in every listing, on the caller's thread: to wait, to throw, to interrupt. */
    public synchronized FakeRegistry beforeTags(Runnable action) {
        beforeTags = Optional.of(action);
        return this;
    }

    public synchronized int polls() {
        return polls;
    }

    public synchronized List<Shipment> reports() {
        return List.copyOf(reports);
    }

    @Override
    public List<Candidate> tags() {
        hook().ifPresent(Runnable::run);
        synchronized (this) {
            polls++;
            check();
            return entries.values().stream().map(Entry::candidate).toList();
        }
    }

    @Override
    public synchronized Resolution resolve(Version version) {
        check();
        Entry entry = entries.get(version.tag());
        if (entry == null) {
            return new Resolution.NotYet("there is no such release any more", Optional.empty(), Optional.empty());
        }
        return entry.artifact().<Resolution>map(artifact -> new Resolution.Found(new Release(version, artifact, entry.candidate().publishedAt(), Optional.empty(), List.of())))
                .orElseGet(() -> new Resolution.NotYet(entry.why(), entry.candidate().publishedAt(), entry.settlesIn()));
    }

    @Override
    public synchronized void report(Shipment shipment) {
        check();
        reports.add(shipment);
    }

    private synchronized Optional<Runnable> hook() {
        return beforeTags;
    }

    private void check() {
        if (failure.isPresent()) {
            Failure told = failure.get();
            throw told.patience().map(patience -> Failure.limited(told.tried(), told.why(), patience)).orElseGet(() -> new Failure(told.kind(), told.tried(), told.why()));
        }
    }

    private FakeRegistry put(String tag, Instant publishedAt, boolean preRelease, Optional<Artifact> artifact, String why, Optional<Duration> settlesIn) {
        Tag key = new Tag(tag);
        Entry entry = new Entry(new Candidate(key, Optional.of(publishedAt), preRelease), artifact, why, settlesIn);
        if (entries.containsKey(key)) {
            entries.put(key, entry);
        } else {
            entries.putFirst(key, entry);
        }
        return this;
    }
}
