package dev.dewpoint.notify;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Something that happens over and over. Told the first time and for each new reason, then after an hour, after six more,
 * and once a day.
 *
 * @param about which release, where that matters
 * @param times how often it happened, endings that are no failure left out
 * @param endings those included
 * @param told how often people heard of it
 * @param closedAt when it was over, if it is
 * @param restless it began right after the last one was over
 */
record Streak(String about, Instant since, Instant seen, int times, int endings, int told, Instant lastTold, Set<String> reasons, Optional<Instant> closedAt, boolean restless) {
    private static final Duration FIRST_REMINDER = Duration.ofHours(1);
    private static final Duration SECOND_REMINDER = Duration.ofHours(6);
    private static final Duration FURTHER_REMINDERS = Duration.ofHours(24);
    private static final int MOST_REASONS = 8;

    static Streak begin(String about, Instant at) {
        return new Streak(about, at, at, 0, 0, 0, at, Set.of(), Optional.empty(), false);
    }

    Streak {
        reasons = Set.copyOf(reasons);
    }

    boolean isOpen() {
        return closedAt.isEmpty();
    }

    boolean isAbout(String what) {
        return isOpen() && about.equals(what);
    }

    Streak happened(Instant at, boolean isFailure) {
        return new Streak(about, since, at, times + (isFailure ? 1 : 0), endings + 1, told, lastTold, reasons, closedAt, restless);
    }

    boolean isDue(String reason, Instant at) {
        if (told == 0 || !reasons.contains(reason) && reasons.size() < MOST_REASONS) {
            return true;
        }
        Duration pause = told == 1 ? FIRST_REMINDER : told == 2 ? SECOND_REMINDER : FURTHER_REMINDERS;
        Duration silent = Duration.between(lastTold, at);
        // a wall clock that was set back must not silence it for longer than that
        return silent.compareTo(pause) >= 0 || silent.negated().compareTo(FURTHER_REMINDERS) >= 0;
    }

    Streak told(String reason, Instant at) {
        Set<String> more = new LinkedHashSet<>(reasons);
        boolean isReminder = !more.add(reason);
        return new Streak(about, since, seen, times, endings, isReminder || told == 0 ? told + 1 : told, at, more, closedAt, restless);
    }

    Streak closed(Instant at) {
        return new Streak(about, since, at, times, endings, told, lastTold, reasons, Optional.of(at), restless);
    }

    Streak asRestless() {
        return new Streak(about, since, seen, times, endings, told, lastTold, reasons, closedAt, true);
    }
}
