package dev.dewpoint.replica.docker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.exception.DockerException;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.failure.Failure.Kind;
import java.io.IOException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/** What an engine says when it fails, as a kind of failure and in words. Engines tell most by text, and their texts differ. */
final class EngineFailures {
    private static final int LONGEST = 500;
    private static final Pattern STATUS = Pattern.compile("^Status \\d+: ");

    private record Known(Pattern text, Kind kind, String remedy) {
        static Known of(String text, Kind kind, String remedy) {
            return new Known(Pattern.compile(text), kind, remedy);
        }
    }

    /** In this order: a registry's refusal comes inside other words. */
    private static final List<Known> KNOWN = List.of(
            Known.of("no space left on device|disk quota exceeded", Kind.EXHAUSTED, "make room where the engine keeps its images"),
            Known.of("toomanyrequests|too many requests|rate limit", Kind.LIMITED, "the registry asks to wait; credentials raise its limit"),
            Known.of("no matching manifest|no image found in (manifest list|image index)|does not match the specified platform|exec format error", Kind.MISSING, "publish it for this host's platform"),
            Known.of("unauthorized|no basic auth credentials|authentication required|access (to the resource is )?denied|requested access|invalid username/password|incorrect username or password|(status|code):? 401\\b|403 forbidden", Kind.DENIED, "give credentials for its registry: docker login, or DOCKER_USERNAME and DOCKER_PASSWORD"),
            Known.of("filesystem layer verification failed|digest (mismatch|did not match)|does not match digest|failed commit on ref|unexpected eof.*digest", Kind.CORRUPT, "publish it again"),
            Known.of("port is already allocated|address already in use|failed to bind (host )?port", Kind.EXHAUSTED, "choose another --replica-port-start, or end what holds the port"),
            Known.of("is already in use by container|name .* is (already )?in use", Kind.EXHAUSTED, "a container of that name exists already"),
            Known.of("network .* not found|could not find network|unable to find network|network not found", Kind.MISCONFIGURED, "make it with `docker network create`, or correct --network"),
            Known.of("(exec: |executable file|starting container process|oci runtime|crun|runc).*(not found|no such file|permission denied|is a directory)", Kind.APP, "correct the image's entrypoint, --entrypoint or --cmd"),
            Known.of("no command specified|unable to find user|no matching entries in passwd|no such user|unable to find group", Kind.APP, "correct the image, -u or --cmd"),
            Known.of("manifest unknown|manifest for .* not found|no such image|image not known|name unknown|repository .* not found|does not exist|not found: manifest|unknown blob", Kind.MISSING, "check the name of the image in the registry URL"),
            Known.of("server gave http response", Kind.UNREACHABLE, "the registry speaks plain http: name it in insecure-registries of /etc/docker/daemon.json or, for podman, in registries.conf"),
            Known.of("no such host|connection refused|i/o timeout|tls handshake timeout|connection reset|deadline exceeded|network is unreachable|dial tcp|client\\.timeout", Kind.UNREACHABLE, "the engine could not reach the registry"),
            Known.of("oci runtime|crun:|runc", Kind.APP, "correct the image or the run options"));

    private final Endpoint endpoint;

    EngineFailures(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    /** @param redaction takes out what the engine may have repeated */
    Failure of(String tried, Throwable thrown, UnaryOperator<String> redaction) {
        if (thrown instanceof Failure failure) {
            return failure;
        }
        if (thrown instanceof DockerException refused) {
            return said(tried, refused.getHttpStatus(), text(String.valueOf(refused.getMessage())), redaction);
        }
        return away(tried, thrown);
    }

    /** From an error that came in the middle of a stream, behind a status of success. */
    Failure said(String tried, int status, String text, UnaryOperator<String> redaction) {
        String lower = text.toLowerCase(Locale.ROOT).replace('\n', ' ');
        Optional<Known> known = KNOWN.stream().filter(candidate -> candidate.text().matcher(lower).find()).findFirst();
        String shown = shown(redaction.apply(text));
        String why = "the engine says: " + shown + known.map(found -> " (" + found.remedy() + ")").orElse("");
        return new Failure(known.map(Known::kind).orElse(byStatus(status)), tried, why);
    }

    private static Kind byStatus(int status) {
        return switch (status) {
            case 400, 406 -> Kind.MISCONFIGURED;
            case 401, 403 -> Kind.DENIED;
            case 404 -> Kind.MISSING;
            case 409 -> Kind.EXHAUSTED;
            case 429 -> Kind.LIMITED;
            default -> Kind.UNREACHABLE;
        };
    }

    private Failure away(String tried, Throwable thrown) {
        String told = causes(thrown);
        if (told.contains("permission denied") || told.contains("access denied")) {
            return new Failure(Kind.MISCONFIGURED, tried, "this user may not use the engine at " + endpoint + "; add it to the group that owns the socket (`usermod -aG docker USER`), which makes it as powerful as root, and start again");
        }
        Optional<IOException> io = cause(thrown, IOException.class);
        if (cause(thrown, SSLException.class).isPresent()) {
            return new Failure(Kind.MISCONFIGURED, tried, "the engine at " + endpoint + " and we don't agree on TLS: " + cause(thrown, SSLException.class).get().getMessage() + "; check ca.pem, cert.pem and key.pem", thrown);
        }
        if (io.isPresent() || told.contains("refused") || told.contains("no such file")) {
            boolean unknown = cause(thrown, UnknownHostException.class).isPresent();
            return new Failure(Kind.UNREACHABLE, tried, "no engine answers at " + endpoint + (unknown ? " (unknown host)" : "") + "; " + endpoint.kind().howToStart(), thrown);
        }
        return new Failure(Kind.UNREACHABLE, tried, "talking with the engine at " + endpoint + " broke off: " + thrown.getClass().getSimpleName(), thrown);
    }

    private static String causes(Throwable thrown) {
        StringBuilder told = new StringBuilder();
        for (Throwable at = thrown; at != null && told.length() < 10_000; at = at.getCause()) {
            told.append(at).append('\n');
        }
        return told.toString().toLowerCase(Locale.ROOT);
    }

    private static <T extends Throwable> Optional<T> cause(Throwable thrown, Class<T> kind) {
        for (Throwable at = thrown; at != null; at = at.getCause()) {
            if (kind.isInstance(at)) {
                return Optional.of(kind.cast(at));
            }
        }
        return Optional.empty();
    }

    /** docker's client puts the answer's body, JSON mostly, behind the status. */
    private static String text(String message) {
        String body = STATUS.matcher(message).replaceFirst("").strip();
        try {
            return new ObjectMapper().readTree(body).path("message").asText(body);
        } catch (JsonProcessingException e) {
            return body;
        }
    }

    private static String shown(String text) {
        String line = text.strip().replaceAll("[\\p{Cntrl}\\s]+", " ");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
    }
}
