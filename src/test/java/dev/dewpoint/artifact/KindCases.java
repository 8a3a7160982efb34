package dev.dewpoint.artifact;

import static dev.dewpoint.artifact.TarBytes.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** A23 to A30: kinds of entries, modes, extended headers, doubles. */
final class KindCases {
    private KindCases() {}

    static List<ArchiveCase> all() {
        Corpus corpus = new Corpus();
        corpus.tars("A23", "character-device", new TarBytes().special('3', "null").end(), Rejection.DEVICE);
        corpus.tars("A23", "block-device", new TarBytes().special('4', "sda").end(), Rejection.DEVICE);
        corpus.tars("A24", "fifo", new TarBytes().special('6', "pipe").end(), Rejection.DEVICE);
        corpus.tars("A24", "unknown-type", new TarBytes().special('Z', "what").end(), Rejection.UNSUPPORTED_ENTRY);
        corpus.zip("A23", "character-device", new ZipBytes().add("null", "", 020666).end(), Rejection.DEVICE);
        corpus.zip("A23", "block-device", new ZipBytes().add("sda", "", 060666).end(), Rejection.DEVICE);
        corpus.zip("A24", "fifo", new ZipBytes().add("pipe", "", 010644).end(), Rejection.DEVICE);
        corpus.zip("A24", "socket", new ZipBytes().add("socket", "", 0140644).end(), Rejection.DEVICE);
        modes(corpus);
        extended(corpus);
        corpus.tars("A29", "sparse", new TarBytes().header('S', utf8("sparse"), "", 512, 0644).content(new byte[512]).end(), Rejection.SPARSE);
        corpus.tars("A29", "sparse-pax", new TarBytes().pax("GNU.sparse.realsize", utf8("9223372036854775807")).file("f", "x").end(), Rejection.SPARSE);
        corpus.tars("A29", "8-EiB", new TarBytes().header('0', utf8("big"), "", Long.MAX_VALUE, 0644).end(), Rejection.TOO_LARGE);
        corpus.tars("A29", "negative", new TarBytes().header('0', utf8("big"), "", -1, 0644).end(), Rejection.BAD_HEADER);
        doubles(corpus);
        return corpus.cases();
    }

