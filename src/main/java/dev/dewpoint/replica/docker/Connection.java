package dev.dewpoint.replica.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.AuthConfig;
import com.github.dockerjava.api.model.AuthConfigurations;
import com.github.dockerjava.api.model.Version;
import com.github.dockerjava.core.DockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.core.RemoteApiVersion;
import com.github.dockerjava.core.SSLConfig;
import com.github.dockerjava.transport.DockerHttpClient;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import dev.dewpoint.failure.Failure;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;

/** The engine's API: which version of it is spoken, and that no call takes longer than it may. */
final class Connection implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration NEGOTIATE = Duration.ofSeconds(10);
    /** The newest that was tried; engines keep older ones for years. */
    private static final RemoteApiVersion NEWEST = RemoteApiVersion.create(1, 44);
    private static final int MOST_CONNECTIONS = 64;

    /** @param engine what /version said */
    record Spoken(DockerClient client, RemoteApiVersion version, Version engine) {}

    interface Ask<T> {
        T of(DockerClient client) throws IOException;
    }

    private final Endpoint endpoint;
    private final Optional<SSLContext> tls;
    private final EngineFailures failures;
    private final DockerHttpClient http;
    private final AtomicReference<Spoken> spoken = new AtomicReference<>();

    Connection(Endpoint endpoint) {
        this.endpoint = endpoint;
        tls = endpoint.certificates().map(EngineTls::context);
        failures = new EngineFailures(endpoint);
        http = open();
    }

    EngineFailures failures() {
        return failures;
    }

    <T> T call(String tried, Duration deadline, Ask<T> ask) throws InterruptedException {
        return call(tried, deadline, UnaryOperator.identity(), ask);
    }

    /** Its own client ignores deadlines on unix sockets; an interrupt closes the socket and is heard. */
    <T> T call(String tried, Duration deadline, UnaryOperator<String> redaction, Ask<T> ask) throws InterruptedException {
        Spoken with = spoken(tried);
        try {
            return timed(tried, deadline, () -> ask.of(with.client()));
        } catch (ExecutionException e) {
            Failure failure = failures.of(tried, e.getCause(), redaction);
            if (failure.kind() == Failure.Kind.UNREACHABLE || failure.getMessage().contains("client version")) {
                // it may come back as another version
                spoken.compareAndSet(with, null);
            }
            throw failure;
        }
    }

    Spoken spoken(String tried) throws InterruptedException {
        Spoken known = spoken.get();
        if (known != null) {
            return known;
        }
        try {
            Version engine = timed(tried, NEGOTIATE, () -> client(http, RemoteApiVersion.unknown()).versionCmd().exec());
            RemoteApiVersion version = agreed(engine);
            Spoken now = new Spoken(client(http, version), version, engine);
            spoken.set(now);
            return now;
        } catch (ExecutionException e) {
            throw failures.of(tried, e.getCause(), UnaryOperator.identity());
        }
    }

    /** Ours, unless the engine ends below or begins above. */
    static RemoteApiVersion agreed(Version engine) {
        RemoteApiVersion most = version(engine.getApiVersion(), NEWEST);
        RemoteApiVersion least = version(engine.getMinAPIVersion(), NEWEST);
        RemoteApiVersion ours = NEWEST.isGreater(most) ? most : NEWEST;
        return least.isGreater(ours) && engine.getMinAPIVersion() != null ? least : ours;
    }

    private static RemoteApiVersion version(String text, RemoteApiVersion otherwise) {
        return text == null || !text.matches("\\d{1,3}\\.\\d{1,4}") ? otherwise : RemoteApiVersion.parseConfig(text);
    }

    /** A client of its own for what streams: closing it ends a call that waits for an answer, too. */
    Streaming streaming(String tried) throws InterruptedException {
        RemoteApiVersion version = spoken(tried).version();
        DockerHttpClient own = open();
        return new Streaming(client(own, version), own);
    }

    record Streaming(DockerClient client, DockerHttpClient http) implements AutoCloseable {
        @Override
        public void close() {
            try {
                http.close();
            } catch (IOException e) {
                // it was of no use any more
            }
        }
    }

    private <T> T timed(String tried, Duration deadline, Callable<T> work) throws InterruptedException, ExecutionException {
        FutureTask<T> task = new FutureTask<>(work);
        Thread.ofVirtual().name("engine").start(task);
        try {
            return task.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new Failure(Failure.Kind.TIMED_OUT, tried, "the engine at " + endpoint + " did not answer within " + deadline.toSeconds() + " s", e);
        } finally {
            task.cancel(true);
        }
    }

    private DockerHttpClient open() {
        ZerodepDockerHttpClient.Builder builder = new ZerodepDockerHttpClient.Builder().dockerHost(endpoint.address()).connectionTimeout(CONNECT).maxConnections(MOST_CONNECTIONS);
        tls.ifPresent(context -> builder.sslConfig(() -> context));
        return builder.build();
    }

    private DockerClient client(DockerHttpClient over, RemoteApiVersion version) {
        return DockerClientImpl.getInstance(new Config(endpoint.address(), version), over);
    }

    /** Nothing is read from the environment or from files: credentials come with each pull. */
    private static final class Config implements DockerClientConfig {
        private final URI address;
        private final RemoteApiVersion version;

        Config(URI address, RemoteApiVersion version) {
            this.address = address;
            this.version = version;
        }

        @Override
        public URI getDockerHost() {
            return address;
        }

        @Override
        public RemoteApiVersion getApiVersion() {
            return version;
        }

        @Override
        public String getRegistryUsername() {
            return null;
        }

        @Override
        public String getRegistryPassword() {
            return null;
        }

        @Override
        public String getRegistryEmail() {
            return null;
        }

        @Override
        public String getRegistryUrl() {
            return null;
        }

        @Override
        public AuthConfig effectiveAuthConfig(String imageName) {
            return null;
        }

        @Override
        public AuthConfigurations getAuthConfigurations() {
            return new AuthConfigurations();
        }

        @Override
        public SSLConfig getSSLConfig() {
            return null;
        }
    }

    @Override
    public void close() {
        try {
            http.close();
        } catch (IOException e) {
            // nothing waits for it any more
        }
    }
}
