package dev.dewpoint.artifact;

import static dev.dewpoint.artifact.TarBytes.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.release.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class UnpackTest {
    private static final Map<String, String> SAME = Map.of();

    @TempDir
    private Path temp;

    private Path into() throws IOException {
        Path into = temp.resolve("into");
        return Files.exists(into) ? into : Files.createDirectory(into);
    }

    private Unpacked unpack(String name, byte[] bytes) throws IOException {
        return unpack(name, bytes, ArchiveCase.digestOf(bytes));
    }

    private Unpacked unpack(String name, byte[] bytes, Digest digest) throws IOException {
        Path file = Files.write(temp.resolve("artifact"), bytes);
        return new Unpack(ArchiveCase.SMALL).unpack(file, name, digest, into());
    }

    private Failure failure(String name, byte[] bytes) {
        return catchThrowableOfType(Failure.class, () -> unpack(name, bytes));
    }

    private static int mode(Path path) throws IOException {
        return (int) Files.getAttribute(path, "unix:mode") & 07777;
    }

    @Test
    void w11HardLinkedProgramsKeepTheirContentAndASymlinkDoesNotMakeAnArchiveUnusable() throws Exception {
        unpack("jdk.tgz", Pack.TAR_GZ.compress(new TarBytes().executable("bin/java", 0755).hardlink("bin/javaw", "bin/java").symlink("lib/java", "../bin/java").end()));
        assertThat(into().resolve("bin/javaw")).hasContent("#!").isExecutable();
        assertThat(into().resolve("lib/java")).isSymbolicLink().hasContent("#!");
        assertThat(Files.getAttribute(into().resolve("bin/java"), "unix:nlink")).isEqualTo(2);
    }

    @Test
    void w3ATruncatedCacheFileIsNeverTakenForTheArtifact() {
        byte[] whole = Pack.TAR_GZ.compress(new TarBytes().file("app", "content").end());
        Failure failure = catchThrowableOfType(Failure.class, () -> unpack("app.tar.gz", Arrays.copyOf(whole, whole.length - 3), ArchiveCase.digestOf(whole)));
        assertThat(Rejection.of(failure)).contains(Rejection.WRONG_DIGEST);
        assertThat(failure).hasMessageStartingWith("Tried to unpack \"app.tar.gz\", but it was rejected: wrong-digest: its bytes are sha256:");
    }

    @Test
    void aDirectoryThatForbidsWritingGetsItsFilesAndThenItsMode() throws Exception {
        unpack("app.tar", new TarBytes().directory("d/", 0555).file("d/x", "x").directory("d/e/", 0500).file("d/e/y", "y").symlink("d/l", "x").directory("open/", 0777).end());
        assertThat(into().resolve("d/e/y")).hasContent("y");
        assertThat(into().resolve("d/l")).hasContent("x");
        assertThat(mode(into().resolve("d"))).isEqualTo(0555);
        assertThat(mode(into().resolve("d/e"))).isEqualTo(0500);
        assertThat(mode(into().resolve("open"))).isEqualTo(0777);
        assertThat(mode(into())).as("the root's own mode is its maker's business").isEqualTo(0755);
    }

    @ParameterizedTest
    @EnumSource(names = {"TAR_GZ", "TAR_BZ2", "TAR_XZ", "TAR_ZST"})
    void aCompressedProgramBecomesTheProgram(Pack pack) throws Exception {
        Unpacked unpacked = unpack("app-1.2-linux" + pack.endingOfSingle(), pack.compress(utf8("#!/bin/sh\n")));
        assertThat(unpacked).isEqualTo(new Unpacked(10, 1));
        assertThat(into().resolve("app-1.2-linux")).hasContent("#!/bin/sh\n");
        assertThat(mode(into().resolve("app-1.2-linux"))).isEqualTo(0755);
    }

    @ParameterizedTest
    @ValueSource(strings = {"app", "app.jar", "app.exe", "install.sh", "app-v1.2", "\u00fc"})
    void anythingElseIsCopiedUnderItsNameAsAProgram(String name) throws Exception {
        unpack(name, new ZipBytes().file("META-INF/MANIFEST.MF", "x").end());
        assertThat(mode(into().resolve(name))).isEqualTo(0755);
        assertThat(into()).isDirectoryContaining(path -> path.getFileName().toString().equals(name));
    }

    @Test
    void aPageIsAPageWhereOneIsPromised() throws Exception {
        assertThat(unpack("index.html", utf8("<!doctype html>"))).isEqualTo(new Unpacked(15, 1));
    }

    @Test
    void aRefusalSaysWhatCameInsteadOfAnArchive() {
        assertThat(failure("app.tar.gz", utf8("<!DOCTYPE html><title>Sign in</title>"))).hasMessageContaining("not-an-archive: starts like an HTML page");
        assertThat(failure("app.tar.gz", new ZipBytes().file("a", "x").end())).hasMessageContaining("starts like a zip archive");
        assertThat(failure("app.zip", utf8("{\"message\":\"Not Found\"}"))).hasMessageContaining("starts like JSON");
        assertThat(failure("app.tgz", Pack.TAR_GZ.compress(utf8("no tar at all")))).hasMessageContaining("no tar archive");
    }

    @Test
    void zipWithoutUnixModesGetsOrdinaryOnes() throws Exception {
        Path file = temp.resolve("windows.zip");
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
            out.putNextEntry(new ZipEntry("d/"));
            out.putNextEntry(new ZipEntry("d/x"));
            out.write(utf8("x"));
        }
        unpack("windows.zip", Files.readAllBytes(file));
        assertThat(mode(into().resolve("d/x"))).isEqualTo(0644);
        assertThat(mode(into().resolve("d"))).isEqualTo(0755);
    }

    /** Ten members of ten megabytes; a thirty-second part of it can't be compressed, which keeps the slow codings quick. */
    @ParameterizedTest
    @EnumSource
    void aHundredMegabytesStreamThroughAHeapOfThirtyTwo(Pack pack) throws Exception {
        byte[] part = new byte[10 << 20];
        Random random = new Random(1);
        for (int i = 0; i < part.length; i += 4096) {
            byte[] dense = new byte[128];
            random.nextBytes(dense);
            System.arraycopy(dense, 0, part, i, dense.length);
        }
        Path archive = temp.resolve("big" + pack.ending());
        try (OutputStream out = Files.newOutputStream(archive)) {
            if (pack == Pack.ZIP) {
                zipOfTen(out, part);
            } else {
                byte[] member = pack.compress(part);
                out.write(pack.compress(new TarBytes().header('0', utf8("big"), "", 100L << 20, 0644).unended()));
                for (int i = 0; i < 10; i++) {
                    out.write(member);
                }
                out.write(pack.compress(new byte[1024]));
            }
        }
        assertThat(Child.unpack(archive, digestOf(archive), temp.resolve("small-heap"), "", SAME, "-Xmx32m")).contains("Unpacked[bytes=104857600, entries=1]");
    }

    private static void zipOfTen(OutputStream to, byte[] part) throws IOException {
        ZipOutputStream out = new ZipOutputStream(to);
        out.setLevel(1);
        out.putNextEntry(new ZipEntry("big"));
        for (int i = 0; i < 10; i++) {
            out.write(part);
        }
        out.finish();
    }

    private static Digest digestOf(Path file) {
        try (Source source = new Source(file, Digest.Algorithm.SHA512, new HostTrouble("hash"))) {
            return source.digest();
        }
    }

    @Test
    void aFileThatThisHostCannotWriteIsTheHostsFault() throws Exception {
        byte[] tar = new TarBytes().file("big", new byte[4 << 20]).end();
        Path archive = Files.write(temp.resolve("app.tar"), tar);
        assertThat(Child.unpack(archive, ArchiveCase.digestOf(tar), temp.resolve("limited"), "ulimit -f 2000;", SAME)).startsWith("EXHAUSTED").contains("can't be written");
        assertThat(Child.unpack(archive, ArchiveCase.digestOf(tar), temp.resolve("unlimited"), "", SAME)).startsWith("Unpacked");
    }

    @Test
    void aDirectoryThatIsNotThereIsTheHostsFault() throws Exception {
        byte[] tar = new TarBytes().file("x", "x").end();
        Path archive = Files.write(temp.resolve("app.tar"), tar);
        Unpack unpack = new Unpack(ArchiveCase.SMALL);
        Failure missing = catchThrowableOfType(Failure.class, () -> unpack.unpack(archive, "app.tar", ArchiveCase.digestOf(tar), temp.resolve("nowhere")));
        assertThat(missing.kind()).isEqualTo(Failure.Kind.EXHAUSTED);
        Failure noFile = catchThrowableOfType(Failure.class, () -> unpack.unpack(temp.resolve("no.tar"), "app.tar", ArchiveCase.digestOf(tar), into()));
        assertThat(noFile.kind()).isEqualTo(Failure.Kind.EXHAUSTED);
        assertThat(Rejection.of(noFile)).isEmpty();
    }

    @Test
    void aLocaleThatCannotWriteANameIsASettingToCorrect() throws Exception {
        byte[] tar = new TarBytes().file("\u00fc", "x").end();
        Path archive = Files.write(temp.resolve("app.tar"), tar);
        Map<String, String> ascii = Map.of("LC_ALL", "C");
        assertThat(Child.unpack(archive, ArchiveCase.digestOf(tar), temp.resolve("ascii"), "", ascii)).startsWith("MISCONFIGURED").contains("LC_ALL=C.UTF-8");
        assertThat(Child.unpack(archive, ArchiveCase.digestOf(tar), temp.resolve("utf8"), "", Map.of("LC_ALL", "C.UTF-8"))).startsWith("Unpacked");
        assertThat(temp.resolve("utf8/\u00fc")).exists();
    }

    @Test
    void anInterruptEndsItWithoutBlamingTheArchiveAndLeavesNoThread() throws Exception {
        byte[] tar = Pack.TAR_GZ.compress(new TarBytes().file("big", new byte[1 << 20]).end());
        Thread.currentThread().interrupt();
        Failure failure = failure("app.tar.gz", tar);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(failure.kind()).isEqualTo(Failure.Kind.TIMED_OUT);
        assertThat(Thread.getAllStackTraces().keySet()).noneMatch(thread -> thread.getName().equals("unpack"));
    }

    @Test
    void anUnpackingIntoADirectoryWithSomethingInItIsAMistakeOfOurs() throws Exception {
        Files.writeString(into().resolve("here"), "x");
        assertThat(catchThrowableOfType(IllegalArgumentException.class, () -> unpack("app.tar", new TarBytes().file("x", "x").end()))).isNotNull();
    }

    @Test
    void modifiedTimesAreKeptSoThatSeveralHostsAgreeOnThem() throws Exception {
        unpack("app.tar", new TarBytes().file("x", "x").end());
        assertThat(Files.getLastModifiedTime(into().resolve("x")).toMillis()).isEqualTo(1_700_000_000_000L);
    }

    @Test
    void everyCodeStandsInTheDocumentation() throws Exception {
        String page = Files.readString(Path.of("docs/archives.md"));
        for (Rejection rejection : Rejection.values()) {
            assertThat(page).contains("`" + rejection.code() + "`");
        }
    }
}
