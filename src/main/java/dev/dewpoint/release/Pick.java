package dev.dewpoint.release;

import java.util.List;

/** Which of a release's files is its artifact here. */
public sealed interface Pick {
    /** @param others what would have fitted as well, in the listing's order: worth a warning */
    record One(String name, List<String> others) implements Pick {
        public One {
            others = List.copyOf(others);
        }
    }

    record None() implements Pick {}
}
