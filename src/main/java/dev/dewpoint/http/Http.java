package dev.dewpoint.http;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLException;
import okhttp3.ConnectionSpec;
import okhttp3.Dns;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/** One client for everything that Dewpoint asks over HTTP. */
public final class Http implements AutoCloseable {
    /** Takes the answer while it is open. */
    @FunctionalInterface
    public interface Receiver<T> {
        T receive(Answer answer) throws IOException;
    }

    private static final int MOST_HOPS = 5;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    private final Time time;
    private final Credentials credentials;
    private final String userAgent;
    private final OkHttpClient clear;
    /** Made when it is first needed: reading the certificates takes a good part of a start. */
    private final AtomicReference<OkHttpClient> secure;

    /** {@code silence}: how long to wait for a connection, and for the next byte. */
    public Http(Time time, Credentials credentials, String userAgent, Duration silence) {
        this(time, credentials, userAgent, new OkHttpClient.Builder()
                .connectionSpecs(List.of(ConnectionSpec.CLEARTEXT))
                .followRedirects(false)
                .followSslRedirects(false)
                .retryOnConnectionFailure(true)
                .connectTimeout(silence)
                .readTimeout(silence)
                .writeTimeout(silence)
                .build(), new AtomicReference<>());
    }

    private Http(Time time, Credentials credentials, String userAgent, OkHttpClient clear, AtomicReference<OkHttpClient> secure) {
        this.time = time;
        this.credentials = credentials;
        this.userAgent = userAgent;
        this.clear = clear;
        this.secure = secure;
    }

    /** The same connections, other credentials. Closing one closes both. */
    public Http with(Credentials others) {
        return new Http(time, others, userAgent, clear, secure);
    }

    /** The same, trusting these authorities besides those of the Java runtime. Closing one closes both. */
    public Http trusting(Collection<X509Certificate> authorities) {
        if (authorities.isEmpty()) {
            return this;
        }
        Authorities trusted = Authorities.with(authorities);
        OkHttpClient client = secure().newBuilder().sslSocketFactory(trusted.sockets(), trusted.trust()).build();
        return new Http(time, credentials, userAgent, clear, new AtomicReference<>(client));
    }

    /** For client libraries that bring their own calls; redirects stay off and deadlines stay on. */
    public OkHttpClient client(Duration total) {
        return secure().newBuilder().callTimeout(total).build();
    }

    private OkHttpClient secure() {
        OkHttpClient made = secure.get();
        if (made == null) {
            secure.compareAndSet(null, clear.newBuilder().connectionSpecs(List.of(ConnectionSpec.MODERN_TLS, ConnectionSpec.CLEARTEXT)).build());
            made = secure.get();
        }
        return made;
    }

    /** Sends, follows at most five redirects, and hands over the answer whatever its status. */
    public <T> T exchange(String tried, Ask ask, Receiver<T> receiver) {
        HttpUrl url = HttpUrl.get(ask.uri());
        if (url == null) {
            throw new Failure(Failure.Kind.MISCONFIGURED, tried, "this is not an http or https URL: " + ask.uri());
        }
        Origin start = Origin.of(url);
        boolean startedOnLoopback = start.isLoopback();
        String method = ask.method();
        byte[] body = ask.body();
        for (int hop = 0; hop <= MOST_HOPS; hop++) {
            try (Response response = client(url, ask, hop > 0 && !startedOnLoopback).newCall(request(ask, start, url, method, body)).execute()) {
                if (!isRedirect(response, method)) {
                    return received(tried, ask, response, receiver);
                }
                url = target(tried, url, response, startedOnLoopback);
                if (ask.stays() && !Origin.of(url).equals(start)) {
                    throw new Failure(Failure.Kind.UNREACHABLE, tried, start + " redirects to another place, and what we send is for " + start + " alone");
                }
                if (response.code() == 303) {
                    method = "GET";
                    body = null;
                }
            } catch (IOException e) {
                throw failure(tried, Origin.of(url), e);
            }
        }
        throw new Failure(Failure.Kind.UNREACHABLE, tried, "it was redirected more than " + MOST_HOPS + " times");
    }

