package dev.dewpoint.host;

import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a program may use at most; it can't raise these itself, and its own children inherit them.
 *
 * @param memoryBytes of address space, which is what the kernel can bound without a control group: a program that
 *     reserves far more than it touches (a JVM, Node) needs a limit far above what it uses
 * @param openFiles how many descriptors, the sockets included
 * @param nice from -20, the most urgent, to 19
 */
public record Limits(OptionalLong memoryBytes, OptionalInt openFiles, OptionalInt nice) {

    public Limits {
        memoryBytes.ifPresent(bytes -> require(bytes > 0, "a memory limit of " + bytes + " bytes"));
        openFiles.ifPresent(count -> require(count > 0, "a limit of " + count + " open files"));
        nice.ifPresent(value -> require(value >= -20 && value <= 19, "a nice value of " + value));
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException("no program can have " + what);
        }
    }

    public static Limits none() {
        return new Limits(OptionalLong.empty(), OptionalInt.empty(), OptionalInt.empty());
    }

    boolean isNone() {
        return memoryBytes.isEmpty() && openFiles.isEmpty() && nice.isEmpty();
    }
}
