package dev.dewpoint.artifact;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * How much one artifact may take. The ratio of output to input is judged once a sixty-fourth of the bytes has come out,
 * so that a small file of zeros harms nobody.
 */
public record Budget(long bytes, int entries, int ratio, int depth, int pathBytes, int nameBytes, long decoderMemoryBytes) {
    /** Of Linux, without the NUL at its end. */
    private static final int LONGEST_PATH = 4095;
    private static final long GIB = 1L << 30;

    public Budget {
        if (bytes < 1 || entries < 1 || ratio < 1 || depth < 1 || pathBytes < 1 || nameBytes < 1 || decoderMemoryBytes < 1) {
            throw new IllegalArgumentException("a budget of nothing");
        }
    }

    public static Budget standard(long maxHeapBytes) {
        return new Budget(8 * GIB, 200_000, 200, 100, 4096, 255, Math.max(1, maxHeapBytes / 100 * 55));
    }

    long bytesBeforeRatio() {
        return bytes / 64;
    }

    /** Links are kept in memory until the end, and so are directories that nobody may write. */
    long memoryForLinks() {
        return decoderMemoryBytes / 4;
    }

    /** What the kernel takes as a path is counted from its own root: a longer one is the archive's fault, not the disk's. */
    Budget below(Path root) {
        int left = LONGEST_PATH - root.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8).length - 1;
        return new Budget(bytes, entries, ratio, depth, Math.clamp(left, 1, pathBytes), nameBytes, decoderMemoryBytes);
    }
}
