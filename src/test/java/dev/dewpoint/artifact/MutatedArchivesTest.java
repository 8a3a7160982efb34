package dev.dewpoint.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Durable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Archives broken at random, with the digest of what they became: unpacked or refused, never anything else. */
final class MutatedArchivesTest {
    private static final long SEED = 4711;
    private static final int TIMES = 200;

    @ParameterizedTest
    @EnumSource
    void aBrokenArchiveIsUnpackedOrRefused(Pack pack, @TempDir(factory = MemoryDirectory.class) Path temp) throws IOException {
        AtomicInteger refused = new AtomicInteger();
        for (long seed = SEED; seed < SEED + TIMES; seed++) {
            Random random = new Random(seed);
            byte[] bytes = pack == Pack.ZIP ? zip() : tar();
            // inside the codings too: else their checksums stop nearly everything
            boolean inside = random.nextBoolean() && pack != Pack.ZIP;
            byte[] broken = inside ? pack.compress(mutated(bytes, random)) : mutated(pack.compress(bytes), random);
            Path into = Files.createDirectory(temp.resolve("into"));
            Path file = Files.write(temp.resolve("file"), broken);
            try {
                new Unpack(ArchiveCase.SMALL).unpack(file, "app" + pack.ending(), ArchiveCase.digestOf(broken), into);
            } catch (Failure e) {
                refused.incrementAndGet();
                assertThat(Rejection.of(e)).as("seed %d: %s", seed, e.getMessage()).isPresent();
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed " + seed, e);
            }
            Durable.deleteTree(into);
            try (var left = Files.list(temp)) {
                assertThat(left).as("seed %d", seed).containsExactly(file);
            }
        }
        assertThat(refused).hasPositiveValue();
    }

    private static byte[] tar() {
        return new TarBytes().directory("bin/", 0755).executable("bin/app", 0755).hardlink("bin/other", "bin/app").symlink("app", "bin/app")
                .pax("path", TarBytes.utf8("long/".repeat(30) + "x")).file("x", "long").longName(TarBytes.utf8("gnu/".repeat(30) + "y")).file("y", "gnu").file("z", new byte[3000]).end();
    }

    private static byte[] zip() {
        return new ZipBytes().add("bin/", "", 040755).add("bin/app", "#!", 0100755).symlink("app", "bin/app").file("z", "z".repeat(3000)).end();
    }

    private static byte[] mutated(byte[] bytes, Random random) {
        byte[] mutated = bytes.clone();
        for (int i = random.nextInt(1, 5); i > 0; i--) {
            int at = random.nextInt(mutated.length);
            switch (random.nextInt(6)) {
                case 0 -> mutated[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> mutated[at] = (byte) random.nextInt();
                case 2 -> mutated[at] = (byte) 0xff;
                case 3 -> mutated = Arrays.copyOf(mutated, Math.max(1, at));
                case 4 -> System.arraycopy(mutated, at, mutated, random.nextInt(mutated.length - Math.min(mutated.length - at, 512) + 1), Math.min(mutated.length - at, 512));
                default -> sealHeader(mutated, at);
            }
        }
        return mutated;
    }

    /** Changes a byte of a tar header and makes its checksum right again, so that what it says is read. */
    private static void sealHeader(byte[] bytes, int at) {
        int block = at / 512 * 512;
        if (block + 512 > bytes.length) {
            return;
        }
        bytes[at] ^= 0x11;
        Arrays.fill(bytes, block + 148, block + 156, (byte) ' ');
        int sum = 0;
        for (int i = block; i < block + 512; i++) {
            sum += bytes[i] & 0xff;
        }
        System.arraycopy(TarBytes.utf8(String.format(java.util.Locale.ROOT, "%06o", sum)), 0, bytes, block + 148, 6);
        bytes[block + 154] = 0;
    }
}
