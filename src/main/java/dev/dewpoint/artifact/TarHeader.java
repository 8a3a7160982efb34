package dev.dewpoint.artifact;

import java.util.Arrays;

/** One 512-byte header of ustar, GNU tar or what came before them. Owner, group and device numbers are of no interest. */
record TarHeader(byte[] name, int mode, long size, long modifiedSeconds, char type, byte[] link) {
    static final int BLOCK = 512;

    private static final int CHECKSUM_AT = 148;
    private static final int CHECKSUM_LENGTH = 8;

    static boolean isEnd(byte[] block) {
        return Arrays.equals(block, 0, BLOCK, new byte[BLOCK], 0, BLOCK);
    }

    static boolean hasChecksum(byte[] block) {
        int unsigned = 0;
        int signed = 0;
        for (int i = 0; i < BLOCK; i++) {
            byte b = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_LENGTH ? (byte) ' ' : block[i];
            unsigned += b & 0xff;
            signed += b;
        }
        try {
            long stated = number(block, CHECKSUM_AT, CHECKSUM_LENGTH);
            return stated == unsigned || stated == signed;
        } catch (Rejected e) {
            return false;
        }
    }

    static TarHeader parse(byte[] block) throws Rejected {
        if (!hasChecksum(block)) {
            throw new Rejected(Rejection.BAD_HEADER, "a tar header's checksum is wrong");
        }
        byte[] name = text(block, 0, 100);
        boolean posix = Arrays.equals(block, 257, 263, new byte[] {'u', 's', 't', 'a', 'r', 0}, 0, 6);
        byte[] prefix = posix ? text(block, 345, 155) : new byte[0];
        if (prefix.length > 0) {
            byte[] joined = Arrays.copyOf(prefix, prefix.length + 1 + name.length);
            joined[prefix.length] = '/';
            System.arraycopy(name, 0, joined, prefix.length + 1, name.length);
            name = joined;
        }
        char type = block[156] == 0 ? '0' : (char) (block[156] & 0xff);
        return new TarHeader(name, (int) number(block, 100, 8) & 0xffff, number(block, 124, 12), number(block, 136, 12), type, text(block, 157, 100));
    }

    /** Up to the first NUL; something behind it would be read as part of the name by others. */
    private static byte[] text(byte[] block, int at, int length) throws Rejected {
        int end = at;
        while (end < at + length && block[end] != 0) {
            end++;
        }
        for (int i = end; i < at + length; i++) {
            if (block[i] != 0) {
                throw new Rejected(Rejection.BAD_NAME, "a name with NUL in it");
            }
        }
        return Arrays.copyOfRange(block, at, end);
    }

    /** Octal digits between blanks, or GNU's binary form. */
    private static long number(byte[] block, int at, int length) throws Rejected {
        if ((block[at] & 0x80) != 0) {
            return binary(block, at, length);
        }
        int i = at;
        int end = at + length;
        while (i < end && (block[i] == ' ' || block[i] == 0)) {
            i++;
        }
        long value = 0;
        while (i < end && block[i] >= '0' && block[i] <= '7') {
            value = value << 3 | block[i++] - '0';
        }
        while (i < end) {
            if (block[i] != ' ' && block[i] != 0) {
                throw new Rejected(Rejection.BAD_HEADER, "a number in a tar header is none");
            }
            i++;
        }
        return value;
    }

    private static long binary(byte[] block, int at, int length) throws Rejected {
        long value = block[at] & 0x7f;
        for (int i = at + 1; i < at + length; i++) {
            if (value >= 1L << 55) {
                throw new Rejected(Rejection.BAD_HEADER, "a number in a tar header is negative or beyond reason");
            }
            value = value << 8 | block[i] & 0xff;
        }
        return value;
    }
}
