package dev.dewpoint.artifact;

import java.util.List;

/** Why the bytes of an artifact are believed. */
public sealed interface Proof {
    /** They match every digest that the release offers; {@code by} names where. */
    record Announced(List<String> by) implements Proof {}

    /** Nothing is offered, and they are the bytes that served before under this version. */
    record Remembered() implements Proof {}

    /** Nothing is offered, and nothing is remembered: these are the first. */
    record FirstSeen() implements Proof {}

    /** {@code --verify off}. */
    record Unchecked() implements Proof {}

    default String words() {
        return switch (this) {
            case Announced announced -> "matches " + String.join(", ", announced.by());
            case Remembered _ -> "matches what served before";
            case FirstSeen _ -> "nothing offered to compare with; remembered from now on";
            case Unchecked _ -> "not verified (--verify off)";
        };
    }
}
