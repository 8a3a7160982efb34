package dev.dewpoint.registry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.http.Answer;
import dev.dewpoint.http.Ask;
import dev.dewpoint.http.Origin;
import dev.dewpoint.registry.OciAuthorization.Purpose;
import dev.dewpoint.release.Tag;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * All tags of a repository, or a failure. As many to a page as the registry grants, so that most listings are one request;
 * a page that carries an ETag is asked for under the condition that it has changed.
 */
final class OciListing {
    private static final List<Integer> PAGE_SIZES = List.of(10_000, 1000, 100, 0);
    /** How registries say that they won't have this page size. */
    private static final List<Integer> REFUSALS = List.of(400, 405, 413, 414, 416, 422);
    private static final int NOT_MODIFIED = 304;
    private static final int MOST_PAGES = 200;
    private static final int MOST_TAGS = 200_000;
    private static final long LARGEST_PAGE = 32 << 20;
    private static final int LONGEST_ETAG = 1000;
    private static final Duration PAGE_DEADLINE = Duration.ofMinutes(1);
    private static final Duration LISTING_DEADLINE = Duration.ofMinutes(8);

    private record Page(List<String> tags, Optional<String> etag, Optional<URI> next) {}

    private final OciApi api;
    private final Time time;
    private final Consumer<Answer> seen;
    private Map<URI, Page> known = Map.of();
    private int taken;

    /** {@code seen} is shown every page that came. */
    OciListing(OciApi api, Time time, Consumer<Answer> seen) {
        this.api = api;
        this.time = time;
        this.seen = seen;
    }

    /** In one order, whatever the registry's is. What is no tag of ours is left out. */
    SortedSet<String> read() {
        String tried = "list the tags of " + api.repository().name();
        long started = time.nanos();
        Map<URI, Page> pages = new HashMap<>();
        Set<String> raw = new HashSet<>();
        Optional<URI> next = Optional.empty();
        do {
            Page page = next.isEmpty() ? first(tried, pages, started) : read(tried, next.get(), pages, started, List.of()).orElseThrow();
            boolean grew = raw.addAll(page.tags());
            if (raw.size() > MOST_TAGS) {
                throw new Failure(Failure.Kind.UNREACHABLE, tried, "it has more than " + MOST_TAGS + " tags");
            }
            // a full page without a link: some registries leave it to us to ask on, and some say everything at once and go no further
            int size = PAGE_SIZES.get(taken);
            next = page.next().or(() -> grew && size > 0 && page.tags().size() == size ? Optional.of(after(page.tags().getLast())) : Optional.empty());
        } while (next.isPresent());
        known = pages;
        SortedSet<String> tags = new TreeSet<>();
        raw.stream().filter(text -> Tag.parse(text).isPresent()).forEach(tags::add);
        return tags;
    }

    /** Begins with the page size that the registry took last. */
    private Page first(String tried, Map<URI, Page> pages, long started) {
        for (int at = taken; ; at++) {
            int size = PAGE_SIZES.get(at);
            boolean last = size == 0;
            Optional<Page> page = read(tried, api.repository().uri(last ? "tags/list" : "tags/list?n=" + size), pages, started, last ? List.of() : REFUSALS);
            if (page.isPresent()) {
                taken = at;
                return page.get();
            }
        }
    }

    private URI after(String last) {
        return api.repository().uri("tags/list?n=" + PAGE_SIZES.get(taken) + "&last=" + URLEncoder.encode(last, StandardCharsets.UTF_8));
    }

    /** Empty if it was refused by one of these statuses. */
    private Optional<Page> read(String tried, URI uri, Map<URI, Page> pages, long started, List<Integer> refusals) {
        if (pages.containsKey(uri)) {
            throw new Failure(Failure.Kind.UNREACHABLE, tried, "its pages lead back to one that was read already");
        }
        if (pages.size() >= MOST_PAGES) {
            throw new Failure(Failure.Kind.UNREACHABLE, tried, "it has more than " + MOST_PAGES + " pages");
        }
        Duration left = LISTING_DEADLINE.minus(time.since(started));
        if (left.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new Failure(Failure.Kind.TIMED_OUT, tried, "its pages took more than " + LISTING_DEADLINE.toMinutes() + " minutes to arrive");
        }
        Optional<Page> before = Optional.ofNullable(known.get(uri)).filter(page -> page.etag().isPresent());
        Ask ask = Ask.get(uri).header("Accept", "application/json").atMost(LARGEST_PAGE).within(left.compareTo(PAGE_DEADLINE) < 0 ? left : PAGE_DEADLINE);
        Ask conditional = before.flatMap(Page::etag).map(etag -> ask.header("If-None-Match", etag)).orElse(ask);
        List<Integer> expected = new ArrayList<>(refusals);
        before.ifPresent(_ -> expected.add(NOT_MODIFIED));
        Optional<Page> page = api.exchange(tried, conditional, Purpose.TAGS, expected, answer -> {
            if (refusals.contains(answer.status())) {
                return Optional.empty();
            }
            seen.accept(answer);
            return answer.status() == NOT_MODIFIED ? before : Optional.of(page(tried, uri, answer));
        });
        page.ifPresent(came -> pages.put(uri, came));
        return page;
    }

    private Page page(String tried, URI asked, Answer answer) {
        try {
            JsonNode tags = OciJson.read(answer.body().readAllBytes()).path("tags");
            if (!tags.isArray() && !tags.isNull() || tags.valueStream().anyMatch(tag -> !tag.isTextual())) {
                throw new IOException("it holds no list of tags");
            }
            Optional<String> etag = answer.header("ETag").filter(value -> value.length() <= LONGEST_ETAG && value.chars().allMatch(c -> c >= ' ' && c <= '~'));
            return new Page(tags.valueStream().map(JsonNode::asText).toList(), etag, next(tried, asked, answer));
        } catch (IOException e) {
            String type = answer.header("Content-Type").filter(value -> !value.contains("json")).map(value -> " (it is " + OciApi.shown(value) + ")").orElse("");
            throw new Failure(Failure.Kind.UNREACHABLE, tried, "the answer of " + Origin.of(answer.uri()) + " is no list of tags" + type + "; check that this is an image registry", e);
        }
    }

    private Optional<URI> next(String tried, URI asked, Answer answer) {
        List<String> links = answer.headers("Link");
        if (LinkHeader.isGarbled(links)) {
            throw new Failure(Failure.Kind.UNREACHABLE, tried, "it has a further page and its Link header doesn't say where");
        }
        return LinkHeader.next(links).map(reference -> {
            Optional<URI> next = resolved(asked, reference);
            Origin origin = api.repository().origin();
            if (next.isEmpty() || !Origin.of(next.get()).host().equals(origin.host())) {
                throw new Failure(Failure.Kind.UNREACHABLE, tried, "it leads to a further page at " + next.map(Origin::of).map(Origin::toString).orElse("something that is no URL") + ", which is not " + origin);
            }
            // behind a proxy registries often know neither their scheme nor their port; we do
            return URI.create(origin + next.get().getRawPath() + (next.get().getRawQuery() == null ? "" : "?" + next.get().getRawQuery()));
        });
    }

    /** Against what was asked, not against whoever we were sent on to. */
    private static Optional<URI> resolved(URI asked, String reference) {
        try {
            // a mere query URI.resolve takes for one of the folder; and tags may stand in it as they are
            String safe = reference.replace(" ", "%20").replace("|", "%7C");
            URI uri = asked.resolve(safe.startsWith("?") ? asked.getRawPath() + safe : safe);
            Origin.of(uri);
            return Optional.of(uri);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
