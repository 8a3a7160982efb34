package dev.dewpoint.release;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Which of the listed releases this app wants. Everything that isn't wanted is left out before the newest is looked
 * for, so that no release of another slot and no pre-release can hide one.
 *
 * @param preRelease whether pre-releases are wanted too: those by their tag and those by the registry's mark
 * @param slot       only versions with this build metadata; all, if absent
 */
public record Selection(VersionOrder order, boolean preRelease, Optional<String> slot, Optional<Constraint> constraint) {
    public Selection {
        Objects.requireNonNull(order, "order is null");
        Objects.requireNonNull(constraint, "constraint is null");
        slot = slot.filter(name -> !name.isEmpty());
    }

    public Optional<Version> parse(Tag tag) {
        return order.parse(tag);
    }

    /** Of several of the same rank the one that is listed first. */
    public Optional<Version> newest(List<Candidate> listing) {
        return newest(listing, version -> true);
    }

    /** As above, among those that the caller allows. */
    public Optional<Version> newest(List<Candidate> listing, Predicate<Version> allowed) {
        return listing.stream()
                .map(this::wanted)
                .flatMap(Optional::stream)
                .filter(allowed)
                .reduce((best, next) -> next.compareTo(best) > 0 ? next : best);
    }

    /** The candidate's version, if this app may run it. */
    public Optional<Version> wanted(Candidate candidate) {
        return parse(candidate.tag())
                .filter(version -> preRelease || !candidate.preRelease() && !version.isPreRelease())
                .filter(version -> slot.isEmpty() || slot.equals(version.slot()))
                .filter(version -> constraint.isEmpty() || constraint.get().admits(version));
    }
}
