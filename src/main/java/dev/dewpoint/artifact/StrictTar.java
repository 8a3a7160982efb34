package dev.dewpoint.artifact;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarUtils;

/**
 * The tar library, stopped before what it would let pass: headers with a wrong checksum, a missing end, names with
 * something behind their NUL, and extensions that are endless, that contradict each other or that it would mend in silence.
 */
final class StrictTar extends TarArchiveInputStream {
    static final int BLOCK = 512;

    private static final int NAME_LENGTH = 100;
    private static final int LINK_AT = 157;
    private static final int PREFIX_AT = 345;
    private static final int PREFIX_LENGTH = 155;
    private static final int LONGEST_EXTENSION = 1 << 20;
    /** The library keeps global headers for good and looks at them at each entry. */
    private static final int LONGEST_GLOBAL = 4096;
    /** Each one is a few frames on the library's stack. */
    private static final int MOST_EXTENSIONS = 16;
    /** Beyond what the library can hold, and millions of years from what a file can have. */
    private static final Pattern ABSURD_TIME = Pattern.compile("(?<=time=)(-?)([0-9]{17,19})(?![0-9])");

    private final Tape tape;
    private final int longestName;
    private boolean started;
    private boolean ended;
    private long headerSize;
    private int globalSize;
    /** Of the entry that is to follow: how many headers, of them how many extended ones, and how often they name it and its target. */
    private int extensions;
    private int extended;
    private int names;
    private int links;

    StrictTar(Tape tape, Budget budget) {
        super(tape, BLOCK, BLOCK, "UTF-8");
        this.tape = tape;
        this.longestName = Math.max(BLOCK, budget.pathBytes() + 1);
    }

