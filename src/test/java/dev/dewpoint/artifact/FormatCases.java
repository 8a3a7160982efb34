package dev.dewpoint.artifact;

import static dev.dewpoint.artifact.TarBytes.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/** A31 to A40: containers and codings that lie or are broken. */
final class FormatCases {
    private static final Consumer<Path> APP = root -> assertThat(root.resolve("app")).hasContent("content");

    private FormatCases() {}

    static List<ArchiveCase> all() {
        Corpus corpus = new Corpus();
        disagreements(corpus);
        junk(corpus);
        zip64(corpus);
        overlaps(corpus);
        methods(corpus);
        concatenated(corpus);
        trailing(corpus);
        checksums(corpus);
        return corpus.cases();
    }

    private static ZipBytes zip() {
        return new ZipBytes().file("app", "content");
    }

    private static byte[] tar() {
        return new TarBytes().file("app", "content").end();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static void disagreements(Corpus corpus) {
        ZipBytes name = zip();
        name.last().localName = utf8("../");
        corpus.zip("A31", "other-name", name.end(), Rejection.AMBIGUOUS);
        ZipBytes method = zip();
        method.last().localMethod = 0;
        corpus.zip("A31", "other-method", method.end(), Rejection.AMBIGUOUS);
        byte[] size = zip().end();
        size[22]++;
        corpus.zip("A31", "other-size", size, Rejection.AMBIGUOUS);
        byte[] crc = zip().end();
        crc[14]++;
        corpus.zip("A31", "other-crc", crc, Rejection.AMBIGUOUS);
        byte[] local = zip().end();
        local[0]++;
        corpus.zip("A31", "no-local-header", local, Rejection.NOT_AN_ARCHIVE);
        ZipBytes longer = zip();
        longer.last().size = 3;
        corpus.zip("A31", "longer-than-said", longer.end(), Rejection.CHECKSUM);
        ZipBytes unused = zip();
        unused.last().data = join(unused.last().data, new byte[5]);
        unused.last().compressed += 5;
        corpus.zip("A31", "unused-data", unused.end(), Rejection.AMBIGUOUS);
        ZipBytes both = new ZipBytes().add("d/", "content", 0100644);
        corpus.zip("A31", "directory-with-content", both.end(), Rejection.BAD_HEADER);
    }

    private static void junk(Corpus corpus) {
        byte[] junk = utf8("#!/bin/sh\nexit 0\n");
        corpus.zip("A32", "prefix", join(junk, zip().end()), Rejection.NOT_AN_ARCHIVE);
        corpus.zip("A32", "prefix-counted", new ZipBytes().raw(junk).file("app", "content").end(), Rejection.NOT_AN_ARCHIVE);
        corpus.zip("A32", "prefix-archive", join(zip().end(), zip().end()), Rejection.AMBIGUOUS);
        corpus.zip("A32", "prefix-entry", new ZipBytes().raw(Arrays.copyOf(zip().end(), 50)).file("app", "content").end(), Rejection.AMBIGUOUS);
        corpus.zip("A32", "suffix", join(zip().end(), junk), Rejection.TRUNCATED);
        for (Pack pack : Pack.TARS) {
            corpus.made("A32", "prefix" + pack.ending(), () -> join(junk, pack.compress(tar())), Rejection.NOT_AN_ARCHIVE);
            corpus.made("A32", "inner-prefix" + pack.ending(), () -> pack.compress(join(junk, tar())), Rejection.NOT_AN_ARCHIVE);
            corpus.made("A32", "inner-suffix" + pack.ending(), () -> pack.compress(join(tar(), junk)), Rejection.TRAILING_DATA);
        }
    }

    private static void zip64(Corpus corpus) {
        corpus.zipPasses("A33", "zip64-honest", zip().end64(1), APP);
        corpus.zip("A33", "zip64-count", zip().end64(7), Rejection.AMBIGUOUS);
        corpus.zip("A33", "zip64-huge-count", zip().end64(1L << 40), Rejection.AMBIGUOUS);
        corpus.zip("A33", "zip64-negative-count", zip().end64(-1), Rejection.AMBIGUOUS);
        ZipBytes missing = zip();
        missing.last().size = 0xffffffffL;
        corpus.zip("A33", "zip64-size-missing", missing.end(), Rejection.BAD_HEADER);
        corpus.zip("A33", "zip64-size-huge", wide(1L << 60), Rejection.TOO_LARGE);
        corpus.zip("A33", "zip64-size-negative", wide(-1), Rejection.BAD_HEADER);
        corpus.zip("A33", "zip64-size-wrong", wide(8), Rejection.CHECKSUM);
        corpus.zipPasses("A33", "zip64-size-right", wide(7), APP);
        byte[] count = zip().end();
        count[count.length - 22 + 8] = 2;
        count[count.length - 22 + 10] = 2;
        corpus.zip("A33", "count", count, Rejection.AMBIGUOUS);
    }

    private static byte[] wide(long size) {
        ZipBytes zip = zip();
        zip.last().size = 0xffffffffL;
        zip.last().centralExtra = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN).putShort((short) 1).putShort((short) 8).putLong(size).array();
        return zip.end();
    }

