package dev.dewpoint.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dewpoint.deploy.Request;
import dev.dewpoint.failure.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Talks to the agent of one root, whose address and token stand in {@code .dewpoint/admin.json}. */
public final class AdminClient {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int SILENCE_MILLIS = 10_000;

    public static final int MOST_REPLICAS = Request.Scale.MOST;

    private final Path root;

    public AdminClient(Path root) {
        this.root = root;
    }

    /** {@code achieved} is the truth; {@code body} is empty where there is only a message. */
    public record Answer(boolean achieved, String message, JsonNode body) {
        public String json() {
            return body.toPrettyString();
        }

        /** The fields of each element of a list, as text; {@code a/b} is b of a. */
        public List<List<String>> rows(String list, List<String> fields) {
            List<List<String>> rows = new ArrayList<>();
            body.path(list).forEach(element -> rows.add(fields.stream().map(field -> text(element.at("/" + field))).toList()));
            return rows;
        }

        private static String text(JsonNode value) {
            return value.isMissingNode() || value.isNull() ? "-"
                    : value.isArray() ? StreamSupport.stream(value.spliterator(), false).map(JsonNode::asText).collect(Collectors.joining(",")) : value.asText();
        }
    }

    public Answer status(Optional<String> app) {
        return only(app, "apps", "name", ask("GET", "/api/status", SILENCE_MILLIS));
    }

    public Answer history(Optional<String> app) {
        return only(app, "attempts", "app", ask("GET", "/api/history", SILENCE_MILLIS));
    }

    public Answer containers(Optional<String> app) {
        return only(app, "containers", "app", ask("GET", "/api/containers", SILENCE_MILLIS));
    }

    /** Without the elements of other apps. */
    private static Answer only(Optional<String> app, String list, String field, Answer answer) {
        if (app.isPresent() && answer.body().path(list) instanceof ArrayNode elements) {
            elements.removeIf(element -> !element.path(field).asText().equals(app.get()));
        }
        return answer;
    }

    /** Waits for the end of what is asked, however long it takes. */
    public Answer act(String verb, Optional<String> app, Optional<String> version) {
        return act(verb + version.map(v -> "?version=" + encoded(v)).orElse(""), app, JSON.createObjectNode());
    }

    /** The same: until the replicas are there, or it is known why they aren't. */
    public Answer scale(Optional<String> app, int replicas) {
        return act("scale", app, JSON.createObjectNode().put("replicas", replicas));
    }

    private Answer act(String what, Optional<String> app, ObjectNode body) {
        if (app.isPresent()) {
            return act(what, app.get(), body);
        }
        Answer status = status(Optional.empty());
        JsonNode apps = status.body().path("apps");
        if (!status.achieved()) {
            return status;
        }
        return apps.size() == 1 ? act(what, apps.get(0).path("name").asText(), body) : new Answer(false, "there are several apps; say which with --name", JSON.createObjectNode());
    }

    private Answer act(String what, String app, ObjectNode body) {
        return ask("POST", "/api/apps/" + encoded(app) + "/" + what, body, 0);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private Answer ask(String method, String path, int silenceMillis) {
        return ask(method, path, JSON.createObjectNode(), silenceMillis);
    }

    /** {@code body}: sent if there is something in it. */
    private Answer ask(String method, String path, ObjectNode body, int silenceMillis) {
        try {
            JsonNode address = JSON.readTree(Files.readAllBytes(root.resolve(".dewpoint").resolve("admin.json")));
            HttpURLConnection connection = (HttpURLConnection) URI.create(address.path("url").asText() + path).toURL().openConnection(java.net.Proxy.NO_PROXY);
            connection.setRequestMethod(method);
            connection.setConnectTimeout(SILENCE_MILLIS);
            connection.setReadTimeout(silenceMillis);
            connection.setRequestProperty("Authorization", "Bearer " + address.path("token").asText());
            connection.setRequestProperty("Content-Type", "application/json");
            if (!body.isEmpty()) {
                connection.setDoOutput(true);
                connection.getOutputStream().write(JSON.writeValueAsBytes(body));
            }
            int status = connection.getResponseCode();
            InputStream replied = status < 400 ? connection.getInputStream() : connection.getErrorStream();
            JsonNode answer = JSON.readTree(replied == null ? new byte[0] : replied.readAllBytes());
            return new Answer(status < 300 && answer.path("achieved").asBoolean(true), answer.path("message").asText(""), answer);
        } catch (NoSuchFileException e) {
            return unreachable("no agent runs with this root: " + root + " has no .dewpoint/admin.json (--root names another one)");
        } catch (JsonProcessingException e) {
            return unreachable("the agent of " + root + " answered with something that is no JSON");
        } catch (IOException e) {
            return unreachable("the agent of " + root + " can't be reached: " + e.getMessage() + "; is it running, and is this its user?");
        } catch (Failure e) {
            return unreachable(e.getMessage());
        }
    }

    private static Answer unreachable(String why) {
        return new Answer(false, why, JSON.createObjectNode());
    }
}
