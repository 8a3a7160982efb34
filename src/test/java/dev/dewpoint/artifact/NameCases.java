package dev.dewpoint.artifact;

import static dev.dewpoint.artifact.TarBytes.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** A01 to A12: what things are called. */
final class NameCases {
    /** A mark that turns the reading direction, and letters that look like a slash. */
    static final String TRICKY = "\u202egpj.exe";
    private static final String LOOKALIKE = "..\u2215..\uff0fx";

    private NameCases() {}

    static List<ArchiveCase> all() {
        Corpus corpus = new Corpus();
        named(corpus, "A01", "dotdot", utf8("../x"), Rejection.ESCAPES_ROOT);
        named(corpus, "A01", "dotdot-canary", utf8("../canary/x"), Rejection.ESCAPES_ROOT);
        named(corpus, "A02", "inner-dotdot", utf8("a/../../x"), Rejection.ESCAPES_ROOT);
        named(corpus, "A02", "last-dotdot", utf8("a/.."), Rejection.ESCAPES_ROOT);
        named(corpus, "A03", "absolute", utf8("/etc/dewpoint-canary"), Rejection.ABSOLUTE_PATH);
        named(corpus, "A04", "backslash-dotdot", utf8("..\\x"), Rejection.ESCAPES_ROOT);
        named(corpus, "A04", "backslash", utf8("a\\x"), Rejection.BAD_NAME);
        named(corpus, "A05", "drive", utf8("C:\\x"), Rejection.ABSOLUTE_PATH);
        named(corpus, "A05", "drive-slash", utf8("c:/x"), Rejection.ABSOLUTE_PATH);
        named(corpus, "A06", "nul", utf8("a\0b"), Rejection.BAD_NAME);
        named(corpus, "A07", "no-name", new byte[0], Rejection.BAD_NAME);
        named(corpus, "A08", "dot-file", utf8("."), Rejection.BAD_NAME);
        dots(corpus);
        named(corpus, "A09", "long-path", utf8(("n".repeat(240) + "/").repeat(17) + "x".repeat(4097 - 17 * 241)), Rejection.NAME_TOO_LONG);
        named(corpus, "A09", "long-for-the-kernel", utf8(("n".repeat(240) + "/").repeat(16) + "x".repeat(4090 - 16 * 241)), Rejection.NAME_TOO_LONG);
        named(corpus, "A10", "long-part", utf8("n".repeat(256)), Rejection.NAME_TOO_LONG);
        named(corpus, "A10", "long-part-utf8", utf8("\u00fc".repeat(128)), Rejection.NAME_TOO_LONG);
        named(corpus, "A11", "not-utf8", new byte[] {'a', (byte) 0xff, (byte) 0xfe}, Rejection.BAD_NAME);
        named(corpus, "A11", "overlong-utf8", new byte[] {(byte) 0xc0, (byte) 0xae, (byte) 0xc0, (byte) 0xae, '/', 'x'}, Rejection.BAD_NAME);
        named(corpus, "A11", "newline", utf8("a\nb"), Rejection.BAD_NAME);
        named(corpus, "A11", "escape", utf8("a\u001b[31mb"), Rejection.BAD_NAME);
        tricky(corpus);
        return corpus.cases();
    }

    /** In ustar's own field where it fits, in an extended header, in GNU's long name, and in zip. */
    private static void named(Corpus corpus, String id, String what, byte[] name, Rejection code) {
        if (name.length <= 100) {
            corpus.tars(id, what, tar().header('0', name, "", 1, 0644).content(utf8("x")).end(), code);
        }
        if (name.length > 0) {
            corpus.tars(id, what + "-pax", tar().pax("path", name).file("clean", "x").end(), code);
            corpus.tars(id, what + "-gnu", tar().longName(name).file("clean", "x").end(), code);
        }
        ZipBytes zip = new ZipBytes().file("first", "fine");
        zip.item(name, utf8("x"), 0100644);
        corpus.zip(id, what, zip.end(), code);
    }

    private static TarBytes tar() {
        return new TarBytes().file("first", "fine");
    }

    private static void dots(Corpus corpus) {
        Consumer<Path> check = root -> assertThat(root.resolve("bin/app")).hasContent("x");
        corpus.tarsPass("A08", "dot-directory", new TarBytes().directory("./", 0700).directory(".", 0700).file("./bin//./app", "x").end(), check);
        corpus.zipPasses("A08", "dot-directory", new ZipBytes().add("./", "", 040700).file("./bin//./app", "x").end(), check);
        corpus.tars("A08", "only-dot", new TarBytes().directory("./", 0755).end(), Rejection.EMPTY);
        corpus.zip("A08", "only-dot", new ZipBytes().add("./", "", 040755).end(), Rejection.EMPTY);
    }

    private static void tricky(Corpus corpus) {
        Consumer<Path> check = root -> assertThat(List.of(root.resolve(TRICKY), root.resolve(LOOKALIKE))).allMatch(Files::isRegularFile);
        corpus.tarsPass("A12", "tricky", new TarBytes().file(TRICKY, "x").file(LOOKALIKE, "y").end(), check);
        corpus.zipPasses("A12", "tricky", new ZipBytes().file(TRICKY, "x").file(LOOKALIKE, "y").end(), check);
        corpus.tars("A12", "tricky-in-message", new TarBytes().file(TRICKY, "x").file(TRICKY, "y").end(), Rejection.DUPLICATE);
        corpus.zip("A12", "tricky-in-message", new ZipBytes().file(TRICKY, "x").file(TRICKY, "y").end(), Rejection.DUPLICATE);
        byte[] escapes = ("../" + TRICKY + "\r\nERROR: forged").getBytes(StandardCharsets.UTF_8);
        corpus.tars("A12", "forged-line", new TarBytes().pax("path", escapes).file("clean", "x").end(), Rejection.BAD_NAME);
    }
}
