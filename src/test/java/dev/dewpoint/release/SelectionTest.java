package dev.dewpoint.release;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dewpoint.testing.Seeds;
import dev.dewpoint.testing.Vectors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SelectionTest {
    private static final Vectors SEMVER = Vectors.of("semver.json");

    static Stream<JsonNode> semver() {
        return SEMVER.block("find_latest");
    }

    static Stream<JsonNode> calver() {
        return Vectors.of("calver.json").block("find_latest");
    }

    static Stream<JsonNode> ties() {
        return SEMVER.block("derived_ties");
    }

    static Stream<JsonNode> slots() {
        return SEMVER.block("slot_matcher");
    }

    static Stream<JsonNode> agentSlots() {
        return SEMVER.block("derived_agent_slot_selection");
    }

    @ParameterizedTest
    @MethodSource("semver")
    void newestSemVerFollowsTheVectors(JsonNode vector) {
        assertNewest(vector, VersionOrder.semver());
    }

    @ParameterizedTest
    @MethodSource("calver")
    void newestCalendarVersionFollowsTheVectors(JsonNode vector) {
        assertNewest(vector, VersionOrder.calver(vector.get("format").asText()));
    }

    @ParameterizedTest
    @MethodSource("ties")
    void ofTheSameRankTheFirstListedWins(JsonNode vector) {
        assertThat(newest(any(), Vectors.texts(vector.get("names")))).isEqualTo(Vectors.text(vector.get("latest")));
    }

    @ParameterizedTest
    @MethodSource("slots")
    void aSlotTakesItsOwnAndNoSlotTakesAll(JsonNode vector) {
        String build = vector.get("actual").asText();
        String tag = build.isEmpty() ? "v1.0.0" : "v1.0.0+" + build;
        assertThat(newest(slot(vector.get("expected").asText()), List.of(tag)).isPresent()).isEqualTo(vector.get("ok").asBoolean());
    }

    @ParameterizedTest
    @MethodSource("agentSlots")
    void theNewestIsLookedForWithinTheSlot(JsonNode vector) {
        Selection selection = slot(vector.get("agent_slot").asText());
        assertThat(newest(selection, Vectors.texts(vector.get("listing_order")))).isEqualTo(Vectors.text(vector.get("should_deploy")));
    }

    @Test
    void prefixesOfABucketAreChosenLikeTags() {
        List<String> prefixes = null;
        for (JsonNode vector : Vectors.of("urls_and_names.json").block("s3_latest_prefix").toList()) {
            prefixes = vector.get("prefixes").isArray() ? Vectors.texts(vector.get("prefixes")) : prefixes;
            List<String> names = prefixes.stream().map(prefix -> prefix.replaceFirst("^your/path/", "").replaceFirst("/$", "")).toList();
            Selection selection = new Selection(VersionOrder.semver(), vector.get("pre").asBoolean(), Optional.empty(), Optional.empty());
            assertThat(newest(selection, names)).contains(vector.get("tag").asText());
        }
    }

    @Test
    void theRegistrysMarkCountsAsMuchAsTheTag() {
        List<Candidate> listing = List.of(candidate("v1.0.0", false), candidate("v1.2.0", true), candidate("v1.1.0-rc.1", false));
        assertThat(any().newest(listing)).hasToString("Optional[v1.0.0]");
        assertThat(new Selection(VersionOrder.semver(), true, Optional.empty(), Optional.empty()).newest(listing)).hasToString("Optional[v1.2.0]");
    }

    @Test
    void theCallerMayForbidVersions() {
        List<Candidate> listing = List.of(candidate("v1.0.0", false), candidate("v1.2.0", false));
        assertThat(any().newest(listing, version -> !version.tag().text().equals("v1.2.0"))).hasToString("Optional[v1.0.0]");
    }

    @Test
    void aConstraintLeavesTheRestOut() {
        Selection selection = new Selection(VersionOrder.semver(), true, Optional.empty(), Optional.of(Constraint.parse("^1.4")));
        assertThat(newest(selection, List.of("v1.3.9", "v1.4.0", "v1.9.2", "v2.0.0-rc.1", "v2.0.0"))).contains("v1.9.2");
    }

    @Test
    void newestDoesNotDependOnTheListingsOrder() {
        Seeds.each(500, random -> {
            Selection selection = randomSelection(random);
            List<Candidate> listing = randomListing(random);
            Optional<Version> newest = selection.newest(listing);
            List<Candidate> shuffled = new ArrayList<>(listing);
            Collections.shuffle(shuffled, new Random(random.nextLong()));
            Optional<Version> again = selection.newest(shuffled);
            assertThat(again.isPresent()).isEqualTo(newest.isPresent());
            newest.ifPresent(version -> assertThat(version).isEqualByComparingTo(again.orElseThrow()));
        });
    }

    @Test
    void newestIsWantedAndNothingWantedIsNewer() {
        Seeds.each(500, random -> {
            Selection selection = randomSelection(random);
            List<Candidate> listing = randomListing(random);
            List<Version> wanted = listing.stream()
                    .filter(candidate -> isWanted(selection, candidate))
                    .map(candidate -> VersionTest.version(candidate.tag().text()))
                    .toList();
            Optional<Version> first = wanted.stream().max(Comparator.naturalOrder())
                    .flatMap(best -> wanted.stream().filter(version -> version.compareTo(best) == 0).findFirst());
            assertThat(selection.newest(listing)).as("%s of %s", selection, listing).isEqualTo(first);
        });
    }

    @Test
    void releasesOfOtherSlotsAndJunkChangeNothing() {
        Seeds.each(500, random -> {
            Selection blue = new Selection(VersionOrder.semver(), random.nextBoolean(), Optional.of("blue"), Optional.empty());
            List<Candidate> own = randomListing(random).stream().filter(candidate -> candidate.tag().text().endsWith("+blue")).toList();
            List<Candidate> mixed = new ArrayList<>();
            own.forEach(candidate -> {
                mixed.addAll(randomListing(random).stream().filter(other -> !other.tag().text().endsWith("+blue")).toList());
                mixed.add(candidate);
            });
            assertThat(blue.newest(mixed)).isEqualTo(blue.newest(own));
        });
    }

    private static boolean isWanted(Selection selection, Candidate candidate) {
        String tag = candidate.tag().text();
        if (!tag.matches("v?\\d+\\.\\d+\\.\\d+([-+].*)?")) {
            return false;
        }
        boolean preRelease = tag.replaceFirst("\\+.*", "").contains("-") || candidate.preRelease();
        return (selection.preRelease() || !preRelease) && selection.slot().map(slot -> tag.endsWith("+" + slot)).orElse(true);
    }

    private static List<Candidate> randomListing(RandomGenerator random) {
        List<String> junk = List.of("nightly", "latest", "v9", "9.9", "v99.0.0.1", "release-99.0.0", "V99.0.0", "99.0.0rc1", "2099.01");
        List<Candidate> listing = new ArrayList<>();
        for (int i = 0; i < random.nextInt(12); i++) {
            String tag = random.nextInt(4) == 0 ? junk.get(random.nextInt(junk.size())) : VersionTest.randomTag(random);
            listing.add(candidate(tag, random.nextInt(5) == 0));
        }
        return listing;
    }

    private static Selection randomSelection(RandomGenerator random) {
        return new Selection(VersionOrder.semver(), random.nextBoolean(), random.nextBoolean() ? Optional.of("blue") : Optional.empty(), Optional.empty());
    }

    private static void assertNewest(JsonNode vector, VersionOrder order) {
        Selection selection = new Selection(order, vector.get("allow_pre").asBoolean(), Optional.of(vector.get("slot").asText()), Optional.empty());
        assertThat(newest(selection, Vectors.texts(vector.get("names")))).isEqualTo(Vectors.text(vector.get("latest")));
    }

    private static Optional<String> newest(Selection selection, List<String> tags) {
        return selection.newest(tags.stream().map(tag -> candidate(tag, false)).toList()).map(Version::toString);
    }

    private static Candidate candidate(String tag, boolean preRelease) {
        return new Candidate(new Tag(tag), Optional.empty(), preRelease);
    }

    private static Selection any() {
        return slot("");
    }

    private static Selection slot(String slot) {
        return new Selection(VersionOrder.semver(), false, Optional.of(slot), Optional.empty());
    }
}
