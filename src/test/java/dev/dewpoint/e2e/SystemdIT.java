package dev.dewpoint.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.release.Digest;
import dev.dewpoint.testing.BootedSystemd;
import dev.dewpoint.testing.RawServer;
import dev.dewpoint.testing.Seeds;
import dev.dewpoint.testing.ServerApps;
import dev.dewpoint.unit.Unit;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Debian package on a host with a systemd that is really running: installed, its units started, restarted, killed, removed. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SystemdIT {
    private static final int LINES_OF_WORDS = 60;
    private static final long BETWEEN_REQUESTS = 2_000_000;
    private static final String SITE = "dewpoint-site";
    private static final String SHOP = "dewpoint-shop";
    private static final int CLIENTS = 4;
    private static final int MORE = 300;

    private static BootedSystemd host;

    @BeforeAll
    static void bootAndInstall() throws IOException, InterruptedException {
        host = BootedSystemd.boot();
        System.out.println("Booted: process " + host.pid() + " here, there " + host.achieve("ps -o pid=,comm= -p 1").strip() + "; " + host.achieve("systemctl --version | head -1").strip() + "; " + host.run("systemctl is-system-running").output().strip());
        Path made = deb();
        byte[] first = hash(made);
        assertThat(hash(deb())).as("the same distribution makes the same package").isEqualTo(first);
        Files.copy(made, host.path("/tmp/dewpoint.deb"), StandardCopyOption.REPLACE_EXISTING);
        // nobody who installs it has the place that it was built in
        host.achieve("[ ! -d %1$s ] || mount -t tmpfs tmpfs %1$s".formatted(Packaged.launcher().getParent().getParent().getParent()));
        host.achieve("find / -xdev \\( -path /proc -o -path /tmp -o -path /run -o -path /work \\) -prune -o -print > /run/before; dpkg --no-triggers -i /tmp/dewpoint.deb; rm /tmp/dewpoint.deb");
    }

    /** Not compressed: it isn't sent anywhere. */
    private static Path deb() throws IOException, InterruptedException {
        Path folder = Packaged.launcher().getParent().getParent().getParent();
        ProcessBuilder builder = new ProcessBuilder("src/main/dist/deb.sh", folder.toString()).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("DEB_COMPRESSION", "none");
        Process process = builder.start();
        String name = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(process.waitFor()).isZero();
        return Path.of(name);
    }

    private static byte[] hash(Path file) throws IOException {
        MessageDigest hasher = Digest.Algorithm.SHA256.hasher();
        try (DigestInputStream in = new DigestInputStream(Files.newInputStream(file), hasher)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return hasher.digest();
    }

    @AfterAll
    static void end() {
        if (host != null) {
            host.close();
        }
    }

    @Test
    @Order(1)
    void whatIsInstalledRunsIsDocumentedAndCompletes() {
        assertThat(host.achieve("dewpoint --version")).matches("dewpoint version \\S+ \\[\\S+, \\S+]\n");
        assertThat(host.achieve("getent passwd dewpoint")).endsWith(":/nonexistent:/usr/sbin/nologin\n");
        for (String page : host.achieve("dpkg -L dewpoint | grep '/man1/.*gz'").split("\n")) {
            assertThat(host.achieve("man --warnings -l " + page + " 2>&1 >/dev/null")).as("warnings of %s", page).isEmpty();
            assertThat(host.achieve("man -l " + page)).as(page).contains("NAME", "OPTIONS", "--help").doesNotContain("\\-", "\\f", "\\e");
        }
        assertThat(host.achieve("man dewpoint-service")).contains("systemd unit");
        String completed = "source /usr/share/bash-completion/completions/dewpoint; COMP_WORDS=(%s); COMP_CWORD=%s; COMP_LINE=; _dewpoint 2>/dev/null; echo ${COMPREPLY[@]}";
        assertThat(host.achieve(completed.formatted("dewpoint assets --ro", 2)).strip()).isEqualTo("--root");
        assertThat(host.achieve(completed.formatted("dewpoint service assets --hook-t", 3)).strip()).isEqualTo("--hook-timeout");
        assertThat(host.achieve(completed.formatted("dewpoint service con", 2)).strip()).isEqualTo("container");
        assertThat(host.achieve("zsh -n /usr/share/zsh/vendor-completions/_dewpoint; fish -n /usr/share/fish/vendor_completions.d/dewpoint.fish; fish -c 'complete -C \"dewpoint service assets --ro\"'")).startsWith("--root\t");
        assertThat(host.achieve("systemd-analyze verify --man=no dewpoint-proxy.service dewpoint-assets@site.service dewpoint-server@shop.service 2>&1")).isEmpty();
    }

    /** Systemd itself splits the words that the unit quotes. */
    @Test
    @Order(2)
    void everyWordArrivesAsItWasTyped() {
        Seeds.each(1, random -> {
            List<String> expected = new ArrayList<>();
            StringBuilder unit = new StringBuilder("[Service]\nType=oneshot\nStandardOutput=append:/run/words\nEnvironment=HOME=/wrong\n");
            for (int line = 0; line < LINES_OF_WORDS; line++) {
                List<String> words = new ArrayList<>(List.of("/usr/bin/printf", "%s\\0"));
                Stream.generate(() -> word(random)).limit(1 + random.nextInt(6)).forEach(words::add);
                expected.addAll(words.subList(2, words.size()));
                unit.append("ExecStart=").append(Unit.command(words)).append('\n');
            }
            host.write("/run/systemd/system/words.service", unit.toString());
            host.achieve("rm -f /run/words; systemctl daemon-reload; systemctl start words.service");
            try {
                assertThat(Files.readString(host.path("/run/words")).split("\0", -1)).isEqualTo(Stream.concat(expected.stream(), Stream.of("")).toArray());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static String word(RandomGenerator random) {
        String awkward = " \t\n\r\"'\\$%{}`;#@:!+-|*?[]()<>&=~^,\u0001\u007f\u0085\u00a0é→\u2028\uffff";
        String[] whole = {"$HOME", "${HOME}", "%n", "%%", "$$", ";", "\\;", "", "-", "\\x41", "a=b c", "#", "\uD83D\uDE00", "@x", "\\"};
        if (random.nextInt(3) == 0) {
            return whole[random.nextInt(whole.length)];
        }
        StringBuilder word = new StringBuilder();
        for (int left = random.nextInt(9); left > 0; left--) {
            word.append(random.nextBoolean() ? awkward.charAt(random.nextInt(awkward.length())) : (char) ('a' + random.nextInt(26)));
        }
        return word.toString();
    }

    @Test
    @Order(3)
    void filesAreKeptUpToDateThroughRestartKillAndStandstill() throws Exception {
        try (RawServer people = RawServer.start((_, out) -> RawServer.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))) {
            publish("v1.0.0", "one");
            host.achieve("install -d -o dewpoint -g dewpoint /srv/site; install -m 600 /dev/stdin /etc/dewpoint/site.webhook-secret <<< canary-of-the-webhook");
            String printed = host.achieve("dewpoint service assets --registry file:///srv/releases --root /srv/site -n site -i 1s --notifier 'webhook+" + people.url("/hook") + "' --after-deploy-hook 'cat /sys/class/net/lo/mtu > hooked 2>&1; ls /root >> hooked 2>&1'");
            assertThat(printed).contains("ExecStart=/usr/lib/dewpoint/bin/dewpoint assets").contains("#LoadCredential=webhook-secret:/etc/dewpoint/site.webhook-secret");
            host.write("/etc/systemd/system/" + SITE + ".service", printed.replace("#LoadCredential", "LoadCredential"));
            host.achieve("systemctl daemon-reload && systemctl enable --now " + SITE);
            assertThat(state(SITE)).startsWith("active running restarts=0");
            host.await("release 1", () -> "one".equals(page()));
            assertThat(host.show(SITE, "User")).isEqualTo("dewpoint");
            assertThat(host.show(SITE, "StatusText")).isNotEmpty();
            host.await("a notice", () -> !people.asked().isEmpty());
            assertThat(people.asked()).as("signed with the credential").allSatisfy(asked -> assertThat(asked.headers().get("x-dewpoint-signature")).startsWith("sha256="));
            publish("v1.1.0", "two");
            host.await("release 2", () -> "two".equals(page()));
            host.achieve("systemctl restart " + SITE);
            assertThat(state(SITE)).startsWith("active running restarts=0");
            assertThat(page()).isEqualTo("two");
            String killed = host.show(SITE, "MainPID");
            host.achieve("kill -9 " + killed);
            host.await("a new agent: " + state(SITE), () -> host.show(SITE, "NRestarts").equals("1") && host.show(SITE, "SubState").equals("running"));
            assertThat(host.show(SITE, "MainPID")).isNotEqualTo(killed);
            assertThat(page()).isEqualTo("two");
            publish("v1.2.0", "three");
            host.await("release 3", () -> "three".equals(page()));
            assertThat(host.achieve("dewpoint history --root /srv/site")).contains("v1.0.0", "v1.1.0", "v1.2.0");
            assertThat(host.achieve("journalctl --no-pager -u " + SITE)).contains("Deployment completed successfully").doesNotContain("canary");
            state(SITE);
            theWatchdogEndsAnAgentThatStands();
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\n" + host.journal(SITE), e);
        }
    }

    private static void theWatchdogEndsAnAgentThatStands() throws IOException {
        host.write("/etc/systemd/system/" + SITE + ".service.d/sooner.conf", "[Service]\nWatchdogSec=2\nRestartSec=0\n");
        host.achieve("systemctl daemon-reload; systemctl restart " + SITE);
        String standing = host.show(SITE, "MainPID");
        host.achieve("kill -STOP " + standing);
        host.await("the watchdog", () -> host.show(SITE, "NRestarts").equals("1") && host.show(SITE, "SubState").equals("running"));
        assertThat(host.show(SITE, "MainPID")).isNotEqualTo(standing);
        assertThat(host.achieve("journalctl --no-pager -o cat -u " + SITE)).contains("Watchdog timeout (limit 2s)!");
        assertThat(page()).isEqualTo("three");
        try (Stream<Path> files = Files.list(host.path("/srv/site"))) {
            assertThat(files.map(file -> file.getFileName().toString())).as("no core with secrets in it").noneMatch(name -> name.startsWith("core") || name.startsWith("hs_err"));
        }
        System.out.println("Watchdog: " + state(SITE));
        host.achieve("systemctl disable --now " + SITE);
        assertThat(host.show(SITE, "Result")).isEqualTo("success");
    }

    /** Without the sockets held for it: what is refused while no agent runs is counted, not forgotten. With them: whoever connects waits. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Order(4)
    void theProxyComesBackAfterRestartAndKill(boolean held) throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        try (RawServer backend = RawServer.start((_, out) -> RawServer.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")); Asking asking = new Asking(port)) {
            String flags = "proxy --bind 127.0.0.1 --route " + port + "=127.0.0.1:" + backend.url("/").getPort();
            host.achieve("cd /etc/systemd/system && dewpoint service " + flags + " > dewpoint-proxy.service" + (held ? " && dewpoint service --socket " + flags + " > dewpoint-proxy.socket" : "") + " && systemctl daemon-reload && systemctl start "
                    + (held ? "dewpoint-proxy.socket " : "") + "dewpoint-proxy");
            asking.begin(held ? CLIENTS : 1);
            asking.goesOn("answers");
            assertThat(asking.failed.get()).isZero();
            host.achieve("systemctl reload dewpoint-proxy");
            host.achieve("systemctl restart dewpoint-proxy");
            int restarted = asking.failed.get();
            asking.goesOn("answers again");
            host.achieve("kill -9 " + host.show("dewpoint-proxy", "MainPID"));
            host.await("the next agent", () -> host.show("dewpoint-proxy", "NRestarts").equals("1") && host.show("dewpoint-proxy", "SubState").equals("running"));
            asking.goesOn("answers after the kill");
            asking.end();
            System.out.println("Proxy" + (held ? " with its socket unit" : "") + ": " + asking.answered.get() + " requests answered, failed " + restarted + " at a restart and " + (asking.failed.get() - restarted) + " at a kill");
            assertThat(host.show("dewpoint-proxy", "ActiveState")).isEqualTo("active");
            if (held) {
                assertThat(restarted).as("lost at a restart").isZero();
                assertThat(asking.failed.get()).as("in flight at the kill").isLessThanOrEqualTo(CLIENTS);
                assertThat(host.achieve("journalctl --no-pager -o cat -u dewpoint-proxy")).contains("from=\"systemd\"");
            }
            host.achieve("systemctl stop " + (held ? "dewpoint-proxy.socket " : "") + "dewpoint-proxy; rm /etc/systemd/system/dewpoint-proxy.*; systemctl daemon-reload");
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\n" + host.journal("dewpoint-proxy"), e);
        }
    }

    /** Clients, each request on a connection of its own. */
    private static final class Asking implements AutoCloseable {
        final AtomicInteger answered = new AtomicInteger();
        final AtomicInteger failed = new AtomicInteger();
        private final int port;
        private final AtomicBoolean ended = new AtomicBoolean();
        private final List<Thread> clients = new ArrayList<>();

        Asking(int port) {
            this.port = port;
        }

        void begin(int count) {
            for (int i = 0; i < count; i++) {
                clients.add(Thread.ofPlatform().daemon().start(() -> {
                    while (!ended.get()) {
                        (answers(port) ? answered : failed).incrementAndGet();
                        LockSupport.parkNanos(BETWEEN_REQUESTS); // a refusal takes no time, and the agent that starts needs the processor
                    }
                }));
            }
        }

        void goesOn(String what) {
            int before = answered.get();
            host.await(what, () -> answered.get() > before + 50);
        }

        void end() throws InterruptedException {
            ended.set(true);
            for (Thread client : clients) {
                client.join();
            }
        }

        @Override
        public void close() {
            ended.set(true);
        }
    }

    /** With the sockets held for it: whoever connects while no agent runs waits. */
    @Test
    @Order(5)
    void aServerLosesNoRequestButThoseInFlightWhenItsAgentIsKilled(@TempDir Path folder) throws Exception {
        ServerScene scene = new ServerScene(folder);
        release(scene, "v1.0.0");
        String flags = "server --registry file:///srv/shop-releases --root /srv/shop --name shop --interval 1s --port " + scene.port + " -- ./current/run";
        host.achieve("install -d -o dewpoint -g dewpoint /srv/shop; cd /etc/systemd/system && dewpoint service " + flags + " > dewpoint-shop.service && dewpoint service --socket " + flags + " > dewpoint-shop.socket"
                + " && systemctl daemon-reload && systemctl enable --now dewpoint-shop.socket dewpoint-shop.service");
        assertThat(state(SHOP)).startsWith("active running restarts=0");
        ServerScene.until("release 1", SystemdIT::shop, () -> scene.version().equals("v1.0.0"));
        try (ServerScene.Load load = scene.new Load(CLIENTS, Duration.ofNanos(BETWEEN_REQUESTS))) {
            Steps steps = new Steps(scene, load);
            steps.step("an update", () -> {
                long app = scene.pid();
                release(scene, "v1.1.0");
                hasEnded(app);
                assertThat(scene.version()).isEqualTo("v1.1.0");
            });
            steps.step("a reload", () -> {
                long agent = mainPid();
                long app = scene.pid();
                host.achieve("systemctl reload " + SHOP);
                hasEnded(app);
                assertThat(mainPid()).isEqualTo(agent);
            });
            steps.step("a restart", () -> {
                long app = scene.pid();
                CompletableFuture<String> slow = inFlight(scene, "/slow?ms=1500");
                long agent = mainPid();
                host.achieve("systemctl restart " + SHOP);
                assertThat(slow.get(10, TimeUnit.SECONDS)).as("what was in flight").contains("\"pid\": " + app);
                assertThat(mainPid()).isNotEqualTo(agent);
            });
            assertThat(load.failures()).isEmpty();
            assertThat(state(SHOP)).startsWith("active running restarts=0");
            steps.step("a kill", () -> {
                long app = scene.pid();
                CompletableFuture<String> slow = inFlight(scene, "/slow?ms=5000");
                host.achieve("kill -9 " + mainPid());
                assertThat(slow.get(20, TimeUnit.SECONDS)).as("what was in flight").startsWith("failed");
                host.await("the next agent", () -> host.show(SHOP, "NRestarts").equals("1") && host.show(SHOP, "SubState").equals("running"));
                hasEnded(app);
            });
            load.end();
            assertThat(load.failures()).as("in flight at the kill").hasSizeLessThanOrEqualTo(CLIENTS);
            assertThat(load.versions()).containsOnlyKeys("v1.0.0", "v1.1.0");
        }
        assertThat(state(SHOP)).startsWith("active running restarts=1");
        assertThat(host.show(SHOP + ".socket", "ActiveState")).isEqualTo("active");
        assertThat(host.achieve("journalctl --no-pager -o cat -u " + SHOP)).as("what the app prints").contains("c v1.0.0 serves as generation ", "c v1.1.0 serves as generation ", "c ends");
        host.achieve("systemctl disable --now dewpoint-shop.socket dewpoint-shop.service");
        assertThat(host.show(SHOP, "Result")).isEqualTo("success");
    }

    /** What each step costs the clients. */
    private record Steps(ServerScene scene, ServerScene.Load load) {
        private interface Step {
            void run() throws Exception;
        }

        void step(String name, Step step) throws Exception {
            load.goesOn(SystemdIT::shop, MORE);
            int served = load.served();
            int lost = load.failures().size();
            long began = System.nanoTime();
            step.run();
            long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
            load.goesOn(SystemdIT::shop, MORE);
            System.out.println("Server with its socket unit, " + name + ": " + (load.served() - served) + " requests answered, lost " + load.failures().subList(lost, load.failures().size()) + ", in " + took + " ms");
        }
    }

    private static void release(ServerScene scene, String version) throws Exception {
        scene.publish(version, ServerApps.Kind.C, ServerApps.Protocol.LISTEN);
        Path hidden = host.path("/srv/shop-releases/" + version + "/.app.tar.gz");
        Files.createDirectories(hidden.getParent());
        Files.copy(scene.registry.resolve(version).resolve("app.tar.gz"), hidden, StandardCopyOption.COPY_ATTRIBUTES);
        Files.move(hidden, hidden.resolveSibling("app.tar.gz"));
    }

    /** As long as it has not, it and the next one both accept. */
    private static void hasEnded(long app) {
        ServerScene.until("the end of process " + app, SystemdIT::shop, () -> host.run("kill -0 " + app).exitCode() != 0);
    }

    /** On a thread of its own: the common ones wait for what commands of the booted host print. */
    private static CompletableFuture<String> inFlight(ServerScene scene, String path) {
        return CompletableFuture.supplyAsync(() -> scene.get(path), task -> Thread.ofPlatform().daemon().start(task));
    }

    private static long mainPid() {
        return Long.parseLong(host.show(SHOP, "MainPID"));
    }

    private static String shop() {
        return host.journal(SHOP);
    }

    @Test
    @Order(9)
    void removedItLeavesSettingsAndPurgedItLeavesNothing() {
        host.achieve("rm -rf /etc/systemd/system/dewpoint-*; systemctl daemon-reload; dpkg --no-triggers -r dewpoint");
        assertThat(host.run("command -v dewpoint").exitCode()).isNotZero();
        assertThat(host.path("/usr/lib/dewpoint")).doesNotExist();
        assertThat(host.path("/etc/dewpoint/proxy.env")).exists();
        assertThat(host.achieve("getent passwd dewpoint")).isNotEmpty();
        host.achieve("dpkg --no-triggers -P dewpoint");
        assertThat(host.run("getent passwd dewpoint; getent group dewpoint").output()).isEmpty();
        assertThat(host.run("dpkg-query -W dewpoint").exitCode()).isNotZero();
        String left = host.run("find / -xdev \\( -path /proc -o -path /tmp -o -path /run -o -path /work \\) -prune -o -print | grep -vxFf /run/before").output();
        assertThat(left.lines().filter(line -> !line.matches("/(var/(cache|lib/(dpkg|systemd|man-db))|etc/(passwd|group|shadow|gshadow|subuid|subgid)-).*")).toList()).isEmpty();
    }

    /** As it stands in every line of the output: one look at the log tells what happened. */
    private static String state(String unit) {
        String state = host.achieve("systemctl show -p ActiveState,SubState,NRestarts,MainPID,StatusText --value " + unit + " | paste -sd' '").strip();
        System.out.println(unit + ": " + state);
        return host.show(unit, "ActiveState") + " " + host.show(unit, "SubState") + " restarts=" + host.show(unit, "NRestarts");
    }

    private static void publish(String version, String text) {
        host.achieve("d=$(mktemp -d); echo -n " + text + " > $d/index.html; mkdir -p /srv/releases/" + version + "; chmod 755 $d; tar czf /srv/releases/" + version + "/site.tar.gz -C $d .; touch -d '1 minute ago' /srv/releases/" + version + "/site.tar.gz");
    }

    /** By a path of the booted host: a link with a whole path would lead out of it. */
    private static String page() {
        return host.run("cat /srv/site/current/index.html").output();
    }

    private static boolean answers(int port) {
        try {
            HttpURLConnection connection = (HttpURLConnection) URI.create("http://127.0.0.1:" + port + "/").toURL().openConnection();
            connection.setRequestProperty("Connection", "close");
            connection.setConnectTimeout(20_000);
            connection.setReadTimeout(20_000);
            return new String(connection.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).equals("ok");
        } catch (IOException e) {
            return false;
        }
    }
}
