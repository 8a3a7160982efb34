package dev.dewpoint.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * A real container engine of the tests' own: its socket, data, and bridge are apart from whatever else this host runs.
 * One of each kind serves all tests of a JVM and goes when the JVM goes, however that ends.
 */
public final class EngineServer {
    private static final Duration START = Duration.ofSeconds(40);

    private static final class Shared {
        private static final EngineServer DOCKER = new EngineServer(true);
    }

    private static final class SharedPodman {
        private static final EngineServer PODMAN = new EngineServer(false);
    }

    private final Path folder;
    private final boolean docker;
    private final List<String> command;

    private EngineServer(boolean docker) {
        this.docker = docker;
        needed(docker ? "dockerd" : "podman");
        try {
            folder = Files.createTempDirectory(Path.of("/tmp"), "dewpoint-engine");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int net = (int) (ProcessHandle.current().pid() % 250);
        String bridge = "dewpoint" + (docker ? net : "p" + net);
        Path data = folder.resolve("data");
        if (docker) {
            shell("ip link add " + bridge + " type bridge 2>/dev/null; ip addr replace 10.231." + net + ".1/24 dev " + bridge + "; ip link set " + bridge + " up");
            command = List.of("dockerd", "--config-file", folder.resolve("none.json").toString(), "--data-root", data.toString(), "--exec-root", folder.resolve("exec").toString(), "--pidfile", folder.resolve("pid").toString(),
                    "-H", address().toString(), "--bridge", bridge, "--default-address-pool", "base=10.232." + net + ".0/24,size=28", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--live-restore", "--log-level=warn");
        } else {
            command = List.of("podman", "--root", data.toString(), "--runroot", folder.resolve("exec").toString(), "--tmpdir", folder.resolve("tmp").toString(), "--network-config-dir", folder.resolve("networks").toString(), "--cgroup-manager=cgroupfs", "--events-backend=file", "--runtime=runc", "system", "service", "--time=0", address().toString());
        }
        write("none.json", "{}");
        write("containers.conf", "[containers]\ndefault_ulimits=[\"nofile=1024:1024\",\"nproc=1024:1024\"]\n[engine]\nno_pivot_root=false\n");
        write("registries.conf", "");
        // not a child, so that it outlives no test and no test is blamed for it
        String all = docker ? "timeout 20 docker -H " + address() + " ps -aq | xargs -r timeout 30 docker -H " + address() + " rm -f" : "timeout 30 podman --root " + data + " --runroot " + folder.resolve("exec") + " --cgroup-manager=cgroupfs rm -fa -t 0";
        detached("tail --pid=" + ProcessHandle.current().pid() + " -f /dev/null; " + all + "; pid=$(cat " + folder.resolve("pid") + "); kill $pid; timeout 15 tail --pid=$pid -f /dev/null; kill -9 $pid; for p in $(pgrep -x conmon); do grep -q " + folder + " /proc/$p/cmdline && kill -9 $p; done; "
                + (docker ? "ip link del " + bridge + "; " : "") + "umount -l $(grep -o '" + folder + "[^ ]*' /proc/mounts | sort -ru); rm -rf " + folder);
        start();
    }

    /** Fails where tests are meant to be whole, and is skipped with its reason elsewhere. */
    public static EngineServer docker() {
        return Shared.DOCKER;
    }

    public static EngineServer podman() {
        return SharedPodman.PODMAN;
    }

    public Path socket() {
        return folder.resolve("sock");
    }

    public URI address() {
        return URI.create("unix://" + socket());
    }

    /** Lets it pull over plain http; Docker does so from loopback by itself. */
    public void trust(String registryHost) {
        if (!docker) {
            write("registries.conf", "[[registry]]\nlocation=\"" + registryHost + "\"\ninsecure=true\n");
            stop();
            start();
        }
    }

    /** Containers go on, as they do when a host's engine is updated. */
    public void stop() {
        ProcessHandle engine = process();
        engine.destroy();
        try {
            engine.onExit().get(30, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException("the engine did not stop", e);
        }
    }

    public void start() {
        detached((docker ? "" : "export CONTAINERS_CONF=" + folder.resolve("containers.conf") + " CONTAINERS_REGISTRIES_CONF=" + folder.resolve("registries.conf") + "; echo $$ > " + folder.resolve("pid") + "; ") + "exec " + String.join(" ", command) + " >>" + folder.resolve("log") + " 2>&1");
        long deadline = System.nanoTime() + START.toNanos();
        while (!answers()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the engine did not start: " + shell("tail -n 20 " + folder.resolve("log")));
            }
            shell("sleep 0.05"); // nothing announces that an engine listens
        }
    }

    /** Neither answers nor refuses until {@link #resume}. */
    public void pause() {
        shell("kill -STOP " + process().pid());
    }

    public void resume() {
        shell("kill -CONT " + process().pid());
    }

    /** Under that name, {@code app:v1}; its id as the engine knows it. */
    public String load(String name, Image image) {
        byte[] layer = image.tar();
        byte[] config = image.configuration("sha256:" + hash(layer)).getBytes(StandardCharsets.UTF_8);
        Image archive = Image.scratch().file("layer.tar", layer).file(hash(config) + ".json", config).file("manifest.json", "[{\"Config\":\"" + hash(config) + ".json\",\"RepoTags\":[\"" + name + "\"],\"Layers\":[\"layer.tar\"]}]");
        String answer = ask("POST", "/images/load?quiet=1", "application/x-tar", archive.tar());
        if (!answer.contains("Loaded image")) {
            throw new IllegalStateException(answer);
        }
        return "sha256:" + hash(config);
    }

    /** A call of the engine's API by a test itself; the body of the answer. */
    public String ask(String method, String path, String json) {
        return ask(method, path, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    private String ask(String method, String path, String type, byte[] body) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket()));
            OutputStream out = Channels.newOutputStream(channel);
            out.write((method + " " + path + " HTTP/1.0\r\nHost: engine\r\nContent-Type: " + type + "\r\nContent-Length: " + body.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            out.write(body);
            InputStream in = Channels.newInputStream(channel);
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            in.transferTo(answer);
            String text = answer.toString(StandardCharsets.UTF_8);
            return text.substring(text.indexOf("\r\n\r\n") + 4);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Within a container; its end isn't waited for. */
    public void run(String container, String... words) {
        String answer = ask("POST", "/containers/" + container + "/exec", Stream.of(words).collect(Collectors.joining("\",\"", "{\"Cmd\":[\"", "\"]}")));
        Matcher id = Pattern.compile("\"Id\":\"([0-9a-f]{64})\"").matcher(answer);
        if (!id.find()) {
            throw new IllegalStateException(answer);
        }
        ask("POST", "/exec/" + id.group(1) + "/start", "{\"Detach\":true}");
    }

    /** All containers, whoever made them. */
    public void removeAll() {
        for (Matcher id = Pattern.compile("\"Id\":\"([0-9a-f]{64})\"").matcher(ask("GET", "/containers/json?all=1", "")); id.find();) {
            ask("DELETE", "/containers/" + id.group(1) + "?force=1", "");
        }
    }

    public boolean answers() {
        try {
            return ask("GET", "/_ping", "").contains("OK");
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    private ProcessHandle process() {
        try {
            return ProcessHandle.of(Long.parseLong(Files.readString(folder.resolve("pid")).strip())).orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void needed(String program) {
        boolean root = shell("id -u").strip().equals("0");
        if (root && !shell("PATH=$PATH:/usr/sbin command -v " + program).isBlank()) {
            return;
        }
        String why = root ? program + " is missing: src/test/sh/tools.sh installs it" : "an engine of their own needs root";
        if (System.getenv("CI") != null) {
            throw new IllegalStateException(why);
        }
        throw new TestAbortedException("SKIPPED, tests of containers: " + why);
    }

    private void write(String name, String text) {
        try {
            Files.writeString(folder.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void detached(String script) {
        List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", "PATH=$PATH:/usr/sbin setsid /bin/sh -c \"$0\" </dev/null >/dev/null 2>&1 &", script));
        try {
            new ProcessBuilder(words).inheritIO().start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String shell(String script) {
        try {
            Process process = new ProcessBuilder("/bin/sh", "-c", "PATH=$PATH:/usr/sbin; " + script).redirectErrorStream(true).start();
            process.getOutputStream().close();
            CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> {
                try {
                    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            return output.get(30, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(script, e);
        }
    }

    private static String hash(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
