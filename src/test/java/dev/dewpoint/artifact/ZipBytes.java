package dev.dewpoint.artifact;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Zip written by hand, so that it can lie. */
final class ZipBytes {
    /** Mutable, as tests bend one field at a time. */
    static final class Item {
        byte[] name;
        byte[] localName;
        byte[] data;
        byte[] centralExtra = {};
        int method;
        int localMethod;
        int flags;
        long crc;
        long compressed;
        long size;
        int mode;
        Long at;
    }

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final List<Item> items = new ArrayList<>();

    Item item(byte[] name, byte[] content, int mode) {
        Item item = new Item();
        CRC32 crc = new CRC32();
        crc.update(content);
        item.name = name;
        item.localName = name;
        item.data = deflate(content);
        item.method = 8;
        item.localMethod = 8;
        item.crc = crc.getValue();
        item.compressed = item.data.length;
        item.size = content.length;
        item.mode = mode;
        items.add(item);
        return item;
    }

    ZipBytes add(String name, String content, int mode) {
        item(TarBytes.utf8(name), TarBytes.utf8(content), mode);
        return this;
    }

    ZipBytes file(String name, String content) {
        return add(name, content, 0100644);
    }

    ZipBytes symlink(String name, String target) {
        return add(name, target, 0120777);
    }

    Item last() {
        return items.getLast();
    }

    ZipBytes raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    byte[] end() {
        return end(new byte[0]);
    }

    byte[] end(byte[] comment) {
        locals();
        int start = out.size();
        items.forEach(this::central);
        int size = out.size() - start;
        little(22).putInt(0x06054b50).putInt(0).putShort((short) items.size()).putShort((short) items.size()).putInt(size).putInt(start).putShort((short) comment.length);
        flush();
        return raw(comment).out.toByteArray();
    }

    /** With the zip64 records that big archives have; the count there is given. */
    byte[] end64(long count) {
        locals();
        int start = out.size();
        items.forEach(this::central);
        int at = out.size();
        little(56).putInt(0x06064b50).putLong(44).putShort((short) 45).putShort((short) 45).putInt(0).putInt(0).putLong(count).putLong(count).putLong(at - start).putLong(start);
        flush();
        little(20).putInt(0x07064b50).putInt(0).putLong(at).putInt(1);
        flush();
        little(22).putInt(0x06054b50).putInt(0).putShort((short) items.size()).putShort((short) items.size()).putInt(at - start).putInt(start).putShort((short) 0);
        flush();
        return out.toByteArray();
    }

    private void locals() {
        for (Item item : items) {
            if (item.at != null) {
                continue;
            }
            item.at = (long) out.size();
            little(30).putInt(0x04034b50).putShort((short) 20).putShort((short) item.flags).putShort((short) item.localMethod).putInt(0)
                    .putInt((int) item.crc).putInt((int) item.compressed).putInt((int) item.size).putShort((short) item.localName.length).putShort((short) 0);
            flush();
            raw(item.localName);
            raw(item.data);
        }
    }

    private void central(Item item) {
        little(46).putInt(0x02014b50).put((byte) 20).put((byte) 3).putShort((short) 20).putShort((short) item.flags).putShort((short) item.method).putInt(0)
                .putInt((int) item.crc).putInt((int) item.compressed).putInt((int) item.size).putShort((short) item.name.length)
                .putShort((short) item.centralExtra.length).putShort((short) 0).putShort((short) 0).putShort((short) 0).putInt(item.mode << 16).putInt((int) (long) item.at);
        flush();
        raw(item.name);
        raw(item.centralExtra);
    }

    private ByteBuffer pending = ByteBuffer.allocate(0);

    private ByteBuffer little(int length) {
        pending = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        return pending;
    }

    private void flush() {
        raw(pending.array());
    }

    static byte[] deflate(byte[] content) {
        try (Deflater deflater = new Deflater(Deflater.BEST_SPEED, true)) {
            deflater.setInput(content);
            deflater.finish();
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            byte[] buffer = new byte[64 * 1024];
            while (!deflater.finished()) {
                all.write(buffer, 0, deflater.deflate(buffer));
            }
            return all.toByteArray();
        }
    }
}
