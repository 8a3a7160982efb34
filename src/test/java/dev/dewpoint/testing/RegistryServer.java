package dev.dewpoint.testing;

import dev.dewpoint.release.Digest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A real registry ({@code docker-registry}) as a process on a free port of this host, with its images in a directory of its own. */
public final class RegistryServer implements AutoCloseable {
    public static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    public static final String INDEX = "application/vnd.oci.image.index.v1+json";
    private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
    private static final String LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
    private static final String PUSHER = "pusher";
    private static final String STORAGE = "docker/registry/v2/repositories/";
    private static final Pattern LISTENING = Pattern.compile("listening on 127\\.0\\.0\\.1:(\\d+)");
    private static final Pattern ACCESS = Pattern.compile("\"([A-Z]+) (\\S+) HTTP/[0-9.]+\" (\\d+) \\d+ \"[^\"]*\" \"([^\"]*)\"$");

    private final Path folder;
    private final Process process;
    private final int port;
    private final Function<String, String> authorization;
    private final List<String> requests;
    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private RegistryServer(Path folder, Process process, int port, Function<String, String> authorization, List<String> requests) {
        this.folder = folder;
        this.process = process;
        this.port = port;
        this.authorization = authorization;
        this.requests = requests;
    }

    public static RegistryServer open() {
        return start(0, "", scope -> "");
    }

    /** On a port that was used before, for an outage. Its images are new. */
    public static RegistryServer openAt(int port) {
        return start(port, "", scope -> "");
    }

    public static RegistryServer withBasicAuth(String user, String password) {
        return start(0, "auth:\n  htpasswd:\n    realm: tests\n    path: " + "FOLDER/htpasswd\n", scope -> TokenServer.basic(user, password), folder -> Files.writeString(folder.resolve("htpasswd"), hashed(folder, user, password)));
    }

    public static RegistryServer withTokens(TokenServer tokens) {
        String auth = "auth:\n  token:\n    realm: " + tokens.realm() + "\n    service: " + TokenServer.SERVICE + "\n    issuer: " + TokenServer.ISSUER + "\n    rootcertbundle: FOLDER/root.pem\n";
        return start(0, auth, scope -> "Bearer " + tokens.token(scope), folder -> Files.writeString(folder.resolve("root.pem"), tokens.certificatePem()));
    }

    public int port() {
        return port;
    }

    /** {@code 127.0.0.1:PORT}, as it stands in an image's name. */
    public String host() {
        return "127.0.0.1:" + port;
    }

    /** The digest of the image's manifest. */
    public Digest push(String repository, String tag, Image image) {
        byte[] tar = image.tar();
        byte[] layer = Image.gzip(tar);
        byte[] config = image.configuration(digest(tar).toString()).getBytes(StandardCharsets.UTF_8);
        image.below().forEach(below -> blobUnlessThere(repository, below.gzipped()));
        blob(repository, layer);
        blob(repository, config);
        String layers = Stream.concat(image.below().stream().map(Image.Layer::gzipped), Stream.of(layer)).map(bytes -> descriptor(LAYER, bytes)).collect(Collectors.joining(","));
        String manifest = "{\"schemaVersion\":2,\"mediaType\":\"" + MANIFEST + "\",\"config\":" + descriptor(CONFIG, config) + ",\"layers\":[" + layers + "]}";
        return manifest(repository, tag, MANIFEST, manifest);
    }

    /** An index over images that were pushed, by platform ({@code linux/arm64/v8}); the digest of the index. */
    public Digest pushIndex(String repository, String tag, Map<String, Digest> images) {
        List<String> entries = new ArrayList<>();
        images.forEach((platform, digest) -> {
            String[] parts = platform.split("/");
            entries.add("{\"mediaType\":\"" + MANIFEST + "\",\"size\":" + read(repository, digest.toString(), MANIFEST).length + ",\"digest\":\"" + digest + "\",\"platform\":{\"os\":\"" + parts[0] + "\",\"architecture\":\"" + parts[1] + "\""
                    + (parts.length > 2 ? ",\"variant\":\"" + parts[2] + "\"" : "") + "}}");
        });
        return manifest(repository, tag, INDEX, "{\"schemaVersion\":2,\"mediaType\":\"" + INDEX + "\",\"manifests\":[" + String.join(",", entries) + "]}");
    }

