package dev.dewpoint.proxy.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.proxy.AccessLog;
import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.Experience;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.Terms;
import dev.dewpoint.testing.NoLeaks;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** gRPC through the proxy, in the clear and over TLS; backends speak HTTP/2 in the clear. */
@ExtendWith(NoLeaks.class)
@Timeout(120)
class GrpcTest {
    private static final MethodDescriptor.Marshaller<String> TEXT = new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(String value) {
            return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String parse(InputStream stream) {
            try {
                return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    };
    private static final MethodDescriptor<String, String> UNARY = method("Unary", MethodDescriptor.MethodType.UNARY);
    private static final MethodDescriptor<String, String> BOTH = method("Both", MethodDescriptor.MethodType.BIDI_STREAMING);
    private static final Duration LIFE = Boolean.getBoolean("dewpoint.soak") ? Duration.ofSeconds(60) : Duration.ofSeconds(2);

    @TempDir
    private static Path folder;
    private static LocalCertificate certificate;

    @BeforeAll
    static void prepare() throws Exception {
        certificate = LocalCertificate.make(folder);
    }

    private static MethodDescriptor<String, String> method(String name, MethodDescriptor.MethodType type) {
        return MethodDescriptor.<String, String>newBuilder().setType(type).setFullMethodName("test.Echo/" + name).setRequestMarshaller(TEXT).setResponseMarshaller(TEXT).build();
    }

    /** Says back what it hears. */
    private record Echo(Server server, CountDownLatch cancelled, Semaphore begun) implements AutoCloseable {
        static Echo start() throws IOException {
            CountDownLatch cancelled = new CountDownLatch(1);
            Semaphore begun = new Semaphore(0);
            Server server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0)).addService(ServerServiceDefinition.builder("test.Echo").addMethod(UNARY, ServerCalls.asyncUnaryCall((String said, StreamObserver<String> to) -> {
                ((ServerCallStreamObserver<String>) to).setOnCancelHandler(cancelled::countDown);
                if (said.equals("refuse")) {
                    to.onError(Status.PERMISSION_DENIED.withDescription("not you").asRuntimeException());
                } else if (!said.equals("hang")) {
                    to.onNext(said);
                    to.onCompleted();
                }
            })).addMethod(BOTH, ServerCalls.asyncBidiStreamingCall(to -> {
                begun.release();
                ((ServerCallStreamObserver<String>) to).setOnCancelHandler(cancelled::countDown);
                return new StreamObserver<>() {
                    @Override
                    public void onNext(String said) {
                        to.onNext(said);
                    }

                    @Override
                    public void onError(Throwable e) {
                        // the other side has gone
                    }

                    @Override
                    public void onCompleted() {
                        to.onCompleted();
                    }
                };
            })).build()).build().start();
            return new Echo(server, cancelled, begun);
        }

        Backend backend() {
            Backend backend = new Backend("127.0.0.1:" + server.getPort(), new InetSocketAddress("127.0.0.1", server.getPort()), 1, Experience.IGNORED);
            backend.ready(true);
            return backend;
        }

        @Override
        public void close() {
            server.shutdownNow();
            try {
                server.awaitTermination(5, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** What was heard of one call. */
    private static final class Heard implements StreamObserver<String> {
        private final BlockingQueue<String> said = new LinkedBlockingQueue<>();

        @Override
        public void onNext(String value) {
            said.add(value);
        }

        @Override
        public void onError(Throwable e) {
            said.add("error " + Status.fromThrowable(e).getCode());
        }

        @Override
        public void onCompleted() {
            said.add("end");
        }

        String next() throws InterruptedException {
            return said.poll(20, TimeUnit.SECONDS);
        }
    }

    private static Stage stage(boolean tls, Backend... backends) {
        RouteOptions usual = RouteOptions.USUAL;
        RouteOptions options = new RouteOptions(false, usual.host(), true, usual.health(), usual.names(), usual.limits(), usual.hold(), usual.drainTime());
        Terms terms = Terms.USUAL;
        Terms hasty = new Terms(terms.head(), terms.parse(), terms.idle(), Duration.ofMillis(200), terms.rate(), terms.connections(), terms.trusted());
        return Stage.secure(tls ? certificate.context() : null, hasty, Balance.ROUND_ROBIN, options, AccessLog.OFF, backends);
    }

    private static ManagedChannel channel(Stage stage, boolean tls) throws Exception {
        NettyChannelBuilder builder = NettyChannelBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), stage.address().getPort()));
        return (tls ? builder.sslContext(GrpcSslContexts.forClient().trustManager(certificate.trustManager()).build()).overrideAuthority("localhost") : builder.usePlaintext()).build();
    }

    private static void end(ManagedChannel channel) throws InterruptedException {
        channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void callsAndTheirFailuresPass(boolean tls) throws Exception {
        try (Echo echo = Echo.start(); Stage stage = stage(tls, echo.backend())) {
            ManagedChannel channel = channel(stage, tls);
            for (int i = 0; i < 20; i++) {
                assertThat(ClientCalls.blockingUnaryCall(channel, UNARY, CallOptions.DEFAULT, "hello" + i)).isEqualTo("hello" + i);
            }
            String large = "x".repeat(3_000_000);
            assertThat(ClientCalls.blockingUnaryCall(channel, UNARY, CallOptions.DEFAULT, large)).isEqualTo(large);
            assertThat(failure(channel, CallOptions.DEFAULT, "refuse")).isEqualTo("PERMISSION_DENIED not you");
            end(channel);
        }
    }

    private static String failure(ManagedChannel channel, CallOptions options, String said) {
        try {
            return ClientCalls.blockingUnaryCall(channel, UNARY, options, said);
        } catch (StatusRuntimeException e) {
            return e.getStatus().getCode() + " " + e.getStatus().getDescription();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aStreamLivesForAsLongAsBothSidesLike(boolean tls) throws Exception {
        try (Echo echo = Echo.start(); Stage stage = stage(tls, echo.backend())) {
            ManagedChannel channel = channel(stage, tls);
            Heard heard = new Heard();
            StreamObserver<String> say = ClientCalls.asyncBidiStreamingCall(channel.newCall(BOTH, CallOptions.DEFAULT), heard);
            long start = System.nanoTime();
            int i = 0;
            do {
                say.onNext("message " + i);
                assertThat(heard.next()).isEqualTo("message " + i++);
                // a silence that is longer than what a slow upload is allowed
                assertThat(heard.said.poll(LIFE.toMillis() / 4, TimeUnit.MILLISECONDS)).isNull();
            } while (System.nanoTime() - start < LIFE.toNanos());
            say.onCompleted();
            assertThat(heard.next()).isEqualTo("end");
            end(channel);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void deadlinesAndCancellationsReachTheBackend(boolean tls) throws Exception {
        try (Echo first = Echo.start(); Echo second = Echo.start(); Stage stage = stage(tls, first.backend())) {
            ManagedChannel channel = channel(stage, tls);
            assertThat(failure(channel, CallOptions.DEFAULT, "hello")).isEqualTo("hello");
            // the server knows the deadline too, and breaks off if its clock is the first
            assertThat(failure(channel, CallOptions.DEFAULT.withDeadlineAfter(500, TimeUnit.MILLISECONDS), "hang")).containsPattern("^DEADLINE_EXCEEDED|status code 502");
            assertThat(first.cancelled().await(10, TimeUnit.SECONDS)).isTrue();
            Backend other = second.backend();
            stage.route().publish(List.of(other));
            var call = channel.newCall(BOTH, CallOptions.DEFAULT);
            StreamObserver<String> say = ClientCalls.asyncBidiStreamingCall(call, new Heard());
            say.onNext("x");
            assertThat(second.begun().tryAcquire(10, TimeUnit.SECONDS)).isTrue();
            call.cancel("enough", null);
            assertThat(second.cancelled().await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(other.seal().get(10, TimeUnit.SECONDS)).isSameAs(other);
            end(channel);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSwapLetsRunningStreamsEndAndLosesNoCall(boolean tls) throws Exception {
        List<String> failures = new CopyOnWriteArrayList<>();
        Semaphore progress = new Semaphore(0);
        Echo old = Echo.start();
        try (Stage stage = stage(tls, old.backend())) {
            ManagedChannel channel = channel(stage, tls);
            CountDownLatch stop = new CountDownLatch(1);
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                String said = "caller " + i;
                callers.add(Thread.ofVirtual().start(() -> {
                    while (stop.getCount() > 0) {
                        String answer = failure(channel, CallOptions.DEFAULT, said);
                        if (!answer.equals(said)) {
                            failures.add(answer);
                        }
                        progress.release();
                    }
                }));
            }
            for (int swap = 0; swap < 5; swap++) {
                Heard heard = new Heard();
                StreamObserver<String> say = ClientCalls.asyncBidiStreamingCall(channel.newCall(BOTH, CallOptions.DEFAULT), heard);
                say.onNext("before");
                assertThat(heard.next()).isEqualTo("before");
                Echo next = Echo.start();
                Backend gone = stage.route().publish(List.of(next.backend())).getFirst();
                // says GOAWAY, and lets the streams that run go on
                old.server().shutdown();
                say.onNext("after");
                assertThat(heard.next()).isEqualTo("after");
                say.onCompleted();
                assertThat(heard.next()).isEqualTo("end");
                assertThat(gone.seal().get(10, TimeUnit.SECONDS)).isSameAs(gone);
                assertThat(progress.tryAcquire(40, 20, TimeUnit.SECONDS)).as("progress").isTrue();
                old.close();
                old = next;
            }
            stop.countDown();
            for (Thread caller : callers) {
                caller.join();
            }
            end(channel);
        }
        old.close();
        assertThat(failures).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBackendThatSaysGoodByeIsConnectedToAnew(boolean tls) throws Exception {
        CountDownLatch unused = new CountDownLatch(0);
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0)).maxConnectionAge(100, TimeUnit.MILLISECONDS).maxConnectionAgeGrace(5, TimeUnit.SECONDS)
                .addService(ServerServiceDefinition.builder("test.Echo").addMethod(UNARY, ServerCalls.asyncUnaryCall((String said, StreamObserver<String> to) -> {
                    to.onNext(said);
                    to.onCompleted();
                })).build()).build().start();
        try (Echo echo = new Echo(server, unused, new Semaphore(0)); Stage stage = stage(tls, echo.backend())) {
            ManagedChannel channel = channel(stage, tls);
            long start = System.nanoTime();
            while (System.nanoTime() - start < 1_000_000_000L) {
                assertThat(failure(channel, CallOptions.DEFAULT, "x")).isEqualTo("x");
            }
            end(channel);
        }
    }
}