    private static void overlaps(Corpus corpus) {
        ZipBytes same = zip().file("second", "content");
        same.last().at = 0L;
        corpus.zip("A34", "same-entry", same.end(), Rejection.OVERLAP);
        ZipBytes within = zip().file("second", "content");
        within.last().at = 10L;
        corpus.zip("A34", "within", within.end(), Rejection.OVERLAP);
        ZipBytes directory = zip();
        directory.last().compressed = 60;
        corpus.zip("A34", "into-the-directory", directory.end(), Rejection.TRUNCATED);
        ZipBytes beyond = zip().file("second", "content");
        beyond.last().at = 0x7fffffffL;
        corpus.zip("A34", "beyond", beyond.end(), Rejection.TRUNCATED);
    }

    private static void methods(Corpus corpus) {
        for (int flag : new int[] {1, 1 << 6, 1 << 13}) {
            ZipBytes encrypted = zip();
            encrypted.last().flags = flag;
            corpus.zip("A35", "flag-" + flag, encrypted.end(), Rejection.ENCRYPTED);
        }
        for (int method : new int[] {99, 12, 14, 93}) {
            ZipBytes odd = zip();
            odd.last().method = method;
            odd.last().localMethod = method;
            corpus.zip("A36", "method-" + method, odd.end(), Rejection.METHOD);
        }
        byte[] other = new ZipBytes().file("evil", "other").end();
        corpus.zip("A37", "archive-in-comment", zip().end(other), Rejection.AMBIGUOUS);
        corpus.zip("A37", "end-in-comment", zip().end(Arrays.copyOfRange(other, other.length - 22, other.length)), Rejection.AMBIGUOUS);
        corpus.zipPasses("A37", "honest-comment", zip().end(utf8("made by hand")), APP);
    }

    private static void concatenated(Corpus corpus) {
        byte[] tar = tar();
        for (Pack pack : Pack.COMPRESSED) {
            corpus.add(ArchiveCase.accepted("A38", "two-members" + pack.ending(),
                    () -> join(pack.compress(Arrays.copyOf(tar, 700)), pack.compress(Arrays.copyOfRange(tar, 700, tar.length))), APP));
            corpus.made("A38", "two-archives" + pack.ending(), () -> join(pack.compress(tar), pack.compress(new TarBytes().file("evil", "x").end())), Rejection.TRAILING_DATA);
        }
        corpus.made("A38", "two-archives.tar", () -> join(tar, new TarBytes().file("evil", "x").end()), Rejection.TRAILING_DATA);
        corpus.made("A38", "lone-zero-block.tar", () -> join(Arrays.copyOf(tar, 1536), new TarBytes().file("evil", "x").end()), Rejection.TRAILING_DATA);
    }

