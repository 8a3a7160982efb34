package dev.dewpoint.cert;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;

/** Writes the few elements of DER that a certificate consists of. */
final class Der {
    private static final DateTimeFormatter TWO_DIGIT_YEAR = DateTimeFormatter.ofPattern("uuMMddHHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter FOUR_DIGIT_YEAR = DateTimeFormatter.ofPattern("uuuuMMddHHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    /** From here on a year needs four digits (RFC 5280, 4.1.2.5). */
    private static final Instant YEAR_2050 = Instant.parse("2050-01-01T00:00:00Z");
    private static final int CONTEXT = 0x80;
    private static final int CONSTRUCTED = 0x20;

    private Der() {}

    static byte[] sequence(byte[]... parts) {
        return element(0x30, parts);
    }

    static byte[] set(byte[]... parts) {
        return element(0x31, parts);
    }

    static byte[] integer(BigInteger value) {
        return element(0x02, value.toByteArray());
    }

    static byte[] integer(long value) {
        return integer(BigInteger.valueOf(value));
    }

    static byte[] isTrue() {
        return element(0x01, new byte[] {(byte) 0xff});
    }

    static byte[] octets(byte[] content) {
        return element(0x04, content);
    }

    /** Whole bytes. */
    static byte[] bits(byte[] content) {
        return element(0x03, new byte[] {0}, content);
    }

    /** A set of flags in one byte, the first flag its highest bit; trailing zeros are not written. */
    static byte[] flags(int highestFirst) {
        return element(0x03, new byte[] {(byte) Integer.numberOfTrailingZeros(highestFirst), (byte) highestFirst});
    }

    static byte[] text(String value) {
        return element(0x0c, value.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] time(Instant value) {
        boolean isShort = value.isBefore(YEAR_2050);
        return element(isShort ? 0x17 : 0x18, (isShort ? TWO_DIGIT_YEAR : FOUR_DIGIT_YEAR).format(value).getBytes(StandardCharsets.US_ASCII));
    }

    static byte[] oid(String dotted) {
        String[] arcs = dotted.split("\\.");
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        base128(content, Integer.parseInt(arcs[0]) * 40 + Integer.parseInt(arcs[1]));
        for (int i = 2; i < arcs.length; i++) {
            base128(content, Integer.parseInt(arcs[i]));
        }
        return element(0x06, content.toByteArray());
    }

    /** {@code [number]} around whole elements. */
    static byte[] around(int number, byte[]... parts) {
        return element(CONTEXT | CONSTRUCTED | number, parts);
    }

    /** {@code [number]} in place of the content's own tag. */
    static byte[] instead(int number, byte[] content) {
        return element(CONTEXT | number, content);
    }

    private static void base128(ByteArrayOutputStream out, int value) {
        for (int shift = 28; shift > 0; shift -= 7) {
            if (value >> shift != 0) {
                out.write(value >> shift & 0x7f | 0x80);
            }
        }
        out.write(value & 0x7f);
    }

    private static byte[] element(int tag, byte[]... parts) {
        int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
        ByteArrayOutputStream out = new ByteArrayOutputStream(length + 5);
        out.write(tag);
        if (length < 0x80) {
            out.write(length);
        } else {
            int bytes = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 7) / 8;
            out.write(0x80 | bytes);
            for (int i = bytes - 1; i >= 0; i--) {
                out.write(length >> 8 * i);
            }
        }
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
