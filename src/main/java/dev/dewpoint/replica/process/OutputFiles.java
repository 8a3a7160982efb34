package dev.dewpoint.replica.process;

import dev.dewpoint.host.Descriptor;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** Two files of one process, and the end of what was printed to them. */
final class OutputFiles implements Output {
    private static final int TAIL_BYTES = 8 << 10;

    private final AppLogFollower follower;
    private final AppLogSource stdout;
    private final AppLogSource stderr;
    private final AtomicReference<byte[]> recent = new AtomicReference<>(new byte[0]);

    OutputFiles(AppLogFollower follower, AppLogSource stdout, AppLogSource stderr) {
        this.follower = follower;
        this.stdout = stdout;
        this.stderr = stderr;
    }

    @Override
    public Descriptor stdout() {
        return stdout.writing();
    }

    @Override
    public Descriptor stderr() {
        return stderr.writing();
    }

    @Override
    public String tail(int lines) {
        List<String> all = follower.upToDate(this).lines().toList();
        String last = String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
        byte[] bytes = last.getBytes(StandardCharsets.UTF_8);
        return bytes.length <= TAIL_BYTES ? last : decoded(Arrays.copyOfRange(bytes, bytes.length - TAIL_BYTES, bytes.length));
    }

    @Override
    public void ended() {
        follower.end(this);
    }

    List<AppLogSource> sources() {
        return List.of(stdout, stderr);
    }

    /** Of the follower's lock's holder alone. */
    void printed(byte[] text, int from, int to) {
        byte[] before = recent.get();
        int added = Math.min(to - from, TAIL_BYTES);
        boolean breaks = text[to - 1] != '\n';
        int kept = Math.min(before.length, TAIL_BYTES - added);
        byte[] joined = new byte[kept + added + (breaks ? 1 : 0)];
        System.arraycopy(before, before.length - kept, joined, 0, kept);
        System.arraycopy(text, to - added, joined, kept, added);
        if (breaks) {
            joined[joined.length - 1] = '\n';
        }
        recent.set(joined);
    }

    String recent() {
        return decoded(recent.get());
    }

    /** A character cut in half at the beginning is left out. */
    private static String decoded(byte[] bytes) {
        int from = 0;
        while (from < Math.min(3, bytes.length) && (bytes[from] & 0xC0) == 0x80) {
            from++;
        }
        return new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
    }
}
