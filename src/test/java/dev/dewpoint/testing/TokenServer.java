package dev.dewpoint.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** Gives the tokens that a registry with token authentication asks for. Who has no password may pull nothing. */
public final class TokenServer implements AutoCloseable {
    static final String ISSUER = "dewpoint tests";
    static final String SERVICE = "registry.test";

    /** A request for a token: its parameters, and the Authorization header if there was one. */
    public record Asked(Map<String, String> parameters, Optional<String> authorization) {}

    private final HttpServer server;
    private final String authorization;
    private final Duration lifetime;
    private final PrivateKey key;
    private final byte[] certificate;
    private final List<Asked> asked = new CopyOnWriteArrayList<>();

    private TokenServer(HttpServer server, String authorization, Duration lifetime, PrivateKey key, byte[] certificate) {
        this.server = server;
        this.authorization = authorization;
        this.lifetime = lifetime;
        this.key = key;
        this.certificate = certificate;
    }

    /** @param folder where the signing certificate is made */
    public static TokenServer start(Path folder, String user, String password, Duration lifetime) {
        try {
            KeyStore store = certificate(folder);
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
            TokenServer tokens = new TokenServer(server, basic(user, password), lifetime, (PrivateKey) store.getKey("it", "password".toCharArray()), store.getCertificate("it").getEncoded());
            server.createContext("/token", tokens::answer);
            server.start();
            return tokens;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public URI realm() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/token");
    }

    public List<Asked> asked() {
        return new ArrayList<>(asked);
    }

    /** What the registry must trust. */
    String certificatePem() {
        return "-----BEGIN CERTIFICATE-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate) + "\n-----END CERTIFICATE-----\n";
    }

    String token(String scope) {
        Instant now = Instant.now();
        List<String> access = new ArrayList<>();
        for (String one : scope.isEmpty() ? new String[0] : scope.split(" ")) {
            int name = one.indexOf(':');
            int actions = one.lastIndexOf(':');
            access.add("{\"type\":\"" + one.substring(0, name) + "\",\"name\":\"" + one.substring(name + 1, actions) + "\",\"actions\":[\"" + one.substring(actions + 1).replace(",", "\",\"") + "\"]}");
        }
        String head = "{\"typ\":\"JWT\",\"alg\":\"RS256\",\"x5c\":[\"" + Base64.getEncoder().encodeToString(certificate) + "\"]}";
        String claims = "{\"iss\":\"" + ISSUER + "\",\"sub\":\"tests\",\"aud\":\"" + SERVICE + "\",\"exp\":" + now.plus(lifetime).getEpochSecond() + ",\"nbf\":" + now.minusSeconds(10).getEpochSecond()
                + ",\"iat\":" + now.getEpochSecond() + ",\"jti\":\"" + System.nanoTime() + "\",\"access\":[" + String.join(",", access) + "]}";
        String signed = url(head.getBytes(StandardCharsets.UTF_8)) + "." + url(claims.getBytes(StandardCharsets.UTF_8));
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(key);
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + url(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }

    static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            Map<String, String> parameters = new LinkedHashMap<>();
            String query = exchange.getRequestURI().getRawQuery();
            for (String pair : query == null ? new String[0] : query.split("&")) {
                int equals = pair.indexOf('=');
                parameters.merge(decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)), (a, b) -> a + " " + b);
            }
            Optional<String> given = Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization"));
            asked.add(new Asked(parameters, given));
            boolean known = given.equals(Optional.of(authorization)) && SERVICE.equals(parameters.get("service"));
            byte[] body = (known ? "{\"token\":\"" + token(parameters.getOrDefault("scope", "")) + "\",\"expires_in\":" + lifetime.toSeconds() + "}"
                    : "{\"errors\":[{\"code\":\"UNAUTHORIZED\",\"message\":\"incorrect username or password\"}]}").getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(known ? 200 : 401, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private static String url(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static KeyStore certificate(Path folder) throws IOException, InterruptedException, GeneralSecurityException {
        Path file = folder.resolve("tokens.p12");
        Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair", "-alias", "it", "-keyalg", "RSA", "-keysize", "2048", "-storetype", "PKCS12", "-keystore", file.toString(),
                "-storepass", "password", "-dname", "CN=tokens").redirectErrorStream(true).redirectOutput(folder.resolve("keytool.log").toFile()).start();
        if (keytool.waitFor() != 0) {
            throw new IOException(Files.readString(folder.resolve("keytool.log")));
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, "password".toCharArray());
        }
        return store;
    }
}
