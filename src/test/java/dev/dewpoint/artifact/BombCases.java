package dev.dewpoint.artifact;

import static dev.dewpoint.artifact.TarBytes.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;

/** B01 to B12: small files that would become big. Budgets are lowered where the real ones would only cost time. */
final class BombCases {
    private static final long TEN_GIB = 10L << 30;
    private static final int MIB = 1 << 20;

    private BombCases() {}

    static List<ArchiveCase> all() {
        Corpus corpus = new Corpus();
        zeros(corpus);
        windows(corpus);
        nested(corpus);
        fifield(corpus);
        many(corpus);
        deep(corpus);
        corpus.tars("B09", "mtime", new TarBytes().pax("mtime", utf8("9e9999999")).file("f", "x").end(), Rejection.BAD_HEADER);
        corpus.tars("B09", "long-mtime", new TarBytes().pax("mtime", utf8("9".repeat(100_000))).file("f", "x").end(), Rejection.BAD_HEADER);
        corpus.tarsPass("B09", "late-mtime", new TarBytes().pax("mtime", utf8("99999999999999999")).file("f", "x").end(), Corpus.ANY);
        corpus.tars("B09", "long-size", new TarBytes().pax("size", utf8("1" + "0".repeat(30))).file("f", "x").end(), Rejection.BAD_HEADER);
        corpus.made("B10", "dictionary.tar.xz", BombCases::hugeDictionary, Rejection.DECODER_MEMORY);
        corpus.made("B10", "dictionary.xz", BombCases::hugeDictionary, Rejection.DECODER_MEMORY);
        corpus.made("B09", "endless-name.gz", BombCases::endlessName, Rejection.DAMAGED);
        members(corpus);
        return corpus.cases();
    }

