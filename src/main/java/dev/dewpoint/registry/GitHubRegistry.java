package dev.dewpoint.registry;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.http.Answer;
import dev.dewpoint.http.Ask;
import dev.dewpoint.http.Http;
import dev.dewpoint.registry.GitHubListing.Page;
import dev.dewpoint.registry.ListedRelease.Asset;
import dev.dewpoint.registry.ListedRelease.Files;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.ArtifactPattern;
import dev.dewpoint.release.Candidate;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Platform;
import dev.dewpoint.release.Release;
import dev.dewpoint.release.Tag;
import dev.dewpoint.release.Version;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The releases of a repository at GitHub. A poll asks for the first page and says which one it has; while that is
 * unchanged, nothing else is asked. Further pages are read the first time, and when the first one has become another.
 */
public final class GitHubRegistry implements Registry {
    private static final int PER_PAGE = 100;
    private static final int MOST_PAGES = 100;
    private static final long LARGEST_PAGE = 64L << 20;
    private static final int LONGEST_ETAG = 1000;
    private static final Duration PAGE_DEADLINE = Duration.ofMinutes(2);
    private static final Duration LISTING_DEADLINE = Duration.ofMinutes(8);

    /** A release that was asked for by its tag, and when. */
    private record Looked(Tag tag, long poll, Optional<String> etag, ListedRelease release) {}

    /** For how long to ask nothing. */
    private record Rest(long sinceNanos, Duration length) {}

    private final GitHubApi api;
    private final Time time;
    private final ReleaseReader reader;
    private final URI first;
    private Optional<GitHubListing> known = Optional.empty();
    private Optional<Looked> looked = Optional.empty();
    private Rest rest = new Rest(0, Duration.ZERO);
    private long poll;

    /** {@code http} carries the credentials of {@code access}; see {@link GitHubAuthorization}. */
    public GitHubRegistry(Http http, GitHubAccess access, String owner, String repository, Platform platform, Optional<ArtifactPattern> artifact, Time time) {
        this.api = new GitHubApi(http, access, owner, repository);
        this.time = time;
        this.reader = new ReleaseReader(new ArtifactChoice(platform, artifact, repository), PER_PAGE);
        this.first = api.uri("releases?per_page=" + PER_PAGE);
    }

    @Override
    public List<Candidate> tags() {
        if (known.isPresent() && time.since(rest.sinceNanos()).compareTo(rest.length()) < 0) {
            return known.get().candidates();
        }
        poll++;
        String tried = "list the releases of " + api.name();
        long started = time.nanos();
        Optional<Page> changed = page(tried, first, known.flatMap(GitHubListing::etag), started);
        if (changed.isPresent()) {
            known = Optional.of(known.flatMap(listing -> listing.continuedBy(changed.get())).orElseGet(() -> whole(tried, changed.get(), started)));
        }
        return known.orElseThrow(() -> new IllegalStateException("unchanged since nothing")).candidates();
    }

    @Override
    public Resolution resolve(Version version) {
        Tag tag = version.tag();
        Optional<ListedRelease> listed = known.flatMap(listing -> listing.find(tag));
        if (listed.isEmpty()) {
            return new Resolution.NotYet(api.name() + " has no release " + tag + " any more", Optional.empty(), Optional.empty());
        }
        if (listed.get().files().isPresent()) {
            return resolution(version, listed.get());
        }
        Optional<ListedRelease> now = lookAgain(tag);
        if (now.isEmpty()) {
            known = Optional.empty(); // what we know is out of date where nobody tells us: the next listing reads all of it
            return new Resolution.NotYet(api.name() + " has no release " + tag + " any more", listed.get().publishedAt(), Optional.empty());
        }
        return resolution(version, now.get());
    }

    @Override
    public void report(Shipment shipment) {
        String tried = "report " + shipment.tag() + " to " + api.name();
        ShipmentNote note = ShipmentNote.of(shipment);
        long id = known.flatMap(listing -> listing.find(shipment.tag())).or(() -> byTag(tried, shipment.tag(), Optional.empty()).map(Looked::release)).map(ListedRelease::id)
                .orElseThrow(() -> new Failure(Failure.Kind.MISSING, tried, "it is a draft"));
        URI uri = api.uploadUri("releases/" + id + "/assets?name=" + encoded(note.fileName()));
        api.post(tried, Ask.post(uri, "text/plain", note.sentence().getBytes(StandardCharsets.UTF_8)));
    }

