package dev.dewpoint.artifact;

import java.util.List;
import java.util.Locale;

/** What a name promises: an archive, or one file of that name, compressed or not. */
record Form(Shape shape, Coding coding, String fileName) {
    enum Shape { TAR, ZIP, FILE }

    private record Ending(String text, Shape shape, Coding coding) {}

    /** The longer ending of two stands first. */
    private static final List<Ending> ENDINGS = List.of(
            new Ending(".tar", Shape.TAR, Coding.PLAIN),
            new Ending(".tar.gz", Shape.TAR, Coding.GZIP), new Ending(".tgz", Shape.TAR, Coding.GZIP), new Ending(".taz", Shape.TAR, Coding.GZIP),
            new Ending(".tar.bz2", Shape.TAR, Coding.BZIP2), new Ending(".tbz2", Shape.TAR, Coding.BZIP2), new Ending(".tbz", Shape.TAR, Coding.BZIP2),
            new Ending(".tar.xz", Shape.TAR, Coding.XZ), new Ending(".txz", Shape.TAR, Coding.XZ),
            new Ending(".tar.zst", Shape.TAR, Coding.ZSTD), new Ending(".tzst", Shape.TAR, Coding.ZSTD),
            new Ending(".zip", Shape.ZIP, Coding.PLAIN),
            new Ending(".gz", Shape.FILE, Coding.GZIP), new Ending(".bz2", Shape.FILE, Coding.BZIP2), new Ending(".xz", Shape.FILE, Coding.XZ),
            new Ending(".zst", Shape.FILE, Coding.ZSTD));

    static Form of(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        for (Ending ending : ENDINGS) {
            if (lower.endsWith(ending.text())) {
                return new Form(ending.shape(), ending.coding(), name.substring(0, name.length() - ending.text().length()));
            }
        }
        return new Form(Shape.FILE, Coding.PLAIN, name);
    }

    /** The content decides nothing, but what contradicts the name is refused at once and said in words. */
    void requireAgrees(Looks looks) throws Rejected {
        if (looks == Looks.EMPTY) {
            throw new Rejected(Rejection.EMPTY, "it has no bytes");
        }
        boolean agrees = switch (coding) {
            case GZIP -> looks == Looks.GZIP;
            case BZIP2 -> looks == Looks.BZIP2;
            case XZ -> looks == Looks.XZ;
            case ZSTD -> looks == Looks.ZSTD;
            case PLAIN -> switch (shape) {
                case TAR -> looks == Looks.TAR;
                case ZIP -> looks == Looks.ZIP;
                case FILE -> looks != Looks.HTML || isMarkup();
            };
        };
        if (!agrees) {
            throw new Rejected(Rejection.NOT_AN_ARCHIVE, "starts like " + looks.words() + ", which its name doesn't say");
        }
    }

    private boolean isMarkup() {
        String lower = fileName.toLowerCase(Locale.ROOT);
        return lower.endsWith(".html") || lower.endsWith(".htm") || lower.endsWith(".xhtml");
    }
}
