package dev.dewpoint.artifact;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** One line of a zip's directory. */
record ZipEntry(byte[] name, int flags, int method, long crc, long compressed, long size, long headerAt, int unixMode, FileTime modified, int length) {
    static final int SIGNATURE = 0x02014b50;
    static final int FIXED = 46;

    private static final int ENCRYPTED = 1 | 1 << 6 | 1 << 13;
    private static final int UNIX = 3;
    private static final int DARWIN = 19;
    private static final long NONE = 0xffffffffL;
    private static final int ZIP64 = 1;
    private static final int UNIX_TIMES = 0x5455;

    static ZipEntry read(RandomAccess file, long at) throws Rejected {
        ByteBuffer fixed = file.at(at, FIXED);
        if (fixed.getInt(0) != SIGNATURE) {
            throw new Rejected(Rejection.BAD_HEADER, "the zip archive's directory is damaged");
        }
        int nameLength = fixed.getShort(28) & 0xffff;
        int extraLength = fixed.getShort(30) & 0xffff;
        int length = FIXED + nameLength + extraLength + (fixed.getShort(32) & 0xffff);
        int flags = fixed.getShort(8) & 0xffff;
        int method = fixed.getShort(10) & 0xffff;
        long crc = fixed.getInt(16) & NONE;
        long compressed = fixed.getInt(20) & NONE;
        long size = fixed.getInt(24) & NONE;
        long headerAt = fixed.getInt(42) & NONE;
        int system = fixed.get(5) & 0xff;
        int unixMode = system == UNIX || system == DARWIN ? fixed.getShort(40) & 0xffff : 0;
        byte[] name = new byte[nameLength];
        file.at(at + FIXED, nameLength).get(name);
        FileTime modified = null;
        ByteBuffer extra = file.at(at + FIXED + nameLength, extraLength);
        ByteBuffer wide = field(extra, ZIP64);
        if (size == NONE) {
            size = wide(wide);
        }
        if (compressed == NONE) {
            compressed = wide(wide);
        }
        if (headerAt == NONE) {
            headerAt = wide(wide);
        }
        ByteBuffer times = field(extra, UNIX_TIMES);
        if (times != null && times.remaining() >= 5 && (times.get(0) & 1) != 0) {
            modified = FileTime.from(Math.max(0, times.getInt(1)), TimeUnit.SECONDS);
        }
        return new ZipEntry(name, flags, method, crc, compressed, size, headerAt, unixMode, modified, length);
    }

    private static ByteBuffer field(ByteBuffer extra, int wanted) {
        for (int at = 0; at + 4 <= extra.limit();) {
            int length = extra.getShort(at + 2) & 0xffff;
            if (at + 4 + length > extra.limit()) {
                return null;
            }
            if ((extra.getShort(at) & 0xffff) == wanted) {
                return extra.slice(at + 4, length).order(ByteOrder.LITTLE_ENDIAN);
            }
            at += 4 + length;
        }
        return null;
    }

    private static long wide(ByteBuffer field) throws Rejected {
        if (field == null || field.remaining() < 8) {
            throw new Rejected(Rejection.BAD_HEADER, "a zip64 size is missing");
        }
        long value = field.getLong();
        if (value < 0) {
            throw new Rejected(Rejection.BAD_HEADER, "a zip64 size is beyond reason");
        }
        return value;
    }

    boolean isEncrypted() {
        return (flags & ENCRYPTED) != 0;
    }

    boolean isNamedAsDirectory() {
        return name.length > 0 && name[name.length - 1] == '/';
    }

    int fileType() {
        return unixMode & 0170000;
    }

    /** Where its data begin, by its own header, which must say the same as the directory. */
    long dataAt(RandomAccess file) throws Rejected {
        ByteBuffer header = file.at(headerAt, 30);
        int nameLength = header.getShort(26) & 0xffff;
        int extraLength = header.getShort(28) & 0xffff;
        int localFlags = header.getShort(6) & 0xffff;
        boolean sizesFollow = (localFlags & 8) != 0;
        boolean agrees = header.getInt(0) == 0x04034b50 && nameLength == name.length && (header.getShort(8) & 0xffff) == method
                && ((localFlags ^ flags) & (ENCRYPTED | 8)) == 0
                && (sizesFollow || (header.getInt(14) & NONE) == crc && same(header.getInt(18), compressed) && same(header.getInt(22), size));
        if (agrees) {
            byte[] localName = new byte[nameLength];
            file.at(headerAt + 30, nameLength).get(localName);
            agrees = Arrays.equals(name, localName);
        }
        if (!agrees) {
            throw new Rejected(Rejection.AMBIGUOUS, "the directory and the header of an entry disagree: " + Names.shown(new String(name, StandardCharsets.UTF_8)));
        }
        return headerAt + 30 + nameLength + extraLength;
    }

    /** A local header that leaves its sizes to zip64 is believed by nobody: the directory's count, and the data must fit them. */
    private static boolean same(int local, long central) {
        return (local & NONE) == NONE || (local & NONE) == central;
    }
}
