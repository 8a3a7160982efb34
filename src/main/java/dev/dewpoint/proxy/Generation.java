package dev.dewpoint.proxy;

import java.util.ArrayList;
import java.util.List;

/** The backends of a route at one instant, and the order in which the ready ones take turns. Never changes. */
public final class Generation {
    private static final int LONGEST_TURN = 4096;

    private final List<Backend> members;
    private final Backend[] ready;
    private final Backend[] turn;

    private Generation(List<Backend> members, Backend[] ready, Backend[] turn) {
        this.members = members;
        this.ready = ready;
        this.turn = turn;
    }

    static Generation of(List<Backend> members) {
        Backend[] ready = members.stream().filter(Backend::ready).toArray(Backend[]::new);
        return new Generation(List.copyOf(members), ready, turn(ready));
    }

    public List<Backend> members() {
        return members;
    }

    /** Not to be changed. */
    public Backend[] ready() {
        return ready;
    }

    /** Each ready backend as often as it weighs, spread out. Not to be changed. */
    Backend[] turn() {
        return turn;
    }

    private static Backend[] turn(Backend[] ready) {
        int[] weights = new int[ready.length];
        int divisor = 0;
        for (int i = 0; i < ready.length; i++) {
            divisor = gcd(divisor, ready[i].weight());
        }
        long total = 0;
        for (int i = 0; i < ready.length; i++) {
            weights[i] = ready[i].weight() / divisor;
            total += weights[i];
        }
        if (total == ready.length || total > LONGEST_TURN) {
            return ready;
        }
        return spread(ready, weights, (int) total);
    }

    /** At each step everybody gains their weight, and the richest pays for all. */
    private static Backend[] spread(Backend[] ready, int[] weights, int total) {
        long[] riches = new long[ready.length];
        List<Backend> turn = new ArrayList<>(total);
        for (int step = 0; step < total; step++) {
            int richest = 0;
            for (int i = 0; i < ready.length; i++) {
                riches[i] += weights[i];
                if (riches[i] > riches[richest]) {
                    richest = i;
                }
            }
            riches[richest] -= total;
            turn.add(ready[richest]);
        }
        return turn.toArray(Backend[]::new);
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }
}
