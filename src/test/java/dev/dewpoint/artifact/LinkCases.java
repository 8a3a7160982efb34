package dev.dewpoint.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** A13 to A22: links. */
final class LinkCases {
    private LinkCases() {}

    static List<ArchiveCase> all() {
        Corpus corpus = new Corpus();
        both(corpus, "A13", "absolute-then-through", List.of("l -> /etc", "l/dewpoint-canary"), Rejection.LINK_ESCAPES);
        both(corpus, "A14", "up-then-through", List.of("l -> ..", "l/x"), Rejection.THROUGH_LINK);
        both(corpus, "A14", "up", List.of("l -> .."), Rejection.LINK_ESCAPES);
        both(corpus, "A14", "up-from-below", List.of("a/b/l -> ../../../canary"), Rejection.LINK_ESCAPES);
        both(corpus, "A14", "up-by-two-links", List.of("a/up -> ..", "b -> a/up/.."), Rejection.LINK_ESCAPES);
        both(corpus, "A14", "up-by-a-later-link", List.of("b -> d/e/../../..", "d/e -> ../x", "x/y"), Rejection.LINK_ESCAPES);
        both(corpus, "A14", "through-inside", List.of("d/y", "l -> d", "l/x"), Rejection.THROUGH_LINK);
        both(corpus, "A15", "chain-of-41", chain(41), Rejection.LINK_LOOP);
        pass(corpus, "A15", "chain-of-40", chain(40), root -> assertThat(root.resolve("l39")).hasContent("content"));
        both(corpus, "A16", "loop", List.of("a -> b", "b -> a", "c"), Rejection.LINK_LOOP);
        both(corpus, "A16", "self", List.of("a -> a"), Rejection.LINK_LOOP);
        both(corpus, "A16", "growing", List.of("a -> a/a"), Rejection.LINK_LOOP);
        replaced(corpus);
        hard(corpus);
        corpus.zip("A21", "escaping", new ZipBytes().symlink("l", "../canary").end(), Rejection.LINK_ESCAPES);
        corpus.zip("A21", "nul-in-target", new ZipBytes().symlink("l", "a\0b").end(), Rejection.BAD_NAME);
        corpus.zip("A21", "no-target", new ZipBytes().symlink("l", "").end(), Rejection.BAD_NAME);
        corpus.zip("A21", "huge-target", new ZipBytes().symlink("l", "a/".repeat(3000)).end(), Rejection.NAME_TOO_LONG);
        legitimate(corpus);
        return corpus.cases();
    }

    /** Lines {@code PATH -> TARGET} are symlinks, others files. */
    private static byte[] tar(List<String> lines) {
        TarBytes tar = new TarBytes();
        for (String line : lines) {
            String[] link = line.split(" -> ");
            if (link.length == 2) {
                tar.symlink(link[0], link[1]);
            } else {
                tar.file(line, "content");
            }
        }
        return tar.end();
    }

    private static byte[] zip(List<String> lines) {
        ZipBytes zip = new ZipBytes();
        for (String line : lines) {
            String[] link = line.split(" -> ");
            if (link.length == 2) {
                zip.symlink(link[0], link[1]);
            } else {
                zip.file(line, "content");
            }
        }
        return zip.end();
    }

    private static void both(Corpus corpus, String id, String what, List<String> lines, Rejection code) {
        corpus.tars(id, what, tar(lines), code).zip(id, what, zip(lines), code);
    }

    private static void pass(Corpus corpus, String id, String what, List<String> lines, Consumer<Path> check) {
        corpus.tarsPass(id, what, tar(lines), check).zipPasses(id, what, zip(lines), check);
    }

    private static List<String> chain(int links) {
        List<String> lines = new java.util.ArrayList<>(List.of("end", "l0 -> end"));
        for (int i = 1; i < links; i++) {
            lines.add("l" + i + " -> l" + (i - 1));
        }
        return lines;
    }

    private static void replaced(Corpus corpus) {
        corpus.tars("A17", "directory-then-link", new TarBytes().directory("d/", 0755).symlink("d", "e").file("e/x", "x").end(), Rejection.DUPLICATE);
        corpus.tars("A17", "link-then-directory", new TarBytes().symlink("d", "..").directory("d/", 0755).end(), Rejection.THROUGH_LINK);
        corpus.zip("A17", "directory-then-link", new ZipBytes().add("d/", "", 040755).symlink("d", "e").end(), Rejection.DUPLICATE);
        both(corpus, "A17", "file-then-link", List.of("f", "f -> ../canary/x"), Rejection.DUPLICATE);
        both(corpus, "A17", "link-then-file", List.of("f -> g", "f"), Rejection.DUPLICATE);
        both(corpus, "A17", "link-then-link", List.of("f -> g", "f -> h"), Rejection.DUPLICATE);
    }

    private static void hard(Corpus corpus) {
        corpus.tars("A18", "hard-absolute", new TarBytes().hardlink("h", "/etc/passwd").end(), Rejection.LINK_ESCAPES);
        corpus.tars("A18", "hard-up", new TarBytes().file("f", "x").hardlink("h", "../canary/x").end(), Rejection.LINK_ESCAPES);
        corpus.tars("A18", "hard-through-link", new TarBytes().symlink("l", "d").file("d/x", "x").hardlink("h", "l/x").end(), Rejection.LINK_TARGET);
        corpus.tars("A18", "hard-below-a-file", new TarBytes().file("f", "x").hardlink("h", "f/x").end(), Rejection.LINK_TARGET);
        corpus.tars("A18", "hard-to-directory", new TarBytes().directory("d/", 0755).hardlink("h", "d").end(), Rejection.LINK_TARGET);
        corpus.tars("A18", "hard-to-itself", new TarBytes().file("f", "x").hardlink("f", "f").end(), Rejection.DUPLICATE);
        corpus.tars("A19", "hard-to-link", new TarBytes().file("f", "x").symlink("l", "f").hardlink("h", "l").end(), Rejection.LINK_TARGET);
        corpus.tars("A20", "hard-before-target", new TarBytes().hardlink("h", "f").file("f", "x").end(), Rejection.LINK_TARGET);
    }

    private static void legitimate(Corpus corpus) {
        Consumer<Path> check = root -> {
            try {
                assertThat(root.resolve("bin/app")).isSymbolicLink().hasContent("content");
                assertThat(root.resolve("current")).isSymbolicLink().isDirectory();
                assertThat(root.resolve("share/here")).isSymbolicLink();
                assertThat(Files.readSymbolicLink(root.resolve("bin/app"))).hasToString("../lib/app-1.2");
                assertThat(Files.readSymbolicLink(root.resolve("dangling"))).hasToString("not/yet");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
        pass(corpus, "A22", "inside", List.of("bin/app -> ../lib/app-1.2", "current -> lib/../lib", "lib/app-1.2", "share/here -> ..", "dangling -> not/yet"), check);
    }
}
