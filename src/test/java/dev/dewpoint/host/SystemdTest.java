package dev.dewpoint.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class SystemdTest {
    private static final long SELF = ProcessHandle.current().pid();
    private static final String RECEIVER = """
            import socket, sys
            name = sys.argv[1]
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            s.bind('\\0' + name[1:] if name[0] == '@' else name)
            print('bound', flush=True)
            for i in range(int(sys.argv[2])):
                print(s.recv(4096), flush=True)
            """;

    @TempDir
    Path directory;

    @Test
    void everyMessageArrivesAtAPath() throws Exception {
        String socket = directory.resolve("notify").toString();
        Receiver receiver = new Receiver(socket, 4);
        Systemd systemd = Systemd.from(Map.of("NOTIFY_SOCKET", socket, "WATCHDOG_USEC", "30000000"));

        assertThat(systemd.ready("serving v1.0.0")).isTrue();
        assertThat(systemd.status("two\nlines\u0000 ünicode")).isTrue();
        assertThat(systemd.watchdog()).isTrue();
        assertThat(systemd.stopping()).isTrue();

        assertThat(receiver.next()).isEqualTo("b'READY=1\\nMAINPID=" + SELF + "\\nSTATUS=serving v1.0.0'");
        assertThat(receiver.next()).isEqualTo("b'STATUS=two lines  \\xc3\\xbcnicode'");
        assertThat(receiver.next()).isEqualTo("b'WATCHDOG=1'");
        assertThat(receiver.next()).isEqualTo("b'STOPPING=1'");
        receiver.awaitEnd();
    }

    @Test
    void aMessageArrivesAtAnAbstractName() throws Exception {
        String socket = "@dewpoint-test-" + UUID.randomUUID();
        Receiver receiver = new Receiver(socket, 1);

        assertThat(Systemd.from(Map.of("NOTIFY_SOCKET", socket)).stopping()).isTrue();

        assertThat(receiver.next()).isEqualTo("b'STOPPING=1'");
        receiver.awaitEnd();
    }

    @Test
    void aReloadSaysWhenItBeganAndThatItIsOver() throws Exception {
        String socket = directory.resolve("notify").toString();
        Receiver receiver = new Receiver(socket, 2);
        Systemd systemd = Systemd.from(Map.of("NOTIFY_SOCKET", socket));

        assertThat(systemd.reloading(1_234_567)).isTrue();
        assertThat(systemd.ready("reloaded")).isTrue();

        assertThat(receiver.next()).isEqualTo("b'RELOADING=1\\nMONOTONIC_USEC=1234567'");
        assertThat(receiver.next()).isEqualTo("b'READY=1\\nMAINPID=" + SELF + "\\nSTATUS=reloaded'");
        receiver.awaitEnd();
    }

    @Test
    void theMonotonicClockIsTheOneThatSystemdCompares() throws Exception {
        Process clock = new ProcessBuilder("python3", "-c", "import time; print(time.clock_gettime_ns(time.CLOCK_MONOTONIC))").start();
        long before = Time.system().nanos();
        long theirs = Long.parseLong(clock.inputReader().readLine());
        assertThat(theirs).isBetween(before, Time.system().nanos());
        assertThat(clock.waitFor()).isZero();
    }

    @Test
    void withoutSystemdNothingHappens() throws Exception {
        Systemd none = Systemd.from(Map.of("WATCHDOG_USEC", "30000000"));
        assertThat(none.isPresent()).isFalse();
        assertThat(none.ready("x")).isFalse();
        assertThat(none.status("x")).isFalse();
        assertThat(none.watchdog()).isFalse();
        assertThat(none.stopping()).isFalse();
        assertThat(none.reloading(1)).isFalse();
        assertThat(none.watchdogInterval()).isEmpty();
    }

    @Test
    void aSocketThatIsGoneOrTooLongOrOfAnotherKindHarmsNothing() {
        assertThat(Systemd.from(Map.of("NOTIFY_SOCKET", directory.resolve("gone").toString())).stopping()).isFalse();
        assertThat(Systemd.from(Map.of("NOTIFY_SOCKET", "/" + "x".repeat(200))).stopping()).isFalse();
        assertThat(Systemd.from(Map.of("NOTIFY_SOCKET", "vsock:2:1234")).isPresent()).isFalse();
    }

    @Test
    void theWatchdogIsDueTwiceInItsTimeAndOnlyForThisProcess() {
        String self = Long.toString(ProcessHandle.current().pid());
        assertThat(interval(Map.of("NOTIFY_SOCKET", "/x", "WATCHDOG_USEC", "30000000"))).isEqualTo(Duration.ofSeconds(15));
        assertThat(interval(Map.of("NOTIFY_SOCKET", "/x", "WATCHDOG_USEC", "30000000", "WATCHDOG_PID", self))).isEqualTo(Duration.ofSeconds(15));
        assertThat(interval(Map.of("NOTIFY_SOCKET", "/x", "WATCHDOG_USEC", "30000000", "WATCHDOG_PID", "1"))).isNull();
        assertThat(interval(Map.of("NOTIFY_SOCKET", "/x", "WATCHDOG_USEC", "soon"))).isNull();
        assertThat(interval(Map.of("NOTIFY_SOCKET", "/x", "WATCHDOG_USEC", "0"))).isNull();
    }

    private static Duration interval(Map<String, String> environment) {
        return Systemd.from(environment).watchdogInterval().orElse(null);
    }

    private static final class Receiver {
        private final Process process;
        private final BufferedReader lines;

        Receiver(String socket, int messages) throws IOException {
            process = new ProcessBuilder("python3", "-c", RECEIVER, socket, Integer.toString(messages)).redirectErrorStream(true).start();
            lines = process.inputReader();
            assertThat(lines.readLine()).isEqualTo("bound");
        }

        String next() throws IOException {
            return lines.readLine();
        }

        void awaitEnd() throws InterruptedException {
            assertThat(process.waitFor()).isZero();
        }
    }
}
