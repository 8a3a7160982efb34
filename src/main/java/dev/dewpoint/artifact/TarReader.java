package dev.dewpoint.artifact;

import dev.dewpoint.failure.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;

/** Puts the entries of a tar into the tree. An archive that two readers could understand differently is refused. */
final class TarReader {
    private static final long LATEST_TIME = 1L << 33;

    private final ReadAhead in;
    private final StrictTar tar;
    private final Tree tree;
    private final Budget budget;
    private final byte[] buffer = new byte[128 * 1024];

    TarReader(ReadAhead in, Tree tree, Budget budget) {
        this.in = in;
        this.tar = new StrictTar(new Tape(in), budget);
        this.tree = tree;
        this.budget = budget;
    }

    private interface Reading<T> {
        T read() throws IOException;
    }

    void unpack() throws Rejected {
        for (TarArchiveEntry entry = read(tar::getNextEntry); entry != null; entry = read(tar::getNextEntry)) {
            unpack(entry);
        }
        requireZeros();
    }

    /** Whatever the library throws is about the archive: host trouble is no IOException here, and neither are our own refusals. */
    private static <T> T read(Reading<T> reading) {
        try {
            return reading.read();
        } catch (Rejected | Failure e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            String message = String.valueOf(e.getMessage());
            if (message.toLowerCase(Locale.ROOT).contains("truncated")) {
                throw new Rejected(Rejection.TRUNCATED, "the tar archive ends within an entry", e);
            }
            throw new Rejected(Rejection.BAD_HEADER, Names.shown(message), e);
        }
    }

    private void unpack(TarArchiveEntry entry) throws Rejected {
        requireOneSize(entry);
        char type = (char) (entry.getLinkFlag() & 0xff);
        if (type == 'V') {
            requireNoContent(entry);
            return;
        }
        String path = Names.path(raw(entry.getName()), budget);
        switch (type) {
            case 0, '0', '7' -> {
                if (entry.isDirectory()) {
                    directory(path, entry);
                } else {
                    file(path, entry);
                }
            }
            case '1' -> {
                requireNoContent(entry);
                tree.hardlink(path, raw(entry.getLinkName()));
            }
            case '2' -> {
                requireNoContent(entry);
                tree.symlink(path, raw(entry.getLinkName()));
            }
            case '5' -> directory(path, entry);
            case '3', '4', '6' -> throw new Rejected(Rejection.DEVICE, Names.shown(path) + " is a device or a FIFO");
            default -> throw new Rejected(Rejection.UNSUPPORTED_ENTRY, Names.shown(path) + " is of the unknown type " + Names.shown("" + type));
        }
    }

    /** The library puts this sign where the bytes of an extended header aren't UTF-8. */
    private static byte[] raw(String text) throws Rejected {
        if (text.indexOf('\ufffd') >= 0) {
            throw new Rejected(Rejection.BAD_NAME, "not UTF-8: " + Names.shown(text));
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void directory(String path, TarArchiveEntry entry) throws Rejected {
        requireNoContent(entry);
        tree.directory(path, entry.getMode());
    }

    private void file(String path, TarArchiveEntry entry) throws Rejected {
        try (Tree.OpenFile file = tree.file(path, entry.getMode(), entry.getSize())) {
            for (int n = content(); n >= 0; n = content()) {
                file.write(buffer, 0, n);
            }
            long seconds = entry.getLastModifiedTime().to(TimeUnit.SECONDS);
            file.complete(seconds >= 0 && seconds < LATEST_TIME ? FileTime.from(seconds, TimeUnit.SECONDS) : null);
        }
    }

    private int content() {
        return read(() -> tar.read(buffer, 0, buffer.length));
    }

    private void requireOneSize(TarArchiveEntry entry) throws Rejected {
        if (tar.headerSize() != 0 && tar.headerSize() != entry.getSize()) {
            throw new Rejected(Rejection.BAD_HEADER, "two sizes for one entry, " + tar.headerSize() + " and " + entry.getSize());
        }
    }

    private static void requireNoContent(TarArchiveEntry entry) throws Rejected {
        if (entry.getSize() != 0) {
            throw new Rejected(Rejection.BAD_HEADER, "an entry of type " + Names.shown("" + (char) entry.getLinkFlag()) + " with " + entry.getSize() + " bytes of content");
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
}
