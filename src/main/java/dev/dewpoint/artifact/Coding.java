package dev.dewpoint.artifact;

import io.airlift.compress.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.tukaani.xz.MemoryLimitException;
import org.tukaani.xz.XZInputStream;

/** How the bytes are compressed. */
enum Coding {
    PLAIN, GZIP, BZIP2, XZ, ZSTD;

    private static final int BUFFER = 64 * 1024;

    /** Decoders take part of the blame on any exception but ours: what they throw is about the data, host trouble is no IOException here. */
    InputStream open(InputStream source, Budget budget) throws IOException {
        return switch (this) {
            case PLAIN -> source;
            case GZIP -> new StrictGzip(source);
            case BZIP2 -> new BZip2CompressorInputStream(new BufferedInputStream(source, BUFFER), true);
            case XZ -> new XZInputStream(new BufferedInputStream(source, BUFFER), (int) Math.min(Integer.MAX_VALUE, budget.decoderMemoryBytes() / 1024));
            case ZSTD -> new ZstdInputStream(new ZstdFrames(source, budget.decoderMemoryBytes()));
        };
    }

    Rejected blame(Exception e) {
        if (e instanceof Rejected rejected) {
            return rejected;
        }
        if (e instanceof MemoryLimitException xz) {
            return new Rejected(Rejection.DECODER_MEMORY, "xz needs " + xz.getMemoryNeeded() / 1024 + " MiB to decompress it, " + xz.getMemoryLimit() / 1024
                    + " MiB are allowed; compress it with a smaller dictionary (`xz -6`)", e);
        }
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        String lower = message.toLowerCase(Locale.ROOT);
        if (e instanceof EOFException || lower.contains("unexpected end") || lower.contains("not enough input")) {
            return new Rejected(Rejection.TRUNCATED, "it ends within the compressed data", e);
        }
        if (lower.contains("garbage after") || lower.contains("data after")) {
            return new Rejected(Rejection.TRAILING_DATA, "something else follows the compressed data", e);
        }
        boolean checksum = lower.contains("crc") || lower.contains("checksum") || lower.contains("integrity check") || lower.contains("corrupt gzip trailer");
        return new Rejected(checksum ? Rejection.CHECKSUM : Rejection.DAMAGED, Names.shown(message), e);
    }
}
