package dev.dewpoint.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.release.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheTest {
    private static final Instant NOW = Instant.parse("2026-01-15T10:30:45Z");

    @TempDir
    Path folder;

    @Test
    void nothingIsMadeBeforeItIsNeeded() {
        assertThat(new Cache(folder.resolve("cache"), "me", 100).find(digest('a'))).isEmpty();
        assertThat(folder.resolve("cache")).doesNotExist();
    }

    @Test
    void whatIsStoredIsFoundByItsDigestAlone() throws IOException {
        Cache cache = new Cache(folder, "me", 100);
        Path stored = put(cache, 'a', 10);
        assertThat(cache.find(digest('a'))).contains(stored);
        assertThat(cache.find(digest('b'))).isEmpty();
        assertThat(partials()).isZero();
    }

    @Test
    void thereAlreadyIsSuccess() throws IOException {
        Cache cache = new Cache(folder, "me", 100);
        Path first = put(cache, 'a', 10);
        assertThat(put(cache, 'a', 10)).isEqualTo(first);
        assertThat(partials()).isZero();
    }

    @Test
    void aDamagedCopyOfTheSameLengthIsReplaced() throws IOException {
        Cache cache = new Cache(folder, "me", 100);
        Files.write(put(cache, 'a', 10), "0123456789".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        assertThat(put(cache, 'a', 10)).hasBinaryContent(new byte[10]);
        assertThat(partials()).isZero();
    }

    @Test
    void aDamagedLengthIsReplaced() throws IOException {
        Cache cache = new Cache(folder, "me", 100);
        Files.write(put(cache, 'a', 10), new byte[3]);
        assertThat(Files.size(put(cache, 'a', 10))).isEqualTo(10);
    }

    @Test
    void w10TheLongestUnusedGoWhenItIsFullButNeverWhatServes() throws IOException {
        Cache cache = new Cache(folder, "me", 35);
        put(cache, 'a', 10);
        put(cache, 'b', 10);
        put(cache, 'c', 10);
        put(cache, 'd', 10);
        put(cache, 'e', 10);
        char[] byAge = {'a', 'b', 'c', 'd', 'e'};
        for (int i = 0; i < byAge.length; i++) {
            cache.touch(digest(byAge[i]), NOW.plusSeconds(i));
        }
        cache.touch(digest('b'), NOW.plusSeconds(100));
        assertThat(cache.evict(Set.of(digest('a')))).containsExactly(digest('c').hex(), digest('d').hex());
        assertThat(cache.find(digest('a'))).isPresent();
        assertThat(cache.find(digest('b'))).isPresent();
        assertThat(cache.evict(Set.of(digest('a')))).isEmpty();
    }

    @Test
    void twoAgentsShareADirectoryWithoutTouchingEachOthersPartialFiles() throws IOException {
        Cache mine = new Cache(folder, "me", 100);
        Cache theirs = new Cache(folder, "them", 100);
        Files.write(mine.partial("k"), new byte[5]);
        Files.write(theirs.partial("k"), new byte[7]);
        mine.sweep(Optional.empty());
        assertThat(mine.partial("k")).doesNotExist();
        assertThat(theirs.partial("k")).exists();
        theirs.store(theirs.partial("k"), digest('a'));
        assertThat(mine.find(digest('a'))).isPresent();
    }

    @Test
    void theSweepSparesWhatMayBeResumed() throws IOException {
        Cache cache = new Cache(folder, "me", 100);
        Files.write(cache.partial("resumable"), new byte[5]);
        Files.write(cache.partial("other"), new byte[5]);
        cache.sweep(Optional.of("resumable"));
        assertThat(cache.partial("resumable")).exists();
        assertThat(cache.partial("other")).doesNotExist();
    }

    private long partials() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("partial"))) {
            return files.count();
        }
    }

    private static Path put(Cache cache, char c, int bytes) throws IOException {
        Path partial = cache.partial("k" + c);
        Files.write(partial, new byte[bytes]);
        return cache.store(partial, digest(c));
    }

    private static Digest digest(char c) {
        return new Digest(Digest.Algorithm.SHA256, String.valueOf(c).repeat(64));
    }
}
