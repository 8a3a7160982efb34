package dev.dewpoint.artifact;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * Below the gzip library: lets zeros pad the end, which the library takes for garbage, and ends a header that doesn't,
 * which the library would keep in memory. It reads headers byte by byte, and nothing else.
 */
final class GzipMembers extends BufferedInputStream {
    private static final int BUFFER = 128 * 1024;
    private static final int LONGEST_HEADER = 64 * 1024;

    private int ofHeader;

    private GzipMembers(InputStream in) {
        super(in, BUFFER);
    }

    static InputStream open(InputStream source) throws IOException {
        GzipMembers members = new GzipMembers(source);
        return GzipCompressorInputStream.builder().setInputStream(members).setDecompressConcatenated(true).setOnMemberEnd(end -> members.skipPadding()).get();
    }

    @Override
    public synchronized int read() throws IOException {
        if (++ofHeader > LONGEST_HEADER) {
            throw new Rejected(Rejection.DAMAGED, "a gzip header without end");
        }
        return super.read();
    }

    @Override
    public synchronized int read(byte[] into, int offset, int length) throws IOException {
        ofHeader = 0;
        return super.read(into, offset, length);
    }

    private void skipPadding() throws IOException {
        mark(1);
        if (super.read() != 0) {
            reset();
            return;
        }
        byte[] some = new byte[BUFFER];
        for (int n = read(some, 0, BUFFER); n >= 0; n = read(some, 0, BUFFER)) {
            for (int i = 0; i < n; i++) {
                if (some[i] != 0) {
                    throw new Rejected(Rejection.TRAILING_DATA, "something that isn't gzip follows the compressed data");
                }
            }
        }
    }
}
