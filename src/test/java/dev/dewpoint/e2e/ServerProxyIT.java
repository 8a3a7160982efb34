package dev.dewpoint.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** {@code dewpoint server} with processes behind the proxy: programs that know nothing of us. */
class ServerProxyIT extends WithServerScene {
    /** Serves its version and its number of process, on the port that it is told. */
    private static final String WEB = """
            VERSION=$(cat "$(dirname "$0")/version")
            export VERSION
            exec python3 -c '
            import http.server, os, signal, sys, threading
            class Answer(http.server.BaseHTTPRequestHandler):
                protocol_version = "HTTP/1.1"
                def do_GET(self):
                    text = ("{\\"version\\": \\"%s\\", \\"pid\\": %d}" % (os.environ["VERSION"], os.getpid())).encode()
                    self.send_response(200); self.send_header("Content-Length", str(len(text))); self.end_headers(); self.wfile.write(text)
                def log_message(self, *args): pass
            server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Answer)
            signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
            server.serve_forever()
            ' "$1"
            """;

    private void publish(String version) throws Exception {
        Files.createDirectories(folder.resolve("script"));
        Files.writeString(folder.resolve("script/version"), version);
        scene.publish(version, WEB);
    }

    private Packaged agent(int replicas, String... more) {
        List<String> flags = new java.util.ArrayList<>(List.of("--port", Integer.toString(scene.port), "--replicas", Integer.toString(replicas), "--drain-time", "5s"));
        flags.addAll(List.of(more));
        return scene.agent(Map.of(), flags, "./current/run", "{port}");
    }

    private Set<Long> pids(int requests) {
        Set<Long> pids = new TreeSet<>();
        IntStream.range(0, requests).forEach(_ -> pids.add(scene.pid()));
        return pids;
    }

    @Test
    @DisplayName("five instances of any program on one port: releases, a rolling one too, scaling and the end of an instance cost no request")
    void fiveInstancesOnOnePort() throws Exception {
        publish("v1.0.0");
        try (Packaged agent = agent(5)) {
            scene.deployed(agent, "v1.0.0");
            assertThat(pids(20)).as("instances").hasSize(5);
            try (ServerScene.Load load = scene.new Load(4)) {
                load.goesOn(agent, 50);
                publish("v1.1.0");
                scene.deployed(agent, "v1.1.0");
                Set<Long> five = pids(20);
                ProcessHandle.of(five.iterator().next()).orElseThrow().destroyForcibly();
                agent.awaitLine("Replica replaced");
                assertThat(pids(20)).hasSize(5).containsAll(five.stream().skip(1).toList());
                Packaged scaled = Packaged.run(scene.root, Map.of(), "scale", "shop=2", "--root", scene.root.toString());
                assertThat(scaled.exitCode()).as(scaled.output()).isZero();
                ServerScene.until("two are left", agent, () -> pids(10).size() == 2 && scene.left().size() == 2);
                load.goesOn(agent, 50);
                load.isClean();
                assertThat(load.versions()).containsOnlyKeys("v1.0.0", "v1.1.0");
            }
            assertThat(Packaged.run(scene.root, Map.of(), "status", "--root", scene.root.toString()).output()).contains("2/2");
            assertThat(agent.terminate()).isZero();
        }
    }

    @Test
    void oneAfterTheOtherJoinsAndLeaves() throws Exception {
        publish("v1.0.0");
        try (Packaged agent = agent(3, "--strategy", "rolling", "--health-path", "/")) {
            scene.deployed(agent, "v1.0.0");
            try (ServerScene.Load load = scene.new Load(2)) {
                load.goesOn(agent, 20);
                publish("v1.1.0");
                scene.deployed(agent, "v1.1.0");
                load.goesOn(agent, 20);
                load.isClean();
            }
            assertThat(agent.lines().stream().filter(line -> line.contains("Server added to load balancer")).map(line -> line.replaceAll(".*backend_count=\"(\\d)\".*", "$1"))).containsExactly("1", "2", "3", "4", "5", "6");
            agent.awaitLine("Proxy backend updated successfully");
            assertThat(agent.terminate()).isZero();
        }
    }

    @Test
    void whoIsNeverReadyNeverServesAndHisLastWordsAreTold() throws Exception {
        publish("v1.0.0");
        try (Packaged agent = agent(2, "--health-timeout", "3s")) {
            scene.deployed(agent, "v1.0.0");
            scene.publish("v1.1.0", "echo cannot reach the database >&2; exec sleep 1000");
            assertThat(agent.awaitLine("Health check failed")).contains("cannot reach the database");
            agent.awaitLine("Deployment failed");
            ServerScene.until("nothing of it is left", agent, () -> scene.left().size() == 2 && scene.releases().size() == 1);
            assertThat(scene.version()).isEqualTo("v1.0.0");
            assertThat(agent.terminate()).isZero();
        }
    }

    /** The first start is told a port that somebody takes meanwhile. */
    @Test
    void whoLosesItsPortToSomebodyElseGetsAnother() throws Exception {
        scene.publish("v1.0.0", "if [ ! -e lost ]; then touch lost; echo 'bind: Address already in use' >&2; exit 1; fi\n" + WEB.replace("$(cat \"$(dirname \"$0\")/version\")", "v1.0.0"));
        try (Packaged agent = agent(1)) {
            scene.deployed(agent, "v1.0.0");
            assertThat(agent.output()).doesNotContain("Deployment failed");
            assertThat(scene.root.resolve("lost")).exists();
            assertThat(agent.terminate()).isZero();
        }
    }
}
