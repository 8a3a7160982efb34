package dev.dewpoint.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.dewpoint.admin.AdminClient;
import dev.dewpoint.config.Flags;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** `scale`, `container list` and `status`, before an agent that answers what it is told to. */
class ReplicaCommandsTest {
    private static final String TWO_APPS = """
            {"apps":[{"name":"shop","state":"serving","version":"v1.2.0","since":"2026-01-15T10:30:45Z","replicas":{"ready":2,"wanted":3},"doing":"x"},
                     {"name":"site","state":"serving","version":"v1.0.0","since":"2026-01-15T10:30:45Z"}]}""";

    @TempDir
    Path root;

    private final Map<String, String> answers = new ConcurrentHashMap<>();
    private final List<String> asked = new ArrayList<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private HttpServer agent;

    @BeforeEach
    void open() throws IOException {
        agent = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        agent.createContext("/", exchange -> {
            asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            byte[] body = answers.getOrDefault(exchange.getRequestURI().getPath(), "{\"achieved\":false,\"message\":\"nothing there\"}").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answers.containsKey(exchange.getRequestURI().getPath()) ? 200 : 409, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        agent.start();
        Files.createDirectories(root.resolve(".dewpoint"));
        Files.writeString(root.resolve(".dewpoint/admin.json"), "{\"url\":\"http://127.0.0.1:" + agent.getAddress().getPort() + "\",\"token\":\"t\"}");
    }

    @AfterEach
    void close() {
        agent.stop(0);
    }

    @Test
    void scaleAsksTheAppThatIsNamedAndTellsItsAnswer() {
        answers.put("/api/apps/shop/scale", "{\"achieved\":true,\"message\":\"5 replicas serve\"}");
        assertThat(run("scale", "shop=5")).isZero();
        assertThat(run("scale", "5", "--name", "shop")).isZero();
        assertThat(asked).containsExactly("POST /api/apps/shop/scale {\"replicas\":5}", "POST /api/apps/shop/scale {\"replicas\":5}");
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("5 replicas serve\n".repeat(2));
    }

    @Test
    void scaleOfTheOnlyAppNeedsNoName() {
        answers.put("/api/status", "{\"apps\":[{\"name\":\"shop\"}]}");
        answers.put("/api/apps/shop/scale", "{\"achieved\":true,\"message\":\"2 replicas serve\"}");
        assertThat(run("scale", "2")).isZero();
        answers.put("/api/status", TWO_APPS);
        assertThat(run("scale", "2")).isOne();
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("there are several apps");
    }

    @Test
    void whatWasNotAchievedIsExitOne() {
        assertThat(run("scale", "shop=5")).isOne();
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("dewpoint: nothing there\n");
    }

    @Test
    void whatIsNoNumberOfReplicasIsWrongUsage() {
        for (String word : new String[] {"0", "101", "shop", "shop=", "shop=-1", "=3", "3.5", "99999999999"}) {
            assertThat(run("scale", word)).as(word).isEqualTo(2);
        }
        assertThat(run("scale")).isEqualTo(2);
        assertThat(run("scale", "shop=3", "--name", "site")).isEqualTo(2);
        assertThat(asked).isEmpty();
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("101: say how many replicas, from 1 to 100", "--name says site");
    }

    @Test
    void containersAreListedByName() {
        answers.put("/api/containers", """
                {"containers":[
                {"app":"shop","name":"shop-2-2","version":"v1.2.0","replica":2,"id":"0123456789abcdef0123","addresses":["127.0.0.1:32769"],"ready":false,"in_flight":7,"since":"2026-01-15T10:30:45.123Z"},
                {"app":"shop","name":"shop-2-1","version":"v1.2.0","replica":1,"id":"abcdef0123456789abcd","addresses":["127.0.0.1:32768","127.0.0.1:32770"],"ready":true,"in_flight":0,"since":"2026-01-15T10:30:44Z"}]}""");
        assertThat(run("container", "list")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("""
                UPSTREAM                         DEPLOY TIME          NAME      VERSION  REPLICA  READY  IN FLIGHT  ID
                127.0.0.1:32768,127.0.0.1:32770  2026-01-15 10:30:44  shop-2-1  v1.2.0   1        yes    0          abcdef012345
                127.0.0.1:32769                  2026-01-15 10:30:45  shop-2-2  v1.2.0   2        no     7          0123456789ab
                """);
        assertThat(run("container", "list", "-o", "json")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("\"in_flight\" : 7");
    }

    @Test
    void withoutContainersThatIsSaid() {
        answers.put("/api/containers", "{\"containers\":[]}");
        assertThat(run("container", "list")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("No containers found.\n");
    }

    @Test
    void flagsOfAnAgentToBeDontStandBeforeTheList() {
        assertThat(run("container", "--registry", "img://x", "list")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("--registry: `dewpoint container list` takes what stands behind `list`");
        assertThat(run("container", "list", "now")).isEqualTo(2);
        assertThat(run("container", "--regisrty", "img://x", "list")).isEqualTo(2);
        assertThat(asked).isEmpty();
    }

    @Test
    void statusShowsReplicasWhereThereAreSome() {
        answers.put("/api/status", TWO_APPS);
        assertThat(run("status")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8).lines().map(line -> line.replaceAll(" +", " "))).containsExactly(
                "APP STATE VERSION REPLICAS SINCE LAST NEXT POLL NOTE", "shop serving v1.2.0 2/3 2026-01-15T10:30:45Z - - x", "site serving v1.0.0 - 2026-01-15T10:30:45Z - - -");
        out.reset();
        assertThat(run("status", "--name", "site")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).doesNotContain("REPLICAS");
    }

    private int run(String... arguments) {
        PrintStream stdout = System.out;
        PrintStream stderr = System.err;
        try (PrintStream to = new PrintStream(out, true, StandardCharsets.UTF_8); PrintStream complaints = new PrintStream(err, true, StandardCharsets.UTF_8)) {
            System.setOut(to);
            System.setErr(complaints);
            return Dewpoint.run(new OnlyOperators(), arguments);
        } finally {
            System.setOut(stdout);
            System.setErr(stderr);
        }
    }

    private final class OnlyOperators extends NoVerbs {
        @Override
        public AdminClient agent(Path of) {
            return new AdminClient(root);
        }

        @Override
        public Path workingDirectory() {
            return root;
        }

        @Override
        public String version() {
            return "test";
        }
    }
}