    @Override
    public void close() {
        clear.dispatcher().executorService().shutdown();
        clear.connectionPool().evictAll();
    }

    private OkHttpClient client(HttpUrl url, Ask ask, boolean outsideOnly) {
        OkHttpClient.Builder builder = (url.isHttps() ? secure() : clear).newBuilder().callTimeout(ask.total());
        return (outsideOnly ? builder.dns(OUTSIDE) : builder).build();
    }

    private Request request(Ask ask, Origin start, HttpUrl url, String method, byte[] body) {
        Request.Builder request = new Request.Builder().url(url).header("User-Agent", userAgent);
        ask.headers().forEach(request::header);
        if (!Origin.of(url).equals(start)) {
            request.removeHeader("Authorization");
        }
        credentials.authorization(Origin.of(url)).ifPresent(value -> request.header("Authorization", value));
        RequestBody content = body == null ? null : RequestBody.create(body, ask.mediaType() == null ? null : MediaType.parse(ask.mediaType()));
        return request.method(method, content).build();
    }

    private <T> T received(String tried, Ask ask, Response response, Receiver<T> receiver) throws IOException {
        long length = response.body().contentLength();
        WatchedBody body = new WatchedBody(tried, response.body().byteStream(), ask.largest(), ask.total().isZero(), time);
        return receiver.receive(new Answer(response.code(), response.request().url().uri(), response.headers(), response.challenges().stream().map(Challenge::of).toList(), body, length, time.now()));
    }

    /** A request that changes something is repeated elsewhere only if the redirect says so without doubt (307, 308, 303). */
    private static boolean isRedirect(Response response, String method) {
        if (!REDIRECTS.contains(response.code()) || response.header("Location") == null) {
            return false;
        }
        return method.equals("GET") || method.equals("HEAD") || response.code() == 303 || response.code() == 307 || response.code() == 308;
    }

    private static HttpUrl target(String tried, HttpUrl from, Response response, boolean startedOnLoopback) {
        HttpUrl to = from.resolve(response.header("Location", ""));
        String refused;
        if (to == null) {
            refused = "is no http or https URL";
        } else if (from.isHttps() && !to.isHttps()) {
            refused = "leaves https";
        } else if (!to.username().isEmpty() || !to.password().isEmpty()) {
            refused = "carries a user name or password";
        } else if (!startedOnLoopback && Origin.isLiteral(to.host()) && isInside(to.host())) {
            refused = "points into this host or its link";
        } else {
            return to;
        }
        throw new Failure(Failure.Kind.UNREACHABLE, tried, Origin.of(from) + " redirects to a place that " + refused);
    }

    /** Where a redirect may not lead. The addresses checked are the ones connected to: a name can't change its mind in between. */
    private static final Dns OUTSIDE = host -> {
        List<InetAddress> addresses = Dns.SYSTEM.lookup(host);
        for (InetAddress address : addresses) {
            if (isInside(address)) {
                throw new UnknownHostException(host + " resolves to " + address.getHostAddress() + ", which is this host or its link");
            }
        }
        return addresses;
    };

    private static boolean isInside(String literal) {
        try {
            return isInside(InetAddress.getByName(literal));
        } catch (UnknownHostException e) {
            return true;
        }
    }

    private static boolean isInside(InetAddress address) {
        return address.isLoopbackAddress() || address.isLinkLocalAddress() || address.isAnyLocalAddress() || address.isMulticastAddress();
    }

    static Failure failure(String tried, Origin origin, IOException e) {
        boolean late = e instanceof InterruptedIOException;
        boolean tls = e instanceof SSLException;
        String reason = Optional.ofNullable(e.getMessage()).orElse(e.getClass().getSimpleName());
        String why = late ? origin + " did not answer in time (" + reason + ")"
                : tls ? "the TLS connection to " + origin + " failed: " + reason
                : origin + " could not be reached: " + reason;
        return new Failure(late ? Failure.Kind.TIMED_OUT : Failure.Kind.UNREACHABLE, tried, why, e);
    }
}
