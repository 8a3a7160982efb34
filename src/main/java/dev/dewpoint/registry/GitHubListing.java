package dev.dewpoint.registry;

import dev.dewpoint.release.Candidate;
import dev.dewpoint.release.Tag;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that is known of a repository's releases, in GitHub's order. The files are known of those on the first page alone:
 * only about that page do we hear when something changes.
 *
 * @param etag of the first page
 */
record GitHubListing(Optional<String> etag, List<ListedRelease> releases, List<Candidate> candidates) {
    /** One page as it came. */
    record Page(List<ListedRelease> releases, Optional<String> etag, Optional<URI> next) {}

    static GitHubListing of(List<Page> pages) {
        Map<Long, ListedRelease> byId = new LinkedHashMap<>();
        pages.getFirst().releases().forEach(release -> byId.putIfAbsent(release.id(), release));
        pages.stream().skip(1).flatMap(page -> page.releases().stream()).forEach(release -> byId.putIfAbsent(release.id(), release.withoutFiles()));
        return of(pages.getFirst().etag(), List.copyOf(byId.values()));
    }

    private static GitHubListing of(Optional<String> etag, List<ListedRelease> releases) {
        Map<Tag, Candidate> candidates = new LinkedHashMap<>();
        releases.forEach(release -> release.candidate().ifPresent(candidate -> candidates.putIfAbsent(candidate.tag(), candidate)));
        return new GitHubListing(etag, releases, List.copyOf(candidates.values()));
    }

    /**
     * What is known with a newer first page in place. Empty if that page can't be joined to it without doubt, so that
     * all pages have to be read.
     */
    Optional<GitHubListing> continuedBy(Page first) {
        if (first.next().isEmpty()) {
            return Optional.of(of(List.of(first)));
        }
        Map<Long, Integer> places = new HashMap<>();
        for (int i = 0; i < releases.size(); i++) {
            places.putIfAbsent(releases.get(i).id(), i);
        }
        int stayed = 0;
        int last = -1;
        for (ListedRelease release : first.releases()) {
            Integer place = places.get(release.id());
            if (place != null && place <= last) {
                return Optional.empty();
            }
            if (place != null) {
                stayed++;
                last = place;
            }
        }
        // whatever stood before the last of them and isn't on the page was deleted; so many at once would be strange
        int gone = last + 1 - stayed;
        if (stayed == 0 || gone > stayed) {
            return Optional.empty();
        }
        List<ListedRelease> joined = new ArrayList<>(first.releases());
        releases.subList(last + 1, releases.size()).forEach(release -> joined.add(release.withoutFiles()));
        return Optional.of(of(first.etag(), List.copyOf(joined)));
    }

    Optional<ListedRelease> find(Tag tag) {
        return releases.stream().filter(release -> release.tag().equals(Optional.of(tag))).findFirst();
    }
}