    private static void trailing(Corpus corpus) {
        for (Pack pack : Pack.COMPRESSED) {
            corpus.made("A39", "text" + pack.ending(), () -> join(pack.compress(tar()), utf8("trailing garbage")), Rejection.TRAILING_DATA);
        }
        byte[] skippable = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN).putInt(0x184D2A53).putInt(4).putInt(7).array();
        corpus.add(ArchiveCase.accepted("A39", "skippable-frames.tar.zst", () -> join(skippable, Pack.TAR_ZST.compress(tar()), skippable), APP));
        corpus.add(ArchiveCase.accepted("A39", "zero-padding.tar.gz", () -> join(Pack.TAR_GZ.compress(tar()), new byte[300]), APP));
        for (int zeros : new int[] {1, 7, 8, 200_000, 1 << 20}) {
            corpus.add(ArchiveCase.accepted("A39", zeros + "-zeros.tar.gz", () -> join(Pack.TAR_GZ.compress(tar()), new byte[zeros]), APP));
            corpus.made("A39", zeros + "-zeros-and-a-byte.tar.gz", () -> join(Pack.TAR_GZ.compress(tar()), new byte[zeros], utf8("x")), Rejection.TRAILING_DATA);
        }
        corpus.made("A39", "half-a-header.tar.gz", () -> join(Pack.TAR_GZ.compress(tar()), Arrays.copyOf(Pack.TAR_GZ.compress(tar()), 7)), Rejection.TRAILING_DATA);
        corpus.add(ArchiveCase.accepted("A39", "zero-padding.tar.xz", () -> join(Pack.TAR_XZ.compress(tar()), new byte[8]), APP));
        corpus.add(ArchiveCase.accepted("A39", "record-padding.tar", () -> join(tar(), new byte[8192]), APP));
    }

    /** The stored sum is wrong, the data are right; the second one is the other way round where a single byte does it. */
    private static void checksums(Corpus corpus) {
        byte[] content = new byte[5000];
        new Random(40).nextBytes(content);
        byte[] tar = new TarBytes().file("app", content).end();
        corpus.made("A40", "crc.tar.gz", () -> flipped(Pack.TAR_GZ.compress(tar), -8), Rejection.CHECKSUM);
        corpus.made("A40", "length.tar.gz", () -> flipped(Pack.TAR_GZ.compress(tar), -4), Rejection.CHECKSUM);
        corpus.made("A40", "crc.tar.bz2", () -> flipped(Pack.TAR_BZ2.compress(tar), -3), Rejection.CHECKSUM);
        corpus.made("A40", "block-crc.tar.bz2", () -> flipped(Pack.TAR_BZ2.compress(tar), 10), Rejection.CHECKSUM);
        corpus.made("A40", "crc.tar.xz", () -> {
            byte[] xz = Pack.TAR_XZ.compress(tar);
            int index = (ByteBuffer.wrap(xz).order(ByteOrder.LITTLE_ENDIAN).getInt(xz.length - 8) + 1) * 4;
            return flipped(xz, -12 - index - 1);
        }, Rejection.CHECKSUM);
        corpus.made("A40", "crc.tar.zst", () -> flipped(Pack.TAR_ZST.compress(tar), -1), Rejection.CHECKSUM);
        corpus.made("A40", "header.tar", () -> flipped(new TarBytes().file("a", "x").file("app", content).end(), 1024), Rejection.BAD_HEADER);
        corpus.made("A40", "extension.tar", () -> flipped(new TarBytes().pax("path", utf8("other")).file("app", content).end(), 1), Rejection.NOT_AN_ARCHIVE);
        corpus.made("A40", "second-extension.tar", () -> flipped(new TarBytes().file("a", "x").pax("path", utf8("other")).file("app", content).end(), 1024), Rejection.BAD_HEADER);
        ZipBytes crc = zip();
        crc.last().crc ^= 1;
        corpus.zip("A40", "crc", crc.end(), Rejection.CHECKSUM);
        ZipBytes stored = zip();
        stored.last().method = 0;
        stored.last().localMethod = 0;
        stored.last().data = utf8("confent");
        stored.last().compressed = 7;
        corpus.zip("A40", "stored", stored.end(), Rejection.CHECKSUM);
    }

    /** Counted from the end if negative. */
    private static byte[] flipped(byte[] bytes, int at) {
        bytes[at < 0 ? bytes.length + at : at] ^= 1;
        return bytes;
    }
}