    static boolean hasChecksum(byte[] block) {
        try {
            return TarUtils.verifyCheckSum(block);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    static boolean isEnd(byte[] block) {
        return Arrays.equals(block, new byte[BLOCK]);
    }

    /** What the last header said itself, whatever an extension says. */
    long headerSize() {
        return headerSize;
    }

    /** The library reads every header by this method, those of extensions too. */
    @Override
    protected byte[] readRecord() throws IOException {
        byte[] block = super.readRecord();
        if (ended) {
            requireZeros(block);
        } else if (block == null) {
            throw noHeader();
        } else if (isEnd(block)) {
            requireNothingPending();
            ended = true;
        } else {
            judge(block);
        }
        return block;
    }

    private static void requireZeros(byte[] block) {
        if (block != null && !isEnd(block)) {
            throw new Rejected(Rejection.TRAILING_DATA, "something follows the end mark of the tar archive");
        }
    }

    private Rejected noHeader() {
        if (started) {
            return new Rejected(Rejection.TRUNCATED, "the tar archive has no end mark");
        }
        return getBytesRead() > 0 ? new Rejected(Rejection.NOT_AN_ARCHIVE, "what is compressed in it is no tar archive") : new Rejected(Rejection.EMPTY, "it holds nothing");
    }

    private void requireNothingPending() {
        if (extensions > 0) {
            throw new Rejected(Rejection.TRUNCATED, "an extended tar header without its entry");
        }
    }

    private void judge(byte[] block) {
        if (!hasChecksum(block)) {
            throw started ? bad("a tar header's checksum is wrong")
                    : new Rejected(Rejection.NOT_AN_ARCHIVE, "its content starts like " + Looks.of(block, BLOCK).words() + ", not like a tar archive");
        }
        started = true;
        headerSize = TarUtils.parseOctalOrBinary(block, 124, 12);
        char type = (char) (block[156] & 0xff);
        switch (type) {
            case 'x', 'X', 'g', 'L', 'K' -> extension(type);
            case 'V' -> count();
            case 'S' -> throw sparse();
            default -> {
                requireNames(block);
                extensions = 0;
                extended = 0;
                names = 0;
                links = 0;
            }
        }
    }

    /** A name that an extension replaces may be cut within a letter. */
    private void requireNames(byte[] block) {
        field(block, 0, NAME_LENGTH, names > 0);
        field(block, LINK_AT, NAME_LENGTH, links > 0);
        boolean gnu = block[262] == ' ';
        if (!gnu) {
            field(block, PREFIX_AT, PREFIX_LENGTH, names > 0);
        }
    }

    /** Up to the first NUL; something behind it would be read as part of the name by others. */
    private static void field(byte[] block, int at, int length, boolean replaced) {
        int end = at;
        while (end < at + length && block[end] != 0) {
            end++;
        }
        for (int i = end; i < at + length; i++) {
            if (block[i] != 0) {
                throw new Rejected(Rejection.BAD_NAME, "a name with NUL in it");
            }
        }
        if (!replaced) {
            Names.text(Arrays.copyOfRange(block, at, end), length, "name");
        }
    }

    private void count() {
        if (++extensions > MOST_EXTENSIONS) {
            throw bad("more than " + MOST_EXTENSIONS + " extended tar headers in a row");
        }
    }

    private void extension(char type) {
        count();
        long longest = type == 'L' || type == 'K' ? longestName : LONGEST_EXTENSION;
        if (headerSize < 0 || headerSize > longest) {
            throw new Rejected(Rejection.NAME_TOO_LONG, "an extended tar header of " + headerSize + " bytes, at most " + longest + " are allowed");
        }
        byte[] bytes = tape.look((int) headerSize);
        if (bytes.length < headerSize) {
            throw new Rejected(Rejection.TRUNCATED, "the tar archive ends within an entry");
        }
        String content = new String(bytes, StandardCharsets.ISO_8859_1);
        switch (type) {
            case 'L' -> {
                names++;
                requireRelative(content.startsWith("/"));
                requireText(bytes);
            }
            case 'K' -> {
                links++;
                requireText(bytes);
            }
            case 'g' -> global(content);
            default -> {
                extended(content);
                bytes = ABSURD_TIME.matcher(content).replaceAll(time -> "0".repeat(time.group().length())).getBytes(StandardCharsets.ISO_8859_1);
            }
        }
        if (extended > 1 || names > 1 || links > 1) {
            throw bad("two extended tar headers, or two long names, for one entry");
        }
        tape.again(bytes);
    }

    /** NULs may end it. The library would put a question mark where it isn't UTF-8. */
    private void requireText(byte[] name) {
        int end = name.length;
        while (end > 0 && name[end - 1] == 0) {
            end--;
        }
        Names.text(Arrays.copyOf(name, end), longestName, "name");
    }

    /** A key stands behind a blank, wherever its record begins: what is searched for so may be found too often, but not too seldom. */
    private void extended(String content) {
        extended++;
        names += content.contains(" path=") ? 1 : 0;
        links += content.contains(" linkpath=") ? 1 : 0;
        requireRelative(content.contains(" path=/"));
        if (content.contains(" GNU.sparse.") || content.contains(" SCHILY.filetype=")) {
            throw sparse();
        }
    }

    /** The library would take the slash away. */
    private static void requireRelative(boolean absolute) {
        if (absolute) {
            throw new Rejected(Rejection.ABSOLUTE_PATH, "in an extended tar header");
        }
    }

    /** Such as the commit that git puts there. Names or sizes for all entries have no honest use. */
    private void global(String content) {
        globalSize += content.length();
        if (globalSize > LONGEST_GLOBAL) {
            throw bad("more than " + LONGEST_GLOBAL + " bytes of global tar headers");
        }
        if (content.contains(" path=") || content.contains(" linkpath=") || content.contains(" size=") || content.contains(" GNU.sparse.") || content.contains(" SCHILY.filetype=")) {
            throw bad("a global tar header that names or measures entries");
        }
    }

    private static Rejected sparse() {
        return new Rejected(Rejection.SPARSE, "sparse files aren't supported; pack without --sparse (bsdtar: --no-read-sparse)");
    }

    private static Rejected bad(String detail) {
        return new Rejected(Rejection.BAD_HEADER, detail);
    }
}
