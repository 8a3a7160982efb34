package dev.dewpoint.artifact;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Zip by its directory, which alone knows modes and links. The whole directory is judged before the first file is
 * written, and walked again instead of being kept.
 */
final class ZipReader implements AutoCloseable {
    private static final int STORED = 0;
    private static final int DEFLATED = 8;
    private static final int LOCAL_HEADER = 30;
    private static final int REGULAR = 0100000;
    private static final int DIRECTORY = 0040000;
    private static final int SYMLINK = 0120000;

    private final RandomAccess directory;
    private final RandomAccess file;
    private final Tree tree;
    private final Budget budget;
    private final Meter meter;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private final byte[] output = new byte[128 * 1024];
    private long consumed;

    /** Twice the same file, as each has its window, one on the directory and one on the data. */
    ZipReader(RandomAccess directory, RandomAccess file, Tree tree, Budget budget) {
        this.directory = directory;
        this.file = file;
        this.tree = tree;
        this.budget = budget;
        this.meter = new Meter(budget);
    }

    private interface Visitor {
        void visit(ZipEntry entry) throws Rejected;
    }

    void unpack() throws Rejected {
        ZipEnd end = ZipEnd.find(directory);
        if (end.entries() > budget.entries()) {
            throw new Rejected(Rejection.TOO_MANY_ENTRIES, "more than " + budget.entries());
        }
        judge(end);
        walk(end, this::write);
    }

    private void walk(ZipEnd end, Visitor visitor) throws Rejected {
        long at = end.directoryStart();
        for (long i = 0; i < end.entries(); i++) {
            if (at > end.directoryEnd() - ZipEntry.FIXED) {
                throw wrongSize();
            }
            ZipEntry entry = ZipEntry.read(directory, at);
            at += entry.length();
            visitor.visit(entry);
        }
        if (at != end.directoryEnd()) {
            throw wrongSize();
        }
    }

    private static Rejected wrongSize() {
        return new Rejected(Rejection.AMBIGUOUS, "the directory of the zip archive has another size than its end record says");
    }

    private void judge(ZipEnd end) throws Rejected {
        int count = (int) end.entries();
        long[] starts = new long[count];
        long[] ends = new long[count];
        long[] next = {0, 0};
        walk(end, entry -> {
            if (entry.isEncrypted()) {
                throw new Rejected(Rejection.ENCRYPTED, shown(entry));
            }
            if (entry.method() != STORED && entry.method() != DEFLATED) {
                throw new Rejected(Rejection.METHOD, shown(entry) + " is compressed by method " + entry.method() + "; use deflate");
            }
            if (entry.size() > budget.bytes() - next[1]) {
                throw new Rejected(Rejection.TOO_LARGE, "more than " + budget.bytes() + " bytes come out of it");
            }
            if (entry.compressed() > end.directoryStart() || entry.headerAt() > end.directoryStart()) {
                throw new Rejected(Rejection.TRUNCATED, shown(entry) + " lies beyond the end");
            }
            next[1] += entry.size();
            starts[(int) next[0]] = entry.headerAt();
            ends[(int) next[0]++] = entry.headerAt() + LOCAL_HEADER + entry.name().length + entry.compressed();
        });
        requireDisjoint(starts, ends, end.directoryStart());
    }

    /** Sorted each on its own: intervals are disjoint exactly if every n-th end lies before the next start. */
    private static void requireDisjoint(long[] starts, long[] ends, long limit) throws Rejected {
        Arrays.sort(starts);
        Arrays.sort(ends);
        for (int i = 0; i < starts.length; i++) {
            if (ends[i] > (i + 1 < starts.length ? starts[i + 1] : limit)) {
                throw new Rejected(Rejection.OVERLAP, "entries of the zip archive share their bytes");
            }
        }
        if (starts.length > 0 && starts[0] != 0) {
            throw new Rejected(Rejection.AMBIGUOUS, starts[0] + " bytes stand before the first entry of the zip archive");
        }
    }

