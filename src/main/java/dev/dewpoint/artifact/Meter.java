package dev.dewpoint.artifact;

/** Counts what a decoder gives out, whatever the codec, and stops bombs. */
final class Meter {
    private final Budget budget;
    private long produced;

    Meter(Budget budget) {
        this.budget = budget;
    }

    void add(int bytes, long consumed) throws Rejected {
        produced += bytes;
        if (produced > budget.bytes()) {
            throw new Rejected(Rejection.TOO_LARGE, "more than " + budget.bytes() + " bytes come out of it");
        }
        if (produced > budget.bytesBeforeRatio() && produced / budget.ratio() > consumed) {
            throw new Rejected(Rejection.RATIO, produced + " bytes came out of " + consumed + ", more than " + budget.ratio() + " times as much");
        }
    }
}
