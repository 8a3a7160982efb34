package dev.dewpoint.health;

/** Whether an address is ready, after all the verdicts so far. {@code against}: how many of the last ones, in a row, said otherwise. */
public record Readiness(int rise, int fall, boolean ready, int against) {
    public Readiness {
        if (rise < 1 || fall < 1 || against < 0 || against >= (ready ? fall : rise)) {
            throw new IllegalArgumentException("rise " + rise + ", fall " + fall + ", ready " + ready + ", against " + against);
        }
    }

    /** Of something that nobody has asked yet. What is never checked is ready, and one pass is enough to get it back. */
    public static Readiness unknown(Check check, Rhythm rhythm) {
        return check instanceof Check.None ? new Readiness(1, rhythm.fall(), true, 0) : new Readiness(rhythm.rise(), rhythm.fall(), false, 0);
    }

    public Readiness after(Verdict verdict) {
        boolean says = verdict instanceof Verdict.Ready;
        if (says == ready) {
            return with(ready, 0);
        }
        boolean turns = against + 1 >= (ready ? fall : rise);
        return turns ? with(says, 0) : with(ready, against + 1);
    }

    /** Known to be down by other means than checks: all passes are needed again. */
    public Readiness lost() {
        return with(false, 0);
    }

    private Readiness with(boolean now, int streak) {
        return new Readiness(rise, fall, now, streak);
    }
}
