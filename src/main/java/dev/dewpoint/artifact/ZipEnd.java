package dev.dewpoint.artifact;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Where a zip's directory lies, by the record at its end. Everything must fit to the byte: nothing before, between or behind. */
record ZipEnd(long directoryStart, long directoryEnd, long entries) {
    private static final int SIGNATURE = 0x06054b50;
    private static final int SIGNATURE_64 = 0x06064b50;
    private static final int LOCATOR_64 = 0x07064b50;
    private static final int LENGTH = 22;
    private static final int LOCATOR_LENGTH = 20;
    private static final int LENGTH_64 = 56;
    private static final int LONGEST_COMMENT = 0xffff;
    private static final long NONE_32 = 0xffffffffL;
    private static final int NONE_16 = 0xffff;

    static ZipEnd find(RandomAccess file) throws Rejected {
        long at = locate(file);
        ByteBuffer end = file.at(at, LENGTH);
        int disks = end.getShort(4) | end.getShort(6);
        int entriesHere = end.getShort(8) & 0xffff;
        int entries = end.getShort(10) & 0xffff;
        long size = end.getInt(12) & NONE_32;
        long start = end.getInt(16) & NONE_32;
        ZipEnd found = new ZipEnd(start, at, entries);
        if (at >= LOCATOR_LENGTH && file.at(at - LOCATOR_LENGTH, 4).getInt() == LOCATOR_64) {
            found = zip64(file, at - LOCATOR_LENGTH, found, size);
        } else if (disks != 0 || entriesHere != entries) {
            throw ambiguous("it is a part of several");
        } else if (start + size != at) {
            throw ambiguous("its directory of " + size + " bytes at " + start + " doesn't end where its end record begins, at " + at);
        }
        return found;
    }

    private static ZipEnd zip64(RandomAccess file, long locatorAt, ZipEnd small, long smallSize) throws Rejected {
        ByteBuffer locator = file.at(locatorAt, LOCATOR_LENGTH);
        long at = locator.getLong(8);
        if (at < 0 || at > locatorAt - LENGTH_64 || locator.getInt(4) != 0) {
            throw ambiguous("its zip64 end record isn't where it should be");
        }
        ByteBuffer end = file.at(at, LENGTH_64);
        long rest = end.getLong(4);
        long entries = end.getLong(32);
        long size = end.getLong(40);
        long start = end.getLong(48);
        boolean fits = end.getInt(0) == SIGNATURE_64 && rest >= LENGTH_64 - 12 && rest <= Integer.MAX_VALUE && at + 12 + rest == locatorAt
                && end.getInt(16) == 0 && end.getInt(20) == 0 && end.getLong(24) == entries
                && start >= 0 && size >= 0 && start <= at && start + size == at
                && (small.entries == NONE_16 || small.entries == entries)
                && (small.directoryStart == NONE_32 || small.directoryStart == start)
                && (smallSize == NONE_32 || smallSize == size);
        if (!fits) {
            throw ambiguous("its zip64 end record disagrees with the rest");
        }
        return new ZipEnd(start, at, entries);
    }

    /** The end record whose comment ends with the file. A comment that holds a second one means that two readers see two archives. */
    private static long locate(RandomAccess file) throws Rejected {
        long found = -1;
        long lowest = Math.max(0, file.size() - LENGTH - LONGEST_COMMENT);
        for (long at = file.size() - LENGTH; at >= lowest; at--) {
            ByteBuffer end = file.at(lowest, (int) (file.size() - lowest)).position((int) (at - lowest)).slice().order(ByteOrder.LITTLE_ENDIAN);
            if (end.getInt(0) == SIGNATURE && at + LENGTH + (end.getShort(20) & 0xffff) == file.size()) {
                if (found >= 0) {
                    throw ambiguous("it has two end records");
                }
                found = at;
            }
        }
        if (found < 0) {
            throw new Rejected(Rejection.TRUNCATED, "the zip archive has no end record at its end");
        }
        return found;
    }

    private static Rejected ambiguous(String detail) {
        return new Rejected(Rejection.AMBIGUOUS, "not every reader of zip would see the same: " + detail);
    }
}
