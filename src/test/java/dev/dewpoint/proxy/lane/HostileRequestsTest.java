package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Experience;
import dev.dewpoint.proxy.Stage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Some thousands of requests that were made to be misunderstood. The backend gets exactly what a strict reader sees in
 * them; whatever isn't sound is answered with a refusal and ends the connection. nginx and HAProxy are asked the same.
 */
class HostileRequestsTest {
    private static final boolean SOAK = Boolean.getBoolean("dewpoint.soak");
    private static final int MUTATIONS = SOAK ? 200 : 26;
    private static final Set<Integer> REFUSALS = Set.of(400, 405, 408, 414, 417, 431, 501, 505);
    private static final Pattern RESPONSE = Pattern.compile("HTTP/1\\.1 (\\d{3}) [^\r\n]*\r\n((?:[!-~]+: [^\r\n]*\r\n)*)\r\n");
    private static final Pattern LENGTH = Pattern.compile("Content-Length: (\\d+)\r\n");

    @TempDir
    Path scratch;

    @Test
    void theBackendSeesExactlyWhatAStrictReaderSees() throws Exception {
        long seed = new SecureRandom().nextLong();
        RandomGenerator random = new SplittableRandom(seed);
        List<String> bases = HostileBytes.bases();
        int beyond = 0;
        try (RecordingBackend behind = new RecordingBackend(); Stage stage = Stage.with(); Controls controls = Controls.start(scratch)) {
            Backend backend = new Backend("b", behind.address(), 1, Experience.IGNORED);
            backend.ready(true);
            stage.route().publish(List.of(backend));
            for (String base : bases) {
                for (int kind = 0; kind < MUTATIONS; kind++) {
                    String bytes = HostileBytes.mutate(base, kind, random);
                    String as = "seed " + seed + ", " + shown(bytes);
                    int ours = check(as, bytes, stage.address(), behind, random);
                    if (controls.present() && kind < (SOAK ? 20 : 4)) {
                        List<Integer> theirs = controls.counts(bytes, ours);
                        assertThat(theirs).as("requests that nginx and HAProxy let through; %s", as).anyMatch(count -> count >= ours);
                        beyond += theirs.stream().anyMatch(count -> count > ours) ? 1 : 0;
                    }
                }
            }
        }
        assertThat(bases).hasSizeGreaterThan(120);
        System.err.println("Of " + bases.size() * MUTATIONS + " hostile requests a control let more through than we in " + beyond + " (seed " + seed + ").");
    }

    /** Answers how many requests got through. */
    private static int check(String as, String bytes, InetSocketAddress proxy, RecordingBackend behind, RandomGenerator random) throws IOException {
        StrictReader reader = new StrictReader(Fields.MOST);
        List<StrictReader.Request> expected = reader.all(bytes);
        behind.forget();
        String answers = talk(as, proxy, bytes, random);
        assertThat(behind.broken()).as(as).isEmpty();
        assertThat(behind.requests().stream().map(HostileRequestsTest::plain).toList()).as(as).isEqualTo(expected.stream().map(HostileRequestsTest::plain).toList());
        List<Integer> statuses = statuses(as, answers, expected);
        int refused = statuses.size() - expected.size();
        assertThat(refused).as("%s after %s; %s", statuses, expected, as).isBetween(reader.rest(bytes) instanceof StrictReader.Read.Broken ? 1 : 0, 1);
        if (refused == 1) {
            assertThat(statuses.getLast()).as(as).isIn(REFUSALS);
        }
        return behind.requests().size();
    }

    private static String plain(StrictReader.Request request) {
        return request.method() + " " + request.target() + " " + request.body();
    }

    private static List<Integer> statuses(String as, String answers, List<StrictReader.Request> expected) {
        List<Integer> statuses = new ArrayList<>();
        int at = 0;
        while (at < answers.length()) {
            Matcher response = RESPONSE.matcher(answers).region(at, answers.length());
            assertThat(response.lookingAt()).as("a response at %s of %s; %s", at, answers, as).isTrue();
            int index = statuses.size();
            statuses.add(Integer.parseInt(response.group(1)));
            Matcher length = LENGTH.matcher(response.group(2));
            boolean bare = index < expected.size() && expected.get(index).method().equals("HEAD");
            at = response.end() + (length.find() && !bare ? Integer.parseInt(length.group(1)) : 0);
            if (statuses.getLast() == 200) {
                assertThat(index).as(as).isLessThan(expected.size());
            } else {
                // without its body, if a HEAD is refused
                assertThat(answers.length()).as("nothing after a refusal; %s", as).isIn(at, response.end());
                return statuses;
            }
        }
        return statuses;
    }

    /** Sends it in some pieces, ends its half and reads until the other ends too. */
    private static String talk(String as, InetSocketAddress to, String bytes, RandomGenerator random) throws IOException {
        ByteArrayOutputStream answers = new ByteArrayOutputStream();
        try (Socket socket = new Socket()) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(5_000);
            socket.connect(to, 5_000);
            send(socket, bytes.getBytes(StandardCharsets.ISO_8859_1), random);
            byte[] piece = new byte[8192];
            for (int read = socket.getInputStream().read(piece); read >= 0; read = socket.getInputStream().read(piece)) {
                answers.write(piece, 0, read);
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the connection stayed open after " + answers + "; " + as, e);
        } catch (SocketException e) {
            // half a request ends with a reset
        }
        return StrictReader.text(answers);
    }

    private static void send(Socket socket, byte[] bytes, RandomGenerator random) throws IOException {
        OutputStream out = socket.getOutputStream();
        int pieces = random.nextInt(3);
        int at = 0;
        try {
            for (int i = 0; i < pieces && at < bytes.length; i++) {
                int part = 1 + random.nextInt(bytes.length - at);
                out.write(bytes, at, part);
                at += part;
                Thread.yield();
            }
            out.write(bytes, at, bytes.length - at);
            socket.shutdownOutput();
        } catch (IOException e) {
            // it was refused before all was sent; the answer is there all the same
        }
    }

    private static String shown(String bytes) {
        return bytes.substring(0, Math.min(400, bytes.length())).replace("\r", "\\r").replace("\n", "\\n").replace("\0", "\\0").replace("%", "%%");
    }
}