    /** Members, streams or frames of one MiB of zeros each, one after the other: gigabytes without compressing them. */
    private static byte[] repeated(byte[] first, byte[] unit, long times) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(first);
        for (long i = 0; i < times; i++) {
            all.writeBytes(unit);
        }
        return all.toByteArray();
    }

    private static void zeros(Corpus corpus) {
        List<String> ids = List.of("B01", "B02", "B03", "B04");
        for (int i = 0; i < Pack.COMPRESSED.size(); i++) {
            Pack pack = Pack.COMPRESSED.get(i);
            byte[] mib = pack.compress(new byte[MIB]);
            byte[] honest = pack.compress(new TarBytes().header('0', utf8("zeros"), "", TEN_GIB, 0644).unended());
            byte[] sly = pack.compress(new TarBytes().header('0', utf8("zeros"), "", 60 * MIB, 0644).unended());
            corpus.made(ids.get(i), "10GiB" + pack.ending(), () -> repeated(honest, mib, TEN_GIB / MIB), Rejection.TOO_LARGE);
            corpus.made(ids.get(i), "60MiB" + pack.ending(), () -> repeated(sly, mib, 61), Rejection.RATIO);
            corpus.made(ids.get(i), "10GiB-single" + pack.endingOfSingle(), () -> repeated(new byte[0], mib, TEN_GIB / MIB), Rejection.RATIO);
            byte[] ended = pack.compress(new TarBytes().file("f", "x").end());
            corpus.made(ids.get(i), "behind-the-end" + pack.ending(), () -> repeated(ended, mib, 100), Rejection.RATIO);
        }
        corpus.zip("B01", "zeros", new ZipBytes().add("zeros", "\0".repeat(60 * MIB), 0100644).end(), Rejection.RATIO);
        ZipBytes liar = new ZipBytes().add("zeros", "\0".repeat(MIB), 0100644);
        liar.last().size = 1000;
        corpus.zip("B01", "zeros-unsaid", liar.end(), Rejection.CHECKSUM);
        ZipBytes announced = new ZipBytes().add("zeros", "\0".repeat(MIB), 0100644);
        announced.last().size = 0xfffffffeL;
        corpus.zip("B01", "4GiB-said", announced.end(), Rejection.TOO_LARGE);
    }

    /** Frames whose header asks for memory: window logs 27 and 31, a window beyond all bounds, and a content size without a window. */
    private static void windows(Corpus corpus) {
        corpus.made("B04", "window-27.tar.zst", () -> frame((byte) 0, (byte) (17 << 3)), Rejection.DECODER_MEMORY);
        corpus.made("B04", "window-31.tar.zst", () -> frame((byte) 0, (byte) (21 << 3)), Rejection.DECODER_MEMORY);
        corpus.made("B04", "window-41.tar.zst", () -> frame((byte) 0, (byte) 0xff), Rejection.DECODER_MEMORY);
        corpus.made("B04", "content-1GiB.zst", () -> frame((byte) 0xa0, (byte) 0, (byte) 0, (byte) 0, (byte) 0x40), Rejection.DECODER_MEMORY);
        corpus.made("B04", "content-minus-1.zst", () -> frame((byte) 0xe0, (byte) -1, (byte) -1, (byte) -1, (byte) -1, (byte) -1, (byte) -1, (byte) -1, (byte) -1), Rejection.DECODER_MEMORY);
        corpus.made("B04", "huge-block.zst", () -> frame((byte) 0, (byte) (10 << 3)), Rejection.DAMAGED);
    }

    /** One run-length block of almost 2 MiB follows the header. */
    private static byte[] frame(byte... header) {
        int block = 1 | 1 << 1 | 0x1fffff << 3;
        return ByteBuffer.allocate(4 + header.length + 4).order(ByteOrder.LITTLE_ENDIAN).putInt(0xFD2FB528).put(header)
                .put((byte) block).put((byte) (block >> 8)).put((byte) (block >> 16)).put((byte) 0).array();
    }

    private static void nested(Corpus corpus) {
        byte[] inner = new ZipBytes().add("zeros", "\0".repeat(MIB), 0100644).end();
        ZipBytes zip = new ZipBytes();
        TarBytes tar = new TarBytes();
        for (int i = 0; i < 16; i++) {
            zip.item(utf8("lib " + i + ".zip"), inner, 0100644);
            tar.file("lib " + i + ".zip", inner);
        }
        corpus.zipPasses("B05", "nest", zip.end(), root -> assertThat(root.resolve("lib 7.zip")).hasBinaryContent(inner));
        corpus.tarsPass("B05", "nest", tar.end(), root -> assertThat(root.resolve("lib 7.zip")).hasBinaryContent(inner));
    }

    private static void fifield(Corpus corpus) {
        ZipBytes quoted = new ZipBytes().add("kernel", "\0".repeat(MIB), 0100644);
        for (int i = 0; i < 5000; i++) {
            ZipBytes.Item item = quoted.item(utf8("f" + i), utf8("x"), 0100644);
            item.at = 0L;
        }
        corpus.zip("B06", "overlap", quoted.end(), Rejection.OVERLAP);
        ZipBytes full = new ZipBytes().add("kernel", "\0".repeat(MIB), 0100644);
        for (int i = 0; i < 5000; i++) {
            ZipBytes.Item item = full.item(utf8("f" + i), utf8("x"), 0100644);
            item.at = 0L;
            item.size = 0xfffffffeL;
        }
        corpus.zip("B06", "overlap-20TiB", full.end(), Rejection.TOO_LARGE);
    }

    private static void many(Corpus all) {
        Corpus corpus = new Corpus();
        manyEntries(corpus);
        Budget few = new Budget(64 * MIB, 1000, 1_000_000, 100, 4096, 255, 16 * MIB);
        corpus.cases().forEach(one -> all.add(one.within(few)));
    }

    private static void manyEntries(Corpus corpus) {
        TarBytes files = new TarBytes();
        ZipBytes zip = new ZipBytes();
        for (int i = 0; i < 1001; i++) {
            files.file(Integer.toString(i), "");
            zip.file(Integer.toString(i), "");
        }
        corpus.tars("B07", "files", files.end(), Rejection.TOO_MANY_ENTRIES);
        corpus.zip("B07", "files", zip.end(), Rejection.TOO_MANY_ENTRIES);
        corpus.zip("B07", "million-said", new ZipBytes().file("a", "").end64(1_000_000), Rejection.AMBIGUOUS);
        TarBytes implied = new TarBytes();
        for (int i = 0; i < 20; i++) {
            implied.pax("path", utf8(i + "/d".repeat(90) + "/f")).file("f", "");
        }
        corpus.tars("B07", "implied-directories", implied.end(), Rejection.TOO_MANY_ENTRIES);
        TarBytes links = new TarBytes();
        for (int i = 0; i < 990; i++) {
            links.pax("linkpath", utf8("x".repeat(4000) + i)).symlink("l" + i, "x");
        }
        corpus.tars("B07", "links", links.end(), Rejection.TOO_MANY_ENTRIES);
        TarBytes headers = new TarBytes();
        for (int i = 0; i < 100; i++) {
            headers.special('V', "label");
        }
        corpus.tars("B07", "extensions", headers.file("f", "x").end(), Rejection.BAD_HEADER);
        TarBytes nested = new TarBytes();
        TarBytes globals = new TarBytes();
        byte[] comment = TarBytes.record("comment", new byte[100]);
        for (int i = 0; i < 20_000; i++) {
            nested.header('g', utf8("g"), "", comment.length, 0644).content(comment);
        }
        for (int i = 0; i < 900; i++) {
            byte[] key = TarBytes.record("key." + i, new byte[100]);
            globals.header('g', utf8("g"), "", key.length, 0644).content(key).file(Integer.toString(i), "");
        }
        corpus.tars("B07", "nested-extensions", nested.file("f", "x").end(), Rejection.BAD_HEADER);
        corpus.tars("B07", "kept-extensions", globals.end(), Rejection.BAD_HEADER);
    }

    private static void deep(Corpus corpus) {
        byte[] million = utf8("a/".repeat(1_000_000));
        corpus.tars("B08", "million-deep", new TarBytes().pax("path", million).directory("d/", 0755).end(), Rejection.NAME_TOO_LONG);
        corpus.tars("B08", "million-deep-gnu", new TarBytes().longName(million).directory("d/", 0755).end(), Rejection.NAME_TOO_LONG);
        byte[] deep = utf8("a/".repeat(101));
        corpus.tars("B08", "101-deep", new TarBytes().pax("path", deep).directory("d/", 0755).end(), Rejection.TOO_DEEP);
        ZipBytes zip = new ZipBytes();
        zip.item(deep, new byte[0], 040755);
        corpus.zip("B08", "101-deep", zip.end(), Rejection.TOO_DEEP);
        ZipBytes longest = new ZipBytes();
        longest.item(utf8("a/".repeat(32_000)), new byte[0], 040755);
        corpus.zip("B08", "32000-deep", longest.end(), Rejection.NAME_TOO_LONG);
    }

    /** The block header's dictionary size becomes 1.5 GiB, and its checksum right again. */
    private static byte[] hugeDictionary() {
        byte[] xz = Pack.TAR_XZ.compress(new TarBytes().file("f", "x").end());
        int at = 12;
        int length = (xz[at] + 1) * 4;
        for (int i = at; i < at + length; i++) {
            if (xz[i] == 0x21) {
                xz[i + 2] = 37;
                break;
            }
        }
        CRC32 crc = new CRC32();
        crc.update(xz, at, length - 4);
        ByteBuffer.wrap(xz).order(ByteOrder.LITTLE_ENDIAN).putInt(at + length - 4, (int) crc.getValue());
        return xz;
    }

    /** A gzip header whose file name goes on and on. */
    private static byte[] endlessName() {
        byte[] gzip = new byte[40 * MIB];
        Arrays.fill(gzip, (byte) 'n');
        System.arraycopy(new byte[] {0x1f, (byte) 0x8b, 8, 8, 0, 0, 0, 0, 0, 3}, 0, gzip, 0, 10);
        return gzip;
    }

    private static void members(Corpus corpus) {
        byte[] none = new byte[0];
        corpus.made("B12", "200000-empty-members.tar.gz", () -> repeated(none, Pack.TAR_GZ.compress(none), 200_000), Rejection.EMPTY);
        for (Pack pack : Pack.COMPRESSED) {
            byte[] mib = pack.compress(new byte[MIB]);
            byte[] empty = pack.compress(none);
            byte[] tar = pack.compress(new TarBytes().file("f", "x").end());
            corpus.made("B12", "repeated" + pack.ending(), () -> repeated(tar, mib, 10_000), Rejection.RATIO);
            corpus.made("B12", "empty-members" + pack.ending(), () -> repeated(none, empty, 5_000), Rejection.EMPTY);
            corpus.add(ArchiveCase.accepted("B12", "empty-members-then-one" + pack.ending(), () -> repeated(repeated(none, empty, 5_000), tar, 1), Corpus.ANY));
        }
    }
}
