package dev.dewpoint.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.dewpoint.failure.Failure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may ask what, over raw sockets. */
class AdminServerTest {
    @TempDir
    Path root;

    private AdminServer server;
    private URI address;
    private String token;

    @BeforeEach
    void start() throws IOException {
        Files.createDirectories(root.resolve(".dewpoint"));
        server = AdminServer.start(Map.of(), "1.0", root, OptionalInt.empty(), UnaryOperator.identity());
        JsonNode json = JsonMapper.builder().build().readTree(root.resolve(".dewpoint/admin.json").toFile());
        address = URI.create(json.path("url").asText());
        token = json.path("token").asText();
    }

    @AfterEach
    void stop() {
        server.close();
        assertThat(root.resolve(".dewpoint/admin.json")).doesNotExist();
    }

    @Test
    void theTokenIsForTheAgentsUserAlone() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve(".dewpoint/admin.json")))).isEqualTo("rw-------");
        assertThat(token).hasSizeGreaterThanOrEqualTo(32);
    }

    @Test
    void readingNeedsNoTokenAndActingDoes() throws IOException {
        assertThat(ask("GET /api/status HTTP/1.1\r\nHost: " + host() + "\r\n")).startsWith("HTTP/1.1 200");
        assertThat(ask("POST /api/apps/x/deploy HTTP/1.1\r\nHost: " + host() + "\r\nContent-Length: 0\r\n")).startsWith("HTTP/1.1 401");
        assertThat(ask("POST /api/apps/x/deploy HTTP/1.1\r\nHost: " + host() + "\r\nAuthorization: Bearer wrong\r\nContent-Length: 0\r\n")).startsWith("HTTP/1.1 401");
        assertThat(ask("POST /api/apps/x/deploy HTTP/1.1\r\nHost: " + host() + "\r\nAuthorization: Bearer " + token + "\r\nContent-Length: 0\r\n")).startsWith("HTTP/1.1 404").contains("no such app");
    }

    @Test
    void aForeignHostOrOriginGetsNothing() throws IOException {
        assertThat(ask("GET /api/status HTTP/1.1\r\nHost: evil.example\r\n")).startsWith("HTTP/1.1 421");
        assertThat(ask("GET /api/status HTTP/1.1\r\nHost: 127.0.0.1:1\r\n")).startsWith("HTTP/1.1 421");
        for (String origin : new String[] {"null", "http://evil.example", "https://" + host()}) {
            assertThat(ask("POST /api/apps/x/pause HTTP/1.1\r\nHost: " + host() + "\r\nOrigin: " + origin + "\r\nAuthorization: Bearer " + token + "\r\nContent-Length: 0\r\n")).as(origin).startsWith("HTTP/1.1 403");
        }
    }

    @Test
    void pathTricksAndOtherMethodsFindNothing() throws IOException {
        for (String path : new String[] {"//api/status", "/api/..;/status", "/api/%2e%2e/status", "/api/apps/", "/"}) {
            assertThat(ask("GET " + path + " HTTP/1.1\r\nHost: " + host() + "\r\n")).as(path).startsWith("HTTP/1.1 404");
        }
        assertThat(ask("DELETE /api/status HTTP/1.1\r\nHost: " + host() + "\r\n")).startsWith("HTTP/1.1 405");
        assertThat(ask("GET /healthz HTTP/1.1\r\nHost: " + host() + "\r\n")).startsWith("HTTP/1.1 200");
    }

    @Test
    void aTakenPortIsSteppedOverUnlessItWasAskedFor() throws IOException {
        int taken = address.getPort();
        try (AdminServer second = AdminServer.start(Map.of(), "1.0", Files.createDirectories(root.resolve("b/.dewpoint")).getParent(), OptionalInt.empty(), UnaryOperator.identity())) {
            assertThat(second.url()).isNotEqualTo(server.url());
        }
        Path third = Files.createDirectories(root.resolve("c/.dewpoint")).getParent();
        assertThatThrownBy(() -> AdminServer.start(Map.of(), "1.0", third, OptionalInt.of(taken), UnaryOperator.identity())).isInstanceOf(Failure.class).hasMessageContaining("--admin-port");
    }

    @Test
    void anAgentThatIsNotThereIsCalledSoByEveryVerb() throws IOException {
        AdminClient nobody = new AdminClient(root.resolve("nowhere"));
        assertThat(nobody.act("deploy", Optional.empty(), Optional.empty()).message()).contains("no agent runs with this root");
        assertThat(new AdminClient(root).act("pause", Optional.of("no such/app"), Optional.empty()).message()).contains("no such app");
    }

    @Test
    void theAgentOfAnotherRootIsNotTakenForOurs() throws IOException {
        Path killed = Files.createDirectories(root.resolve("killed/.dewpoint"));
        Files.writeString(killed.resolve("admin.json"), "{\"url\":\"" + address + "\",\"token\":\"of an agent that is gone\"}");
        AdminClient.Answer answer = new AdminClient(killed.getParent()).status(java.util.Optional.empty());
        assertThat(answer.achieved()).isFalse();
        assertThat(answer.message()).contains("another root");
    }

    @Test
    void onlyLoopbackIsBound() throws IOException {
        try (ServerSocket elsewhere = new ServerSocket(address.getPort(), 1, InetAddress.getByName("127.0.0.2"))) {
            assertThat(elsewhere.isBound()).as("the port is free on another address").isTrue();
        }
    }

    private String host() {
        return "127.0.0.1:" + address.getPort();
    }

    private String ask(String head) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", address.getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write((head + "Connection: close\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
