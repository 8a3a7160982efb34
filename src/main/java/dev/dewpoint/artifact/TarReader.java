package dev.dewpoint.artifact;

import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Tar as POSIX and GNU write it, read strictly: names are bytes until they are judged, nothing is kept that a header
 * claims, and an archive that two readers could understand differently is refused.
 */
final class TarReader {
    private static final int LONGEST_EXTENSION = 1 << 20;
    private static final int MOST_EXTENSIONS = 16;
    private static final long LATEST_TIME = 1L << 33;

    private final ReadAhead in;
    private final Tree tree;
    private final Budget budget;
    private final byte[] block = new byte[TarHeader.BLOCK];
    /** Given by an extension for the entry that follows it. */
    private PaxRecords pax = PaxRecords.NONE;
    private byte[] longName;
    private byte[] longLink;
    private int extensions;

    TarReader(ReadAhead in, Tree tree, Budget budget) {
        this.in = in;
        this.tree = tree;
        this.budget = budget;
    }

    void unpack() throws Rejected {
        boolean first = true;
        while (next(first)) {
            TarHeader header = TarHeader.parse(block);
            if (!extension(header)) {
                entry(header);
                pax = PaxRecords.NONE;
                longName = null;
                longLink = null;
                extensions = 0;
            }
            first = false;
        }
        if (extensions > 0) {
            throw new Rejected(Rejection.TRUNCATED, "an extended tar header without its entry");
        }
        requireZeros();
    }

    private boolean next(boolean first) throws Rejected {
        int n = in.read(block, 0, TarHeader.BLOCK);
        if (n < TarHeader.BLOCK) {
            if (first && n > 0) {
                throw new Rejected(Rejection.NOT_AN_ARCHIVE, "what is compressed in it is no tar archive");
            }
            throw first ? new Rejected(Rejection.EMPTY, "it holds nothing") : new Rejected(Rejection.TRUNCATED, "the tar archive has no end mark");
        }
        if (TarHeader.isEnd(block)) {
            return false;
        }
        if (first && !TarHeader.hasChecksum(block)) {
            throw new Rejected(Rejection.NOT_AN_ARCHIVE, "its content starts like " + Looks.of(block, n).words() + ", not like a tar archive");
        }
        return true;
    }

    private boolean extension(TarHeader header) throws Rejected {
        switch (header.type()) {
            case 'x', 'X' -> {
                if (pax != PaxRecords.NONE) {
                    throw new Rejected(Rejection.BAD_HEADER, "two extended tar headers for one entry");
                }
                pax = PaxRecords.parse(content(header, LONGEST_EXTENSION));
            }
            case 'g' -> requireHarmless(PaxRecords.parse(content(header, LONGEST_EXTENSION)));
            case 'L' -> longName = trimmed(content(header, Math.max(TarHeader.BLOCK, budget.pathBytes() + 1)));
            case 'K' -> longLink = trimmed(content(header, Math.max(TarHeader.BLOCK, budget.pathBytes() + 1)));
            case 'V' -> requireNoContent(header);
            default -> {
                return false;
            }
        }
        if (++extensions > MOST_EXTENSIONS) {
            throw new Rejected(Rejection.BAD_HEADER, "more than " + MOST_EXTENSIONS + " extended tar headers in a row");
        }
        return true;
    }

    /** Such as the commit that git puts there. Names or sizes for all entries have no honest use. */
    private static void requireHarmless(PaxRecords global) throws Rejected {
        if (global.path() != null || global.link() != null || global.size() != null) {
            throw new Rejected(Rejection.BAD_HEADER, "a global tar header that names or measures entries");
        }
    }