    private Optional<Page> page(String tried, URI uri, Optional<String> etag, long started) {
        Duration left = LISTING_DEADLINE.minus(time.since(started));
        if (left.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new Failure(Failure.Kind.TIMED_OUT, tried, "its pages took more than " + LISTING_DEADLINE.toMinutes() + " minutes to arrive");
        }
        Ask ask = Ask.get(uri).atMost(LARGEST_PAGE).within(left.compareTo(PAGE_DEADLINE) < 0 ? left : PAGE_DEADLINE);
        return api.get(tried, ask, etag, this::spare, answer -> new Page(GitHubApi.json(tried, answer, reader::page), etag(answer), next(tried, answer)));
    }

    private void spare(Answer answer) {
        rest = new Rest(time.nanos(), Quota.of(answer).map(Quota::pause).orElse(Duration.ZERO));
    }

    private GitHubListing whole(String tried, Page firstPage, long started) {
        List<Page> pages = new ArrayList<>(List.of(firstPage));
        Set<URI> seen = new HashSet<>(Set.of(first));
        for (Optional<URI> next = firstPage.next(); next.isPresent(); next = pages.getLast().next()) {
            if (!seen.add(next.get())) {
                throw new Failure(Failure.Kind.UNREACHABLE, tried, "its pages lead back to one that was read already");
            }
            if (pages.size() >= MOST_PAGES) {
                throw new Failure(Failure.Kind.UNREACHABLE, tried, "it has more than " + MOST_PAGES + " pages");
            }
            pages.add(page(tried, next.get(), Optional.empty(), started).orElseThrow());
        }
        return GitHubListing.of(pages);
    }

    private static Optional<String> etag(Answer answer) {
        return answer.header("ETag").filter(value -> value.length() <= LONGEST_ETAG && value.chars().allMatch(c -> c >= ' ' && c <= '~'));
    }

    private Optional<URI> next(String tried, Answer answer) {
        return LinkHeader.next(answer.headers("Link")).map(reference -> api.sameOrigin(tried, answer.uri(), reference));
    }

    /** Of an older release nobody tells us that its files have changed; but it is asked for once a poll at most. */
    private Optional<ListedRelease> lookAgain(Tag tag) {
        Optional<Looked> before = looked.filter(l -> l.tag().equals(tag));
        if (before.isEmpty() || before.get().poll() != poll) {
            looked = byTag("look at release " + tag + " of " + api.name(), tag, before);
        }
        return looked.map(Looked::release);
    }

    /** Empty if there is no such release. */
    private Optional<Looked> byTag(String tried, Tag tag, Optional<Looked> before) {
        try {
            Optional<Optional<Looked>> changed = api.get(tried, Ask.get(api.uri("releases/tags/" + encoded(tag.text()))), before.flatMap(Looked::etag),
                    answer -> GitHubApi.json(tried, answer, reader::one).map(release -> new Looked(tag, poll, etag(answer), release)));
            return changed.orElseGet(() -> before.map(same -> new Looked(tag, poll, same.etag(), same.release())));
        } catch (Failure failure) {
            if (failure.kind() == Failure.Kind.MISSING) {
                return Optional.empty();
            }
            throw failure;
        }
    }

    private Resolution resolution(Version version, ListedRelease release) {
        Files files = release.files().orElseThrow();
        if (files.artifact().isEmpty()) {
            return new Resolution.NotYet(files.lacking(), release.publishedAt(), Optional.empty());
        }
        Asset asset = files.artifact().get();
        if (!asset.ready()) {
            return new Resolution.NotYet(asset.name() + " is still being uploaded", release.publishedAt(), Optional.empty());
        }
        String announcement = "asset " + asset.id() + ", size " + (asset.size().isPresent() ? asset.size().getAsLong() : "unknown")
                + ", digest " + asset.digest().orElse("none") + ", updated " + asset.updatedAt().orElse("never");
        List<Artifact.Checksums> checksums = files.checksums().stream().map(file -> new Artifact.Checksums(file.name(), location(file))).toList();
        Artifact.Archive archive = new Artifact.Archive(asset.name(), location(asset), asset.size(), asset.digest().flatMap(Digest::parse), announcement, checksums);
        return new Resolution.Found(new Release(version, archive, release.publishedAt(), release.page(), files.others()));
    }

    /** Made from the id, never taken from the answer: whatever that says, a download begins at the API. */
    private URI location(Asset asset) {
        return api.uri("releases/assets/" + asset.id());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