    private static int mode(Path path) {
        try {
            return (int) Files.getAttribute(path, "unix:mode") & 07777;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void modes(Corpus corpus) {
        Consumer<Path> check = root -> {
            assertThat(mode(root.resolve("app"))).isEqualTo(0755);
            assertThat(mode(root.resolve("group"))).isEqualTo(0775);
            assertThat(mode(root.resolve("tmp"))).isEqualTo(0777);
        };
        corpus.tarsPass("A25", "setuid", new TarBytes().executable("app", 07755).executable("group", 02775).directory("tmp/", 01777).end(), check);
        corpus.zipPasses("A25", "setuid", new ZipBytes().add("app", "#!", 0107755).add("group", "#!", 0102775).add("tmp/", "", 041777).end(), check);
        Consumer<Path> ours = root -> {
            try {
                Object us = Files.getAttribute(root, "unix:uid");
                assertThat(Files.getAttribute(root.resolve("root"), "unix:uid")).isEqualTo(us);
                assertThat(Files.getAttribute(root.resolve("daemon"), "unix:uid")).isEqualTo(us);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
        corpus.tarsPass("A26", "owners", new TarBytes().owned("root", 0, "root").owned("daemon", 1, "daemon").owned("nobody", 65534, "nobody").end(), ours);
    }

    private static void extended(Corpus corpus) {
        corpus.tars("A27", "pax-path", new TarBytes().pax("path", utf8("../x")).file("clean", "x").end(), Rejection.ESCAPES_ROOT);
        corpus.tars("A27", "pax-link", new TarBytes().pax("linkpath", utf8("/etc/passwd")).symlink("clean", "clean").end(), Rejection.LINK_ESCAPES);
        corpus.tars("A27", "pax-and-gnu", new TarBytes().pax("path", utf8("a")).longName(utf8("b")).file("c", "x").end(), Rejection.BAD_HEADER);
        corpus.tars("A27", "pax-twice", new TarBytes().pax("path", utf8("a")).pax("path", utf8("b")).file("c", "x").end(), Rejection.BAD_HEADER);
        corpus.tars("A27", "gnu-twice", new TarBytes().longName(utf8("a")).longName(utf8("b")).file("c", "x").end(), Rejection.BAD_HEADER);
        byte[] commit = TarBytes.record("comment", utf8("0123456789"));
        corpus.tarsPass("A27", "comment-global", new TarBytes().header('g', utf8("g"), "", commit.length, 0644).content(commit).pax("path", utf8("b")).file("a", "x").file("c", "x").end(),
                root -> assertThat(List.of(root.resolve("b"), root.resolve("c"))).allMatch(Files::isRegularFile));
        byte[] global = TarBytes.record("path", utf8("x"));
        corpus.tars("A27", "pax-global", new TarBytes().header('g', utf8("g"), "", global.length, 0644).content(global).file("a", "x").end(), Rejection.BAD_HEADER);
        byte[] hidden = new TarBytes().file("../x", "hidden").unended();
        corpus.tars("A28", "pax-size", new TarBytes().pax("size", utf8("0")).file("outer", hidden).end(), Rejection.BAD_HEADER);
        corpus.tars("A28", "pax-size-bigger", new TarBytes().pax("size", utf8("1024")).file("outer", "x").end(), Rejection.BAD_HEADER);
        corpus.tars("A28", "size-on-link", new TarBytes().header('2', utf8("l"), "x", 512, 0777).content(new byte[512]).end(), Rejection.BAD_HEADER);
        corpus.tarsPass("A28", "pax-size-alone", new TarBytes().pax("size", utf8("5")).header('0', utf8("f"), "", 0, 0644).content(utf8("hello")).end(),
                root -> assertThat(root.resolve("f")).hasContent("hello"));
    }

    private static void doubles(Corpus corpus) {
        both(corpus, "twice", Rejection.DUPLICATE, "a", "a");
        both(corpus, "twice-by-dot", Rejection.DUPLICATE, "a", "./a");
        both(corpus, "file-then-directory", Rejection.DUPLICATE, "a", "a/");
        both(corpus, "file-then-below", Rejection.DUPLICATE, "a", "a/b/c");
        both(corpus, "directory-then-file", Rejection.DUPLICATE, "a/", "a");
        both(corpus, "implied-then-file", Rejection.DUPLICATE, "a/b", "a");
        Consumer<Path> cases = root -> assertThat(List.of(root.resolve("Read"), root.resolve("read"))).allMatch(Files::isRegularFile);
        corpus.tarsPass("A30", "case", tar("Read", "read"), cases).zipPasses("A30", "case", zip("Read", "read"), cases);
        Consumer<Path> twice = root -> assertThat(root.resolve("d/x")).isRegularFile();
        corpus.tarsPass("A30", "directory-twice", tar("d/", "d/x", "e/y", "d/"), twice).zipPasses("A30", "directory-twice", zip("d/", "d/x", "e/y", "d/"), twice);
    }

    private static void both(Corpus corpus, String what, Rejection code, String... names) {
        corpus.tars("A30", what, tar(names), code).zip("A30", what, zip(names), code);
    }

    private static byte[] tar(String... names) {
        TarBytes tar = new TarBytes();
        for (String name : names) {
            if (name.endsWith("/")) {
                tar.directory(name, 0755);
            } else {
                tar.file(name, "x");
            }
        }
        return tar.end();
    }

    private static byte[] zip(String... names) {
        ZipBytes zip = new ZipBytes();
        for (String name : names) {
            zip.add(name, name.endsWith("/") ? "" : "x", name.endsWith("/") ? 040755 : 0100644);
        }
        return zip.end();
    }
}
