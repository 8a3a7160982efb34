package dev.dewpoint.proxy.http2;

import dev.dewpoint.proxy.AccessLog;
import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.Terms;
import dev.dewpoint.proxy.TestBackend;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;

/** Two clients that speak HTTP/2, one over TLS and one in the clear, and the proxies before which they stand. */
record Clients(SSLContext context, HttpClient secure, OkHttpClient clear) implements AutoCloseable {
    static Clients make(Path folder) throws Exception {
        SSLContext context = LocalCertificate.make(folder).context();
        return new Clients(context, HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).sslContext(context).build(),
                new OkHttpClient.Builder().protocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE)).retryOnConnectionFailure(false).readTimeout(Duration.ofSeconds(20)).build());
    }

    Stage stage(UnaryOperator<RouteOptions> options, TestBackend... backends) {
        return Stage.secure(context, Terms.USUAL, Balance.ROUND_ROBIN, options.apply(RouteOptions.USUAL), AccessLog.OFF, Stream.of(backends).map(TestBackend::backend).toArray(Backend[]::new));
    }

    Stage stage(TestBackend... backends) {
        return stage(options -> options, backends);
    }

    static HttpRequest.Builder to(Stage stage, String path) {
        return HttpRequest.newBuilder(URI.create("https://localhost:" + stage.address().getPort() + path));
    }

    static Request.Builder clearTo(Stage stage, String path) {
        return new Request.Builder().url("http://127.0.0.1:" + stage.address().getPort() + path);
    }

    @Override
    public void close() {
        secure.close();
        clear.dispatcher().executorService().shutdown();
        clear.connectionPool().evictAll();
    }
}
