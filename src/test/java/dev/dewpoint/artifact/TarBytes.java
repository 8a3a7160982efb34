package dev.dewpoint.artifact;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** Tar written by hand, so that it can lie. */
final class TarBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    TarBytes file(String name, String content) {
        return file(name, utf8(content));
    }

    TarBytes file(String name, byte[] content) {
        return header('0', utf8(name), "", content.length, 0644).content(content);
    }

    TarBytes executable(String name, int mode) {
        return header('0', utf8(name), "", 2, mode).content(utf8("#!"));
    }

    TarBytes directory(String name, int mode) {
        return header('5', utf8(name), "", 0, mode);
    }

    TarBytes symlink(String name, String target) {
        return header('2', utf8(name), target, 0, 0777);
    }

    TarBytes hardlink(String name, String target) {
        return header('1', utf8(name), target, 0, 0644);
    }

    TarBytes special(char type, String name) {
        return header(type, utf8(name), "", 0, 0644);
    }

    TarBytes pax(String key, byte[] value) {
        byte[] record = record(key, value);
        return header('x', utf8("pax"), "", record.length, 0644).content(record);
    }

    static byte[] record(String key, byte[] value) {
        int rest = key.length() + value.length + 3;
        int length = rest + Integer.toString(rest).length();
        length = rest + Integer.toString(length).length();
        ByteArrayOutputStream record = new ByteArrayOutputStream();
        record.writeBytes(utf8(length + " " + key + "="));
        record.writeBytes(value);
        record.write('\n');
        return record.toByteArray();
    }

    TarBytes longName(byte[] name) {
        return header('L', utf8("././@LongLink"), "", name.length + 1, 0644).content(Arrays.copyOf(name, name.length + 1));
    }

    TarBytes header(char type, byte[] name, String link, long size, int mode) {
        byte[] block = block(type, name, link, mode);
        if (size >= 0 && size < 1L << 33) {
            octal(block, 124, 12, size);
        } else {
            Arrays.fill(block, 124, 128, (byte) (size < 0 ? 0xff : 0));
            block[124] |= (byte) 0x80;
            for (int i = 0; i < 8; i++) {
                block[135 - i] = (byte) (size >>> 8 * i);
            }
        }
        return sealed(block);
    }

    TarBytes owned(String name, int uid, String user) {
        byte[] block = block('0', utf8(name), "", 0644);
        octal(block, 108, 8, uid);
        octal(block, 116, 8, uid);
        System.arraycopy(utf8(user), 0, block, 265, user.length());
        octal(block, 124, 12, 0);
        return sealed(block);
    }

    private static byte[] block(char type, byte[] name, String link, int mode) {
        byte[] block = new byte[512];
        System.arraycopy(name, 0, block, 0, Math.min(100, name.length));
        octal(block, 100, 8, mode);
        octal(block, 108, 8, 1000);
        octal(block, 116, 8, 1000);
        octal(block, 136, 12, 1_700_000_000);
        block[156] = (byte) type;
        System.arraycopy(utf8(link), 0, block, 157, utf8(link).length);
        System.arraycopy(utf8("ustar\00000"), 0, block, 257, 8);
        return block;
    }

    private TarBytes sealed(byte[] block) {
        Arrays.fill(block, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte b : block) {
            sum += b & 0xff;
        }
        octal(block, 148, 7, sum);
        out.writeBytes(block);
        return this;
    }

    private static void octal(byte[] block, int at, int length, long value) {
        byte[] digits = utf8(String.format(Locale.ROOT, "%0" + (length - 1) + "o", value));
        System.arraycopy(digits, 0, block, at, length - 1);
    }

    TarBytes content(byte[] content) {
        out.writeBytes(content);
        out.writeBytes(new byte[-content.length & 511]);
        return this;
    }

    TarBytes raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    byte[] end() {
        out.writeBytes(new byte[1024]);
        return out.toByteArray();
    }

    byte[] unended() {
        return out.toByteArray();
    }
}