    private void write(ZipEntry entry) throws Rejected {
        String path = Names.path(entry.name(), budget);
        long dataAt = entry.dataAt(file);
        switch (entry.fileType()) {
            case 0, REGULAR, DIRECTORY, SYMLINK -> { }
            default -> throw new Rejected(Rejection.DEVICE, Names.shown(path) + " is a device, a FIFO or a socket");
        }
        boolean directory = entry.isNamedAsDirectory() || entry.fileType() == DIRECTORY;
        if (directory) {
            if (entry.size() != 0 || entry.fileType() != DIRECTORY && entry.fileType() != 0) {
                throw new Rejected(Rejection.BAD_HEADER, Names.shown(path) + " is a directory and also something else");
            }
            tree.directory(path, entry.unixMode() == 0 ? 0755 : entry.unixMode());
        } else if (entry.fileType() == SYMLINK) {
            tree.symlink(path, linkTarget(entry, dataAt));
        } else {
            try (Tree.OpenFile out = tree.file(path, entry.unixMode() == 0 ? 0644 : entry.unixMode(), entry.size())) {
                content(entry, dataAt, out::write);
                out.complete(entry.modified());
            }
        }
    }

    private byte[] linkTarget(ZipEntry entry, long dataAt) throws Rejected {
        if (entry.size() > budget.pathBytes()) {
            throw new Rejected(Rejection.NAME_TOO_LONG, "a link target of " + entry.size() + " bytes, at most " + budget.pathBytes() + " are allowed");
        }
        ByteBuffer target = ByteBuffer.allocate((int) entry.size());
        content(entry, dataAt, target::put);
        return target.array();
    }

    private interface Sink {
        void accept(byte[] from, int offset, int length);
    }

    private void content(ZipEntry entry, long dataAt, Sink sink) throws Rejected {
        crc.reset();
        long written = entry.method() == STORED ? stored(entry, dataAt, sink) : inflated(entry, dataAt, sink);
        if (written != entry.size() || crc.getValue() != entry.crc()) {
            throw new Rejected(Rejection.CHECKSUM, shown(entry) + " isn't what the zip archive's directory says");
        }
    }

    private long stored(ZipEntry entry, long dataAt, Sink sink) throws Rejected {
        if (entry.compressed() != entry.size()) {
            throw new Rejected(Rejection.AMBIGUOUS, shown(entry) + " is stored with another size than its own");
        }
        long done = 0;
        while (done < entry.compressed()) {
            ByteBuffer from = file.upTo(dataAt + done, entry.compressed() - done);
            consumed += from.remaining();
            done += from.remaining();
            give(from.array(), from.position(), from.remaining(), sink);
        }
        return done;
    }

    private long inflated(ZipEntry entry, long dataAt, Sink sink) throws Rejected {
        inflater.reset();
        long read = 0;
        while (!inflater.finished()) {
            if (inflater.needsInput()) {
                if (read == entry.compressed()) {
                    throw new Rejected(Rejection.DAMAGED, shown(entry) + " ends too early");
                }
                ByteBuffer from = file.upTo(dataAt + read, entry.compressed() - read);
                read += from.remaining();
                consumed += from.remaining();
                inflater.setInput(from.array(), from.position(), from.remaining());
            }
            int n = inflate(entry);
            if (inflater.getBytesWritten() > entry.size()) {
                throw new Rejected(Rejection.CHECKSUM, shown(entry) + " is longer than the zip archive's directory says");
            }
            give(output, 0, n, sink);
        }
        if (inflater.getBytesRead() != entry.compressed()) {
            throw new Rejected(Rejection.AMBIGUOUS, shown(entry) + " ends before its data do");
        }
        return inflater.getBytesWritten();
    }

    private int inflate(ZipEntry entry) throws Rejected {
        try {
            int n = inflater.inflate(output);
            if (n == 0 && inflater.needsDictionary()) {
                throw new Rejected(Rejection.DAMAGED, shown(entry) + " asks for a dictionary");
            }
            return n;
        } catch (DataFormatException e) {
            throw new Rejected(Rejection.DAMAGED, shown(entry) + " can't be decompressed", e);
        }
    }

    private void give(byte[] from, int offset, int length, Sink sink) throws Rejected {
        meter.add(length, consumed);
        crc.update(from, offset, length);
        sink.accept(from, offset, length);
    }

    private static String shown(ZipEntry entry) {
        return Names.shown(new String(entry.name(), StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        inflater.end();
        directory.close();
        file.close();
    }
}
