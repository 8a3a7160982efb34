package dev.dewpoint.artifact;

import io.airlift.compress.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** The formats of the corpus. */
enum Pack {
    TAR(".tar"), TAR_GZ(".tar.gz"), TAR_BZ2(".tar.bz2"), TAR_XZ(".tar.xz"), TAR_ZST(".tar.zst"), ZIP(".zip");

    static final List<Pack> TARS = List.of(TAR, TAR_GZ, TAR_BZ2, TAR_XZ, TAR_ZST);
    static final List<Pack> COMPRESSED = List.of(TAR_GZ, TAR_BZ2, TAR_XZ, TAR_ZST);

    private final String ending;

    Pack(String ending) {
        this.ending = ending;
    }

    String ending() {
        return ending;
    }

    /** {@code app.gz} for {@code app.tar.gz}. */
    String endingOfSingle() {
        return ending.replace(".tar", "");
    }

    OutputStream compress(OutputStream out) throws IOException {
        return switch (this) {
            case TAR, ZIP -> out;
            case TAR_GZ -> new GZIPOutputStream(out);
            case TAR_BZ2 -> new BZip2CompressorOutputStream(out);
            case TAR_XZ -> new XZOutputStream(out, new LZMA2Options(1));
            case TAR_ZST -> new ZstdOutputStream(out);
        };
    }

    byte[] compress(byte[] bytes) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try (OutputStream out = compress(all)) {
            out.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all.toByteArray();
    }
}
