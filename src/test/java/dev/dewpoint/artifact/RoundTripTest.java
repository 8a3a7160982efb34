package dev.dewpoint.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.dewpoint.host.Durable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.zip.X5455_ExtendedTimestamp;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What others pack comes out as it went in. */
final class RoundTripTest {
    private static final long SEED = 20_260_115;

    @TempDir
    private Path temp;

    private interface Packing {
        void pack(Path tree, Path archive) throws IOException, InterruptedException;
    }

    private void comesBack(String ending, boolean withHardLinks, Packing packing) throws IOException, InterruptedException {
        for (long seed = SEED; seed < SEED + 3; seed++) {
            Path tree = Files.createDirectory(temp.resolve("tree" + seed));
            Trees.grow(tree, new Random(seed));
            Path archive = temp.resolve("archive" + seed + ending);
            packing.pack(tree, archive);
            Path into = Files.createDirectory(temp.resolve("out" + seed));
            Unpacked unpacked = new Unpack(Budget.standard(256 << 20)).unpack(archive, "app" + ending, ArchiveCase.digestOf(Files.readAllBytes(archive)), into);
            assertThat(Trees.picture(into, withHardLinks)).as("seed %d", seed).isEqualTo(Trees.picture(tree, withHardLinks)).hasSize(unpacked.entries());
            Durable.deleteTree(tree);
            Durable.deleteTree(into);
        }
    }

    private static void run(Path directory, List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
    }

    private static void requireProgram(String name) {
        assumeThat(List.of(Path.of("/usr/bin", name), Path.of("/bin", name))).as("%s is installed", name).anyMatch(Files::isExecutable);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gnu", "pax", "ustar", "posix"})
    void treesPackedByGnuTarComeBackInEachOfItsFormats(String format) throws Exception {
        requireProgram("tar");
        comesBack(".tar.gz", true, (tree, archive) -> {
            List<String> command = new ArrayList<>(List.of("tar", "--format=" + format, "-czf", archive.toString(), "."));
            if (format.equals("ustar")) {
                // its names are shorter than what the tree holds: those files stay out on both sides
                removeLongNames(tree);
            }
            run(tree, command);
        });
    }

    private static void removeLongNames(Path tree) throws IOException {
        List<Path> all;
        try (var walk = Files.walk(tree)) {
            all = walk.toList();
        }
        for (Path path : all.reversed()) {
            boolean longTarget = Files.isSymbolicLink(path) && Files.readSymbolicLink(path).toString().length() > 90;
            if (path.getFileName().toString().length() > 75 || tree.relativize(path).toString().length() > 90 || longTarget) {
                Durable.deleteTree(path);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip .tar.gz", "gzip .tgz", "bzip2 .tar.bz2", "xz .tar.xz", "zstd .tar.zst", "zstd .tzst"})
    void treesPackedByGnuTarComeBackFromEachProgram(String programAndEnding) throws Exception {
        String[] both = programAndEnding.split(" ");
        requireProgram("tar");
        requireProgram(both[0]);
        comesBack(both[1], true, (tree, archive) -> run(tree, List.of("tar", "-I", both[0], "-cf", archive.toString(), ".")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-9", "-0"})
    void treesPackedByZipComeBack(String level) throws Exception {
        requireProgram("zip");
        comesBack(".zip", false, (tree, archive) -> run(tree, List.of("zip", "-q", "-r", "-y", level, archive.toString(), ".")));
    }

    @ParameterizedTest
    @EnumSource
    void treesPackedByCommonsCompressComeBack(Pack pack) throws Exception {
        comesBack(pack.ending(), false, (tree, archive) -> {
            try (OutputStream file = Files.newOutputStream(archive); OutputStream out = pack.compress(file)) {
                if (pack == Pack.ZIP) {
                    zip(tree, out);
                } else {
                    tar(tree, out);
                }
            }
        });
    }

    private static List<Path> sorted(Path tree) throws IOException {
        try (var walk = Files.walk(tree)) {
            return walk.filter(path -> !path.equals(tree)).sorted().toList();
        }
    }

    private static int mode(Path path) throws IOException {
        return (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    }

    private static void tar(Path tree, OutputStream to) throws IOException {
        TarArchiveOutputStream out = new TarArchiveOutputStream(to, "UTF-8");
        out.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        out.setAddPaxHeadersForNonAsciiNames(true);
        for (Path path : sorted(tree)) {
            String name = tree.relativize(path).toString();
            if (Files.isSymbolicLink(path)) {
                TarArchiveEntry link = new TarArchiveEntry(name, (byte) '2');
                link.setLinkName(Files.readSymbolicLink(path).toString());
                out.putArchiveEntry(link);
            } else if (Files.isDirectory(path)) {
                TarArchiveEntry directory = new TarArchiveEntry(name + "/");
                directory.setMode(mode(path));
                out.putArchiveEntry(directory);
            } else {
                TarArchiveEntry file = new TarArchiveEntry(name);
                file.setMode(mode(path));
                file.setSize(Files.size(path));
                file.setLastModifiedTime(Files.getLastModifiedTime(path));
                out.putArchiveEntry(file);
                Files.copy(path, out);
            }
            out.closeArchiveEntry();
        }
        out.finish();
        out.flush();
    }

    private static void zip(Path tree, OutputStream to) throws IOException {
        ZipArchiveOutputStream out = new ZipArchiveOutputStream(to);
        for (Path path : sorted(tree)) {
            String name = tree.relativize(path).toString();
            boolean link = Files.isSymbolicLink(path);
            ZipArchiveEntry entry = new ZipArchiveEntry(Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS) ? name + "/" : name);
            entry.setUnixMode(link ? 0120777 : mode(path));
            entry.setLastModifiedTime(Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS));
            X5455_ExtendedTimestamp time = new X5455_ExtendedTimestamp();
            time.setModifyFileTime(Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS));
            entry.addExtraField(time);
            out.putArchiveEntry(entry);
            if (link) {
                out.write(Files.readSymbolicLink(path).toString().getBytes(StandardCharsets.UTF_8));
            } else if (Files.isRegularFile(path)) {
                Files.copy(path, out);
            }
            out.closeArchiveEntry();
        }
        out.finish();
        out.flush();
    }
}
