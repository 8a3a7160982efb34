package dev.dewpoint.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Contenders in turns, there and back, so that a slow minute of the machine meets all of them; and the medians. */
final class Rounds {
    /** {@code cpu}: microseconds of CPU time a request. */
    record Sample(double cpu, Wrk load) {}

    interface Load {
        Wrk on(Rival rival) throws Exception;
    }

    private final Map<String, List<Sample>> samples = new LinkedHashMap<>();

    static Rounds of(List<Rival> rivals, int rounds, Load load) throws Exception {
        Rounds result = new Rounds();
        rivals.forEach(rival -> result.samples.put(rival.name, new ArrayList<>()));
        for (int round = 0; round < rounds; round++) {
            for (Rival rival : round % 2 == 0 ? rivals : rivals.reversed()) {
                long before = rival.cpu();
                Wrk wrk = load.on(rival);
                result.samples.get(rival.name).add(new Sample((rival.cpu() - before) * 1000.0 / Math.max(1, wrk.requests()), wrk));
            }
        }
        return result;
    }

    double cpu(String name) {
        return median(name, Sample::cpu);
    }

    double perSecond(String name) {
        return median(name, sample -> sample.load().perSecond());
    }

    double p50(String name) {
        return median(name, sample -> sample.load().p50());
    }

    double p99(String name) {
        return median(name, sample -> sample.load().p99());
    }

    long failures(String name) {
        return samples.get(name).stream().mapToLong(sample -> sample.load().failures()).sum();
    }

    /** The row of a table: absolute figures of the first, everybody else as a ratio to it. */
    String row(String what) {
        String first = samples.keySet().iterator().next();
        StringBuilder row = new StringBuilder(String.format(Locale.ROOT, "| %s | %.1f ms, %,.0f/s, %.2f ms |", what, cpu(first), perSecond(first), p99(first)));
        for (String name : samples.keySet()) {
            if (!name.equals(first)) {
                row.append(String.format(Locale.ROOT, " %.2f, %.2f, %.2f%s |", cpu(name) / cpu(first), perSecond(name) / perSecond(first), p99(name) / p99(first), failures(name) == 0 ? "" : " (" + failures(name) + " failed)"));
            }
        }
        return row.toString();
    }

    private double median(String name, ToDoubleFunction<Sample> figure) {
        return median(samples.get(name).stream().map(figure::applyAsDouble).toList());
    }

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
