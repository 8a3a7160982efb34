package dev.dewpoint.testing;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.extension.ResponseDefinitionTransformerV2;
import com.github.tomakehurst.wiremock.http.Request;
import com.github.tomakehurst.wiremock.http.ResponseDefinition;
import com.github.tomakehurst.wiremock.stubbing.ServeEvent;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Digest.Algorithm;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * GitHub's REST API as far as Dewpoint uses it, on loopback: listing with pages and entity tags, releases by tag, assets
 * (by redirect to a second origin, as GitHub does, or directly), uploads, an app's tokens. Every owner and repository has
 * the same releases. Faults are stubs of {@link #server()}: they go before what is answered here.
 */
public final class FakeGitHub implements AutoCloseable {
    private static final Pattern LISTING = Pattern.compile("/repos/([^/]+/[^/?]+)/releases(?:\\?(.*))?");
    private static final Pattern BY_TAG = Pattern.compile("/repos/([^/]+/[^/]+)/releases/tags/([^/?]+)");
    private static final Pattern ASSET = Pattern.compile("/repos/[^/]+/[^/]+/releases/assets/(\\d+)");
    private static final Pattern UPLOAD = Pattern.compile("/api/uploads/repos/[^/]+/[^/]+/releases/(\\d+)/assets\\?name=([^&]+)");
    private static final Pattern OBJECT = Pattern.compile("/objects/(\\d+)(?:\\?.*)?");
    private static final Pattern APP_TOKENS = Pattern.compile("/app/installations/(\\d+)/access_tokens");
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-");
    private static final int LOWEST_PRIORITY = 1_000;

    private record Asset(long id, String name, byte[] bytes, String state, Instant updatedAt) {}

    private static final class Published {
        private final long id;
        private final String tag;
        private final boolean preRelease;
        private final boolean draft;
        private final Instant at;
        private final Map<String, Asset> assets = new LinkedHashMap<>();

        Published(long id, String tag, boolean preRelease, boolean draft, Instant at) {
            this.id = id;
            this.tag = tag;
            this.preRelease = preRelease;
            this.draft = draft;
            this.at = at;
        }
    }

    private final WireMockServer api;
    private final WireMockServer objects;
    private final List<Published> releases = new ArrayList<>();
    private final Set<String> accepted = new LinkedHashSet<>();
    private final Map<String, String> uploaded = new LinkedHashMap<>();
    private boolean digests = true;
    private boolean redirects = true;
    private boolean etags = true;
    private Instant appTokensExpireAt = Instant.now().plus(1, ChronoUnit.HOURS);
    private int appTokens;
    private long ids = 1000;

    private FakeGitHub() {
        api = new WireMockServer(wireMockConfig().bindAddress("127.0.0.1").dynamicPort().extensions(new Answers("api", this::answer)));
        objects = new WireMockServer(wireMockConfig().bindAddress("127.0.0.1").dynamicPort().extensions(new Answers("objects", this::object)));
        for (Map.Entry<String, WireMockServer> server : Map.of("api", api, "objects", objects).entrySet()) {
            server.getValue().stubFor(any(anyUrl()).atPriority(LOWEST_PRIORITY).willReturn(aResponse().withTransformers(server.getKey())));
            server.getValue().start();
        }
    }

    public static FakeGitHub start() {
        return new FakeGitHub();
    }

    /** For {@code GITHUB_API_URL}. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + api.port() + "/");
    }

    /** Where assets really lie. */
    public URI objectsUrl() {
        return URI.create("http://127.0.0.1:" + objects.port() + "/");
    }

    public WireMockServer server() {
        return api;
    }

    public WireMockServer objects() {
        return objects;
    }

    public FakeGitHub publish(String tag, Map<String, byte[]> files) {
        return publish(tag, files, false, Instant.now());
    }

    /** Newest first is the listing's order; of the same instant, what was published last. */
    public synchronized FakeGitHub publish(String tag, Map<String, byte[]> files, boolean preRelease, Instant publishedAt) {
        return put(new Published(++ids, tag, preRelease, false, publishedAt), files);
    }

    public synchronized FakeGitHub draft(String tag, Map<String, byte[]> files) {
        return put(new Published(++ids, tag, false, true, Instant.now()), files);
    }

    /** Adds or replaces. */
    public FakeGitHub upload(String tag, String name, byte[] bytes) {
        return upload(tag, name, bytes, "uploaded");
    }

    /** {@code state}: {@code uploaded}, or {@code open} while it isn't complete. */
    public synchronized FakeGitHub upload(String tag, String name, byte[] bytes, String state) {
        byTag(tag).orElseThrow().assets.put(name, new Asset(++ids, name, bytes.clone(), state, Instant.now()));
        return this;
    }

    public synchronized FakeGitHub removeAsset(String tag, String name) {
        byTag(tag).orElseThrow().assets.remove(name);
        return this;
    }

    public synchronized FakeGitHub withdraw(String tag) {
        releases.removeIf(release -> release.tag.equals(tag));
        return this;
    }

    public synchronized FakeGitHub withDigests(boolean on) {
        digests = on;
        return this;
    }

    public synchronized FakeGitHub withRedirects(boolean on) {
        redirects = on;
        return this;
    }

    public synchronized FakeGitHub withEtags(boolean on) {
        etags = on;
        return this;
    }

    /** From now on only who shows one of these tokens is answered; an app's tokens are accepted besides. */
    public synchronized FakeGitHub accept(String token) {
        accepted.add("Bearer " + token);
        return this;
    }

    public synchronized FakeGitHub appTokensExpireAt(Instant at) {
        appTokensExpireAt = at;
        return this;
    }

    /** What was asked of the API so far, oldest first. */
    public List<LoggedRequest> requests() {
        return logged(api);
    }

    /** What was asked of the second origin. */
    public List<LoggedRequest> objectRequests() {
        return logged(objects);
    }

    public void forgetRequests() {
        api.resetRequests();
        objects.resetRequests();
    }

    /** What was uploaded over the API: name to content. */
    public synchronized Map<String, String> uploaded() {
        return new LinkedHashMap<>(uploaded);
    }

    @Override
    public void close() {
        api.stop();
        objects.stop();
    }

    private static List<LoggedRequest> logged(WireMockServer server) {
        return server.getAllServeEvents().reversed().stream().map(ServeEvent::getRequest).toList();
    }

    private FakeGitHub put(Published release, Map<String, byte[]> files) {
        files.forEach((name, bytes) -> release.assets.put(name, new Asset(++ids, name, bytes.clone(), "uploaded", release.at)));
        releases.addFirst(release);
        releases.sort(Comparator.comparing((Published p) -> p.at).reversed());
        return this;
    }

    private Optional<Published> byTag(String tag) {
        return releases.stream().filter(release -> release.tag.equals(tag)).findFirst();
    }

    private synchronized ResponseDefinitionBuilder answer(Request request) {
        String url = request.getUrl();
        Matcher app = APP_TOKENS.matcher(url);
        if (app.matches()) {
            String token = "ghs_installation" + app.group(1) + "number" + ++appTokens;
            accepted.add("Bearer " + token);
            return json(201, object().put("token", token).put("expires_at", appTokensExpireAt.truncatedTo(ChronoUnit.SECONDS).toString()));
        }
        if (!accepted.isEmpty() && !accepted.contains(String.valueOf(request.getHeader("Authorization")))) {
            return refusal(401, "Bad credentials");
        }
        Matcher listing = LISTING.matcher(url);
        if (listing.matches()) {
            return listing(request, listing.group(1), query(listing.group(2)));
        }
        Matcher byTag = BY_TAG.matcher(url);
        if (byTag.matches()) {
            String tag = decoded(byTag.group(2));
            return byTag(tag).filter(release -> !release.draft).map(release -> conditional(request, json(release, byTag.group(1)).toString(), List.of())).orElseGet(() -> refusal(404, "Not Found"));
        }
        Matcher asset = ASSET.matcher(url);
        if (asset.matches()) {
            return asset(request, Long.parseLong(asset.group(1)));
        }
        Matcher upload = UPLOAD.matcher(url);
        return upload.matches() ? uploaded(request, Long.parseLong(upload.group(1)), decoded(upload.group(2))) : refusal(404, "Not Found");
    }

    private ResponseDefinitionBuilder listing(Request request, String repository, Map<String, Integer> query) {
        int size = query.getOrDefault("per_page", 30);
        int page = query.getOrDefault("page", 1);
        int from = Math.min(releases.size(), (page - 1) * size);
        int to = Math.min(releases.size(), from + size);
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        releases.subList(from, to).forEach(release -> array.add(json(release, repository)));
        String base = url() + "repositories/1/releases?per_page=" + size + "&page=";
        int last = Math.max(1, (releases.size() + size - 1) / size);
        List<String> links = page >= last ? List.of() : List.of("<" + base.replace("repositories/1", "repos/" + repository) + (page + 1) + ">; rel=\"next\"",
                "<" + base + last + ">; rel=\"last\"");
        return conditional(request, array.toString(), links);
    }

    private ResponseDefinitionBuilder conditional(Request request, String json, List<String> links) {
        String etag = "W/\"" + digest(json.getBytes(StandardCharsets.UTF_8)).hex() + "\"";
        if (etags && etag.equals(request.getHeader("If-None-Match"))) {
            return aResponse().withStatus(304).withHeader("ETag", etag);
        }
        ResponseDefinitionBuilder response = aResponse().withStatus(200).withHeader("Content-Type", "application/json; charset=utf-8").withBody(json);
        if (etags) {
            response.withHeader("ETag", etag);
        }
        return links.isEmpty() ? response : response.withHeader("Link", String.join(", ", links));
    }

    private ObjectNode json(Published release, String repository) {
        ObjectNode node = object().put("url", url() + "repos/" + repository + "/releases/" + release.id).put("html_url", "https://github.com/" + repository + "/releases/tag/" + release.tag)
                .put("id", release.id).put("tag_name", release.tag).putNull("name").put("draft", release.draft).put("prerelease", release.preRelease)
                .put("created_at", release.at.toString()).put("published_at", release.draft ? null : release.at.toString()).put("body", "What is new: {\"id\": 1}");
        node.set("author", object().put("login", "someone").put("id", 1));
        ArrayNode assets = node.putArray("assets");
        for (Asset asset : release.assets.values()) {
            assets.add(object().put("url", url() + "repos/" + repository + "/releases/assets/" + asset.id).put("id", asset.id).put("name", asset.name).put("state", asset.state)
                    .put("size", asset.bytes.length).put("digest", digests ? digest(asset.bytes).toString() : null).put("updated_at", asset.updatedAt.toString())
                    .put("browser_download_url", "https://github.com/" + repository + "/releases/download/" + release.tag + "/" + asset.name));
        }
        return node;
    }

    private ResponseDefinitionBuilder asset(Request request, long id) {
        if (!"application/octet-stream".equals(request.getHeader("Accept"))) {
            return refusal(415, "asset data is not asked for");
        }
        return redirects ? aResponse().withStatus(302).withHeader("Location", objectsUrl() + "objects/" + id + "?sig=temporary") : bytes(request, id);
    }

    private synchronized ResponseDefinitionBuilder object(Request request) {
        Matcher object = OBJECT.matcher(request.getUrl());
        if (request.getHeader("Authorization") != null) {
            return refusal(400, "Only one auth mechanism allowed");
        }
        return object.matches() ? bytes(request, Long.parseLong(object.group(1))) : refusal(404, "Not Found");
    }

    private ResponseDefinitionBuilder bytes(Request request, long id) {
        Optional<byte[]> found = releases.stream().flatMap(release -> release.assets.values().stream()).filter(asset -> asset.id == id).map(Asset::bytes).findFirst();
        if (found.isEmpty()) {
            return refusal(404, "Not Found");
        }
        byte[] all = found.get();
        Matcher range = RANGE.matcher(String.valueOf(request.getHeader("Range")));
        if (!range.matches()) {
            return aResponse().withStatus(200).withHeader("ETag", "\"" + id + "\"").withBody(all);
        }
        int from = Integer.parseInt(range.group(1));
        return from >= all.length ? aResponse().withStatus(416)
                : aResponse().withStatus(206).withHeader("ETag", "\"" + id + "\"").withHeader("Content-Range", "bytes " + from + "-" + (all.length - 1) + "/" + all.length)
                        .withBody(Arrays.copyOfRange(all, from, all.length));
    }

    private ResponseDefinitionBuilder uploaded(Request request, long id, String name) {
        Optional<Published> release = releases.stream().filter(r -> r.id == id).findFirst();
        if (release.isEmpty()) {
            return refusal(404, "Not Found");
        }
        release.get().assets.put(name, new Asset(++ids, name, request.getBody(), "uploaded", Instant.now()));
        uploaded.put(name, request.getBodyAsString());
        return json(201, object().put("id", ids).put("name", name));
    }

    private static ResponseDefinitionBuilder refusal(int status, String message) {
        return json(status, object().put("message", message).put("documentation_url", "https://docs.github.com/rest"));
    }

    private static ResponseDefinitionBuilder json(int status, ObjectNode body) {
        return aResponse().withStatus(status).withHeader("Content-Type", "application/json; charset=utf-8").withBody(body.toString());
    }

    private static Map<String, Integer> query(String text) {
        Map<String, Integer> query = new LinkedHashMap<>();
        for (String part : text == null ? new String[0] : text.split("&")) {
            query.put(part.substring(0, part.indexOf('=')), Integer.parseInt(part.substring(part.indexOf('=') + 1)));
        }
        return query;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    private static Digest digest(byte[] bytes) {
        MessageDigest hasher = Algorithm.SHA256.hasher();
        hasher.update(bytes);
        return Digest.of(Algorithm.SHA256, hasher);
    }

    /** Hands every request without a stub of its own to a function. */
    private record Answers(String name, Function<Request, ResponseDefinitionBuilder> function) implements ResponseDefinitionTransformerV2 {
        @Override
        public ResponseDefinition transform(ServeEvent event) {
            return function.apply(event.getRequest()).build();
        }

        @Override
        public String getName() {
            return name;
        }

        @Override
        public boolean applyGlobally() {
            return false;
        }
    }
}
