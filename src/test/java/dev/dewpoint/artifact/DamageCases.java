package dev.dewpoint.artifact;

import static dev.dewpoint.artifact.TarBytes.utf8;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** C01 to C06: files that aren't what was announced. */
final class DamageCases {
    private static final long SEED = 6;

    private DamageCases() {}

    static List<ArchiveCase> all() {
        Corpus corpus = new Corpus();
        Random random = new Random(SEED);
        for (Pack pack : Pack.values()) {
            byte[] whole = whole(pack, "amd64", random);
            byte[] other = whole(pack, "arm64", random);
            for (int i = 0; i < 16; i++) {
                byte[] cut = Arrays.copyOf(whole, (int) ((long) whole.length * i / 16));
                corpus.add(rejected("C01", "cut-" + i, pack, cut, Rejection.WRONG_DIGEST).announcedAs(whole));
            }
            for (int i = 0; i < 64; i++) {
                byte[] flipped = whole.clone();
                flipped[(int) ((long) whole.length * i / 64)] ^= (byte) (1 << random.nextInt(8));
                corpus.add(rejected("C02", "flip-" + i, pack, flipped, Rejection.WRONG_DIGEST).announcedAs(whole));
            }
            corpus.add(rejected("C03", "nothing", pack, new byte[0], Rejection.EMPTY));
            corpus.add(rejected("C04", "page", pack, utf8("\n<!DOCTYPE html>\n<html><head><title>404</title></head></html>\n"), Rejection.NOT_AN_ARCHIVE));
            corpus.add(rejected("C04", "text", pack, utf8("Not Found"), Rejection.NOT_AN_ARCHIVE));
            byte[] sameLength = whole.clone();
            random.nextBytes(sameLength);
            corpus.add(rejected("C05", "same-length", pack, sameLength, Rejection.WRONG_DIGEST).announcedAs(whole));
            corpus.add(rejected("C06", "other-architecture", pack, other, Rejection.WRONG_DIGEST).announcedAs(whole));
        }
        corpus.made("C03", "nothing", () -> new byte[0], Rejection.EMPTY);
        corpus.made("C04", "page", () -> utf8("<html>502"), Rejection.NOT_AN_ARCHIVE);
        corpus.made("C04", "page.gz", () -> utf8("<html>502"), Rejection.NOT_AN_ARCHIVE);
        return corpus.cases();
    }

    private static ArchiveCase rejected(String id, String what, Pack pack, byte[] bytes, Rejection code) {
        return ArchiveCase.rejected(id, what + pack.ending(), () -> bytes, code);
    }

    private static byte[] whole(Pack pack, String architecture, Random random) {
        byte[] program = new byte[20_000];
        random.nextBytes(program);
        if (pack == Pack.ZIP) {
            ZipBytes zip = new ZipBytes().file("bin/" + architecture, "x").symlink("app", "bin/" + architecture);
            zip.item(utf8("lib/program"), program, 0100755);
            return zip.end();
        }
        return pack.compress(new TarBytes().file("bin/" + architecture, "x").symlink("app", "bin/" + architecture).file("lib/program", program).end());
    }
}
