package dev.dewpoint.replica.docker;

import com.github.dockerjava.api.command.PullImageCmd;
import com.github.dockerjava.api.model.AuthConfig;
import com.github.dockerjava.api.model.PullResponseItem;
import com.github.dockerjava.api.model.ResponseItem;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Redaction;
import dev.dewpoint.host.Time;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** One pull, watched: how far it is, whether it still moves, and what the engine says in the middle of it. */
final class Pulling {
    private record Layer(boolean done, long doneBytes, long totalBytes) {}

    private final ImageName name;
    private final Optional<Login> login;
    private final Consumer<PullProgress> progress;
    private final Map<String, Layer> layers = new HashMap<>();
    private final EngineFailures failures;
    private final Redaction redaction;
    private final String tried;

    Pulling(ImageName name, Optional<Login> login, Consumer<PullProgress> progress, EngineFailures failures) {
        this.name = name;
        this.login = login;
        this.progress = progress;
        this.failures = failures;
        redaction = new Redaction(login.map(Login::password).stream().toList());
        tried = "pull " + name;
    }

    /** @param silence how long nothing may arrive */
    void run(Connection.Streaming stream, Duration silence, Time time) throws InterruptedException {
        PullImageCmd pull = stream.client().pullImageCmd(name.repository().orElseThrow()).withTag(name.digest().toString());
        login.ifPresent(with -> pull.withAuthConfig(auth(with)));
        try (Feed<PullResponseItem> feed = new Feed<>(time)) {
            pull.exec(feed);
            feed.read(silence, Optional.of(silence), () -> {}, this::take);
        } catch (TimeoutException e) {
            throw new Failure(Failure.Kind.TIMED_OUT, tried, "the engine has heard nothing for " + silence.toSeconds() + " s", e);
        } catch (Feed.Broken e) {
            throw failures.of(tried, e.getCause(), redaction);
        }
    }

    private void take(PullResponseItem item) {
        String error = item.getErrorDetail() != null && item.getErrorDetail().getMessage() != null ? item.getErrorDetail().getMessage() : error(item);
        if (error != null) {
            throw failures.said(tried, 500, error, redaction);
        }
        if (item.getId() == null || item.getStatus() == null || !layered(item.getStatus())) {
            return;
        }
        Layer before = layers.getOrDefault(item.getId(), new Layer(false, 0, 0));
        layers.put(item.getId(), next(before, item.getStatus(), item.getProgressDetail()));
        progress.accept(new PullProgress((int) layers.values().stream().filter(Layer::done).count(), layers.size(), layers.values().stream().mapToLong(Layer::doneBytes).sum(), layers.values().stream().mapToLong(Layer::totalBytes).sum()));
    }

    @SuppressWarnings("deprecation")
    private static String error(PullResponseItem item) {
        return item.getError();
    }

    private static boolean layered(String status) {
        return List.of("Pulling fs layer", "Waiting", "Downloading", "Verifying Checksum", "Download complete", "Extracting", "Pull complete", "Already exists").contains(status);
    }

    private static Layer next(Layer before, String status, ResponseItem.ProgressDetail detail) {
        boolean downloading = status.equals("Downloading") && detail != null && detail.getCurrent() != null;
        long total = downloading && detail.getTotal() != null && detail.getTotal() > 0 ? detail.getTotal() : before.totalBytes();
        boolean here = status.equals("Download complete") || status.equals("Extracting") || status.equals("Pull complete");
        return new Layer(here || status.equals("Already exists"), here ? total : downloading ? detail.getCurrent() : before.doneBytes(), total);
    }

    private static AuthConfig auth(Login login) {
        AuthConfig auth = new AuthConfig().withRegistryAddress(login.registry());
        return login.username().map(name -> auth.withUsername(name).withPassword(login.password().value())).orElseGet(() -> auth.withIdentityToken(login.password().value()));
    }
}
