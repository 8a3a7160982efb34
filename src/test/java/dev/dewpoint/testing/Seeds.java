package dev.dewpoint.testing;

import java.security.SecureRandom;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** Random input that can be had again: a failure names its seed, {@link #replay} runs that one. */
public final class Seeds {
    private Seeds() {}

    public static void each(int runs, Consumer<RandomGenerator> check) {
        SecureRandom seeds = new SecureRandom();
        for (int i = 0; i < runs; i++) {
            replay(seeds.nextLong(), check);
        }
    }

    public static void replay(long seed, Consumer<RandomGenerator> check) {
        try {
            check.accept(new SplittableRandom(seed));
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("with Seeds.replay(" + seed + "L, …): " + e.getMessage(), e);
        }
    }
}