    /** Further tags for what was pushed. Written where the registry itself looks, which is quick enough for thousands. */
    public void pushMany(String repository, List<String> tags, Digest digest) {
        try {
            Path all = folder.resolve("data").resolve(STORAGE + repository + "/_manifests/tags");
            for (String tag : tags) {
                Path index = all.resolve(tag).resolve("index/sha256").resolve(digest.hex());
                Files.createDirectories(index);
                Files.createDirectories(all.resolve(tag).resolve("current"));
                Files.writeString(index.resolve("link"), digest.toString());
                Files.writeString(all.resolve(tag).resolve("current/link"), digest.toString());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One more tag for what was pushed. */
    public void tag(String repository, String tag, Digest digest) {
        pushMany(repository, List.of(tag), digest);
    }

    /** The tag alone; what it named stays. */
    public void delete(String repository, String tag) {
        deleteTree(folder.resolve("data").resolve(STORAGE + repository + "/_manifests/tags").resolve(tag));
    }

    /** The manifest, with whatever tags name it. */
    public void delete(String repository, Digest digest) {
        send(request(repository, "pull,push,delete", "/manifests/" + digest).DELETE(), 202);
    }

    /** The manifest's bytes as the registry has them. */
    public byte[] read(String repository, String reference, String mediaType) {
        return send(request(repository, "pull", "/manifests/" + reference).header("Accept", mediaType).GET(), 200).body();
    }

    /** Asked for by others than this object, {@code HEAD /v2/app/manifests/v1.0.0 200}, in order. */
    public List<String> requests() {
        String mark = UUID.randomUUID().toString();
        // written in order, so all before it are there when it is
        send(HttpRequest.newBuilder(URI.create("http://" + host() + "/v2/?" + mark)).header("User-Agent", PUSHER), 200, 401);
        try {
            synchronized (requests) {
                while (requests.stream().noneMatch(line -> line.contains(mark))) {
                    requests.wait();
                }
                return requests.stream().filter(line -> !line.startsWith(PUSHER)).toList();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Until {@link #mend} the list of its tags can't be read: the registry answers 500. */
    public void damage(String repository) {
        Path tags = folder.resolve("data").resolve(STORAGE + repository + "/_manifests/tags");
        try {
            Files.move(tags, tags.resolveSibling("away"));
            Files.writeString(tags, "no directory");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void mend(String repository) {
        Path tags = folder.resolve("data").resolve(STORAGE + repository + "/_manifests/tags");
        try {
            Files.delete(tags);
            Files.move(tags.resolveSibling("away"), tags);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Neither answers nor refuses until {@link #resume}. */
    public void pause() {
        signal("STOP");
    }

    public void resume() {
        signal("CONT");
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        http.shutdownNow();
        deleteTree(folder);
    }

    private interface Preparation {
        void in(Path folder) throws IOException;
    }

    private static RegistryServer start(int port, String auth, Function<String, String> authorization) {
        return start(port, auth, authorization, folder -> {});
    }

    private static RegistryServer start(int port, String auth, Function<String, String> authorization, Preparation preparation) {
        try {
            Path folder = Files.createTempDirectory("registry");
            preparation.in(folder);
            Path config = folder.resolve("config.yml");
            Files.writeString(config, "version: 0.1\nlog:\n  level: info\nstorage:\n  filesystem:\n    rootdirectory: " + folder.resolve("data") + "\n  delete:\n    enabled: true\n  maintenance:\n    uploadpurging:\n      enabled: false\n"
                    + "http:\n  addr: 127.0.0.1:" + port + "\n  secret: tests\n" + auth.replace("FOLDER", folder.toString()));
            Process process = new ProcessBuilder("docker-registry", "serve", config.toString()).redirectErrorStream(true).start();
            process.getOutputStream().close();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            List<String> requests = new ArrayList<>();
            CompletableFuture<Integer> bound = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> follow(process, requests, bound));
            return new RegistryServer(folder, process, bound.get(20, TimeUnit.SECONDS), authorization, requests);
        } catch (IOException e) {
            throw new UncheckedIOException("docker-registry is needed: src/test/sh/tools.sh installs it", e);
        } catch (Exception e) {
            throw new IllegalStateException("docker-registry did not start", e);
        }
    }

    private static void follow(Process process, List<String> requests, CompletableFuture<Integer> bound) {
        StringBuilder seen = new StringBuilder();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Matcher listening = LISTENING.matcher(line);
                Matcher access = ACCESS.matcher(line);
                if (!bound.isDone()) {
                    seen.append(line).append('\n');
                }
                if (listening.find()) {
                    bound.complete(Integer.parseInt(listening.group(1)));
                } else if (access.find()) {
                    String by = access.group(4).equals(PUSHER) ? PUSHER + " " : "";
                    synchronized (requests) {
                        requests.add(by + access.group(1) + " " + access.group(2) + " " + access.group(3));
                        requests.notifyAll();
                    }
                }
            }
        } catch (IOException e) {
            // it was ended
        }
        bound.completeExceptionally(new IOException(seen.toString()));
    }

    private static String hashed(Path folder, String user, String password) throws IOException {
        Process htpasswd = new ProcessBuilder("htpasswd", "-niB", "-C", "4", user).redirectErrorStream(true).directory(folder.toFile()).start();
        htpasswd.outputWriter(StandardCharsets.UTF_8).append(password).close();
        return new String(htpasswd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private void blob(String repository, byte[] bytes) {
        HttpResponse<byte[]> begun = send(request(repository, "pull,push", "/blobs/uploads/").POST(HttpRequest.BodyPublishers.noBody()), 202);
        URI upload = URI.create("http://" + host()).resolve(begun.headers().firstValue("Location").orElseThrow());
        URI whole = URI.create(upload + (upload.getQuery() == null ? "?" : "&") + "digest=" + digest(bytes));
        send(authorized(HttpRequest.newBuilder(whole), repository, "pull,push").header("Content-Type", "application/octet-stream").PUT(HttpRequest.BodyPublishers.ofByteArray(bytes)), 201);
    }

    private void blobUnlessThere(String repository, byte[] bytes) {
        if (send(request(repository, "pull", "/blobs/" + digest(bytes)).HEAD(), 200, 404).statusCode() == 404) {
            blob(repository, bytes);
        }
    }

    private Digest manifest(String repository, String tag, String mediaType, String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        send(request(repository, "pull,push", "/manifests/" + tag).header("Content-Type", mediaType).PUT(HttpRequest.BodyPublishers.ofByteArray(bytes)), 201);
        return digest(bytes);
    }

    private HttpRequest.Builder request(String repository, String actions, String path) {
        return authorized(HttpRequest.newBuilder(URI.create("http://" + host() + "/v2/" + repository + path)), repository, actions);
    }

    private HttpRequest.Builder authorized(HttpRequest.Builder request, String repository, String actions) {
        String header = authorization.apply("repository:" + repository + ":" + actions);
        request.timeout(Duration.ofSeconds(20)).header("User-Agent", PUSHER);
        return header.isEmpty() ? request : request.header("Authorization", header);
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request, Integer... expected) {
        try {
            HttpResponse<byte[]> response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            if (!List.of(expected).contains(response.statusCode())) {
                throw new IllegalStateException(response + ": " + new String(response.body(), StandardCharsets.UTF_8));
            }
            return response;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String descriptor(String mediaType, byte[] bytes) {
        return "{\"mediaType\":\"" + mediaType + "\",\"size\":" + bytes.length + ",\"digest\":\"" + digest(bytes) + "\"}";
    }

    private static Digest digest(byte[] bytes) {
        MessageDigest hasher = Digest.Algorithm.SHA256.hasher();
        hasher.update(bytes);
        return Digest.of(Digest.Algorithm.SHA256, hasher);
    }

    private void signal(String name) {
        try {
            new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).inheritIO().start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void deleteTree(Path root) {
        try {
            Files.walkFileTree(root, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path directory, IOException problem) throws IOException {
                    Files.delete(directory);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
