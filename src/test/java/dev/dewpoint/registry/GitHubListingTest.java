package dev.dewpoint.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.registry.GitHubListing.Page;
import dev.dewpoint.release.Tag;
import dev.dewpoint.testing.Seeds;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class GitHubListingTest {
    private static final int PER_PAGE = 5;

    @Test
    void theFirstPageAloneKeepsItsFiles() {
        GitHubListing listing = GitHubListing.of(List.of(page(true, 9, 8), page(false, 7, 6)));
        assertThat(ids(listing)).containsExactly(9L, 8L, 7L, 6L);
        assertThat(listing.releases()).extracting(release -> release.files().isPresent()).containsExactly(true, true, false, false);
    }

    @Test
    void aReleaseThatSlippedToTheNextPageWhileReadingStandsOnce() {
        assertThat(ids(GitHubListing.of(List.of(page(true, 9, 8), page(true, 8, 7), page(false, 6))))).containsExactly(9L, 8L, 7L, 6L);
    }

    @Test
    void aPageWithoutANextOneIsAllThereIs() {
        GitHubListing listing = GitHubListing.of(List.of(page(true, 9, 8), page(false, 7)));
        assertThat(listing.continuedBy(page(false, 9, 7))).hasValueSatisfying(now -> assertThat(ids(now)).containsExactly(9L, 7L));
        assertThat(listing.continuedBy(page(false))).hasValueSatisfying(now -> assertThat(ids(now)).isEmpty());
    }

    @Test
    void whatWasPushedFromTheFirstPageIsKnownWithoutItsFiles() {
        GitHubListing listing = GitHubListing.of(List.of(page(true, 9, 8, 7), page(false, 6)));
        GitHubListing now = listing.continuedBy(page(true, 10, 9, 8)).orElseThrow();
        assertThat(ids(now)).containsExactly(10L, 9L, 8L, 7L, 6L);
        assertThat(now.releases()).extracting(release -> release.files().isPresent()).containsExactly(true, true, true, false, false);
    }

    @Test
    void anotherOrderOrTooManyGoneIsDoubtful() {
        GitHubListing listing = GitHubListing.of(List.of(page(true, 9, 8, 7), page(false, 6, 5, 4, 3)));
        assertThat(listing.continuedBy(page(true, 8, 9, 7))).as("another order").isEmpty();
        assertThat(listing.continuedBy(page(true, 20, 19, 18))).as("nothing in common").isEmpty();
        assertThat(listing.continuedBy(page(true, 20, 19, 4))).as("an old one came up").isEmpty();
        assertThat(listing.continuedBy(page(true))).as("a page of drafts").isEmpty();
        assertThat(listing.continuedBy(page(true, 9, 7, 6))).as("one deleted").hasValueSatisfying(now -> assertThat(ids(now)).containsExactly(9L, 7L, 6L, 5L, 4L, 3L));
    }

    @Test
    void ofTwoReleasesWithOneTagTheFirstIsListed() {
        ListedRelease one = release(1, "v1.0.0");
        ListedRelease two = release(2, "v1.0.0");
        GitHubListing listing = GitHubListing.of(List.of(new Page(List.of(one, two), Optional.empty(), Optional.empty())));
        assertThat(listing.candidates()).hasSize(1);
        assertThat(listing.find(new Tag("v1.0.0"))).contains(one);
    }

    /** Whatever is published and deleted on the first page, following it tells the same as reading everything. */
    @Test
    void followingTheFirstPageTellsTheSameAsReadingEverything() {
        Seeds.each(300, random -> {
            List<Long> truth = new ArrayList<>(LongStream.rangeClosed(1, random.nextInt(1, 30)).boxed().toList().reversed());
            GitHubListing known = whole(truth);
            long id = 100;
            for (int poll = 0; poll < 20; poll++) {
                id = change(random, truth, id);
                List<Long> now = List.copyOf(truth);
                known = known.continuedBy(pages(now).getFirst()).orElseGet(() -> whole(now));
                assertThat(ids(known)).isEqualTo(now);
            }
        });
    }

    private static long change(RandomGenerator random, List<Long> truth, long id) {
        long last = id;
        for (int i = random.nextInt(4); i > 0; i--) {
            if (truth.isEmpty() || random.nextInt(3) > 0) {
                truth.addFirst(++last);
            } else {
                truth.remove(random.nextInt(Math.min(truth.size(), 2)));
            }
        }
        return last;
    }

    private static GitHubListing whole(List<Long> truth) {
        return GitHubListing.of(pages(truth));
    }

    private static List<Page> pages(List<Long> truth) {
        List<Page> pages = new ArrayList<>();
        for (int from = 0; from == 0 || from < truth.size(); from += PER_PAGE) {
            int to = Math.min(truth.size(), from + PER_PAGE);
            pages.add(page(to < truth.size(), truth.subList(from, to).stream().mapToLong(Long::longValue).toArray()));
        }
        return pages;
    }

    private static Page page(boolean more, long... ids) {
        List<ListedRelease> releases = LongStream.of(ids).mapToObj(id -> release(id, "v" + id + ".0.0")).toList();
        return new Page(releases, Optional.of("etag"), more ? Optional.of(URI.create("http://127.0.0.1/next")) : Optional.empty());
    }

    private static ListedRelease release(long id, String tag) {
        return new ListedRelease(id, Tag.parse(tag), Optional.empty(), false, Optional.empty(), Optional.of(new ListedRelease.Files(Optional.empty(), List.of(), List.of(), "nothing")));
    }

    private static List<Long> ids(GitHubListing listing) {
        return listing.releases().stream().map(ListedRelease::id).toList();
    }
}