    private void entry(TarHeader header) throws Rejected {
        if (pax.path() != null && longName != null || pax.link() != null && longLink != null) {
            throw new Rejected(Rejection.BAD_HEADER, "two long names for one entry");
        }
        byte[] name = pax.path() != null ? pax.path() : longName != null ? longName : header.name();
        byte[] link = pax.link() != null ? pax.link() : longLink != null ? longLink : header.link();
        String path = Names.path(name, budget);
        boolean namedAsDirectory = name[name.length - 1] == '/';
        switch (header.type()) {
            case '0', '7' -> {
                if (namedAsDirectory) {
                    directory(path, header);
                } else {
                    file(path, header);
                }
            }
            case '1' -> {
                requireNoContent(header);
                tree.hardlink(path, link);
            }
            case '2' -> {
                requireNoContent(header);
                tree.symlink(path, link);
            }
            case '5' -> directory(path, header);
            case '3', '4', '6' -> throw new Rejected(Rejection.DEVICE, Names.shown(path) + " is a device or a FIFO");
            case 'S' -> throw new Rejected(Rejection.SPARSE, Names.shown(path) + " is sparse; pack without --sparse");
            default -> throw new Rejected(Rejection.UNSUPPORTED_ENTRY, Names.shown(path) + " is of the unknown type " + Names.shown("" + header.type()));
        }
    }

    private void directory(String path, TarHeader header) throws Rejected {
        requireNoContent(header);
        tree.directory(path, header.mode());
    }

    private void file(String path, TarHeader header) throws Rejected {
        long left = size(header);
        long padding = -left & (TarHeader.BLOCK - 1);
        long seconds = pax.modifiedSeconds() != null ? pax.modifiedSeconds() : header.modifiedSeconds();
        try (Tree.OpenFile file = tree.file(path, header.mode(), left)) {
            while (left > 0) {
                requireMore();
                int n = (int) Math.min(left, in.available());
                file.write(in.bytes(), in.position(), n);
                in.advance(n);
                left -= n;
            }
            file.complete(seconds >= 0 && seconds < LATEST_TIME ? FileTime.from(seconds, TimeUnit.SECONDS) : null);
        }
        skip(padding);
    }

    private long size(TarHeader header) throws Rejected {
        if (pax.size() == null) {
            return header.size();
        }
        if (pax.size() < 0 || header.size() != 0 && header.size() != pax.size()) {
            throw new Rejected(Rejection.BAD_HEADER, "two sizes for one entry, " + header.size() + " and " + pax.size());
        }
        return pax.size();
    }

    private void requireNoContent(TarHeader header) throws Rejected {
        if (size(header) != 0) {
            throw new Rejected(Rejection.BAD_HEADER, "an entry of type " + Names.shown("" + header.type()) + " with " + size(header) + " bytes of content");
        }
    }

    private byte[] content(TarHeader header, int longest) throws Rejected {
        if (header.size() > longest) {
            throw new Rejected(Rejection.NAME_TOO_LONG, "an extended tar header of " + header.size() + " bytes, at most " + longest + " are allowed");
        }
        byte[] content = new byte[(int) header.size()];
        if (in.read(content, 0, content.length) < content.length) {
            throw truncated();
        }
        skip(-content.length & (TarHeader.BLOCK - 1));
        return content;
    }

    private static byte[] trimmed(byte[] name) {
        int end = name.length;
        while (end > 0 && name[end - 1] == 0) {
            end--;
        }
        return Arrays.copyOf(name, end);
    }

    private void skip(long left) throws Rejected {
        while (left > 0) {
            requireMore();
            int n = (int) Math.min(left, in.available());
            in.advance(n);
            left -= n;
        }
    }

    private void requireMore() throws Rejected {
        if (!in.more()) {
            throw truncated();
        }
    }

    /** Reads to the end, as checksums stand there, and lets nothing hide behind the end mark. */
    private void requireZeros() throws Rejected {
        while (in.more()) {
            int end = in.position() + in.available();
            for (int i = in.position(); i < end; i++) {
                if (in.bytes()[i] != 0) {
                    throw new Rejected(Rejection.TRAILING_DATA, "something follows the end mark of the tar archive");
                }
            }
            in.advance(in.available());
        }
    }

    private static Rejected truncated() {
        return new Rejected(Rejection.TRUNCATED, "the tar archive ends within an entry");
    }
}
