package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.host.Time;
import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.Experience;
import dev.dewpoint.proxy.Match;
import dev.dewpoint.proxy.Route;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.proxy.Rule;
import dev.dewpoint.proxy.Terms;
import dev.dewpoint.proxy.TestClient;
import dev.dewpoint.testing.ManualTime;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.xnio.FailedIoFuture;
import org.xnio.IoFuture;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.XnioIoThread;
import org.xnio.XnioWorker;
import org.xnio.nio.DirectListener;

/** A host without files or ports: no backend is to blame. */
class ShortageTest {
    private static final Backend NEW = backend(Experience.IGNORED);
    private static final Backend SERVED = backend(Experience.IGNORED);

    static {
        SERVED.traffic().answered(200, 1);
    }

    @Test
    void missingFilesAreOurOwnAffair() {
        assertThat(List.of("Too many open files", "Too many open files in system", "No buffer space available", "Cannot allocate memory")).allSatisfy(words -> assertThat(Shortage.isReason(new SocketException(words), NEW)).as(words).isTrue());
    }

    @Test
    void missingPortsAreToo() {
        assertThat(Shortage.isReason(new BindException("Cannot assign requested address"), SERVED)).isTrue();
    }

    @Test
    void anAddressThatNeverWorkedFromHereIsNoMatterOfPorts() {
        assertThat(Shortage.isReason(new BindException("Cannot assign requested address"), NEW)).isFalse();
    }

    @Test
    void whatTheOtherSideDoesIsNot() {
        assertThat(List.of(new ConnectException("Connection refused"), new NoRouteToHostException("No route to host"), new SocketException("Network is unreachable"), new SocketException("Connection reset"), new IOException("Too many open files?")))
                .allSatisfy(why -> assertThat(Shortage.isReason(why, SERVED)).as("%s", why).isFalse());
        assertThat(Shortage.isReason(null, SERVED)).as("given up").isFalse();
    }

    @Test
    void itIsToldOnceAMinuteAndCountedAlways() {
        ManualTime time = new ManualTime();
        List<String> told = new CopyOnWriteArrayList<>();
        Shortage shortage = new Shortage(time, told::add);
        for (int i = 0; i < 3; i++) {
            shortage.met(new SocketException("Too many open files"));
        }
        Given.eventually("it is told", () -> told.size() == 1);
        time.advance(Duration.ofSeconds(60));
        shortage.met(new SocketException("Too many open files"));
        Given.eventually("it is told again", () -> told.size() == 2);
        assertThat(told.getLast()).contains("Too many open files", "4 times");
        assertThat(shortage.count()).isEqualTo(4);
    }

    @Test
    void aRequestIsTurnedAwayAtOnceAndNobodyIsBlamed() throws Exception {
        for (IOException why : List.of(new SocketException("Too many open files"), new BindException("Cannot assign requested address"))) {
            Refusing second = new Refusing(why);
            AtomicInteger blamed = new AtomicInteger();
            List<String> told = new CopyOnWriteArrayList<>();
            Route route = route(blamed);
            serve(second, route, told::add, client -> {
                for (int i = 1; i <= 3; i++) {
                    TestClient.Response response = client.get("/");
                    assertThat(response.status()).isEqualTo(503);
                    assertThat(response.header("Retry-After")).isPresent();
                    assertThat(second.asked).as("nobody else is tried").hasValue(i);
                }
            });
            assertThat(blamed).hasValue(0);
            assertThat(route.live().members()).allSatisfy(backend -> {
                assertThat(backend.traffic().failures()).isZero();
                assertThat(backend.inFlight()).isZero();
            });
            Given.eventually("it is told", () -> told.size() == 1);
        }
    }

    @Test
    void othersAreTriedForWhatIsABackendsOwnFault() throws Exception {
        Refusing second = new Refusing(new ConnectException("Connection refused"));
        AtomicInteger blamed = new AtomicInteger();
        serve(second, route(blamed), _ -> { }, client -> assertThat(client.get("/").status()).isEqualTo(503));
        assertThat(second.asked).hasValue(2);
        assertThat(blamed).hasValue(2);
    }

    private static void serve(SecondProtocol second, Route route, Consumer<String> trouble, Consumer<TestClient> test) throws Exception {
        XnioWorker worker = Xnio.getInstance().createWorker(OptionMap.builder().set(Options.WORKER_IO_THREADS, 1).set(Options.THREAD_DAEMON, true).getMap());
        Lanes lanes = new Lanes(worker, 1, Terms.USUAL, Time.system(), dev.dewpoint.proxy.AccessLog.OFF, (RandomGenerator.SplittableGenerator) RandomGenerator.of("L64X128MixRandom"), second, trouble);
        Entrance entrance = new Entrance(80, false, (_, _, _, _, _, _) -> route, OwnPages.NONE, OptionalInt.empty());
        try (DirectListener listener = DirectListener.open(worker, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10, lanes.entrance(entrance)); TestClient client = new TestClient(listener.address())) {
            test.accept(client);
        } finally {
            lanes.abort();
            worker.shutdownNow();
            worker.awaitTermination(2, TimeUnit.SECONDS);
        }
    }

    private static Route route(AtomicInteger blamed) {
        RouteOptions usual = RouteOptions.USUAL;
        RouteOptions options = new RouteOptions(false, usual.host(), true, usual.health(), usual.names(), usual.limits(), usual.hold(), usual.drainTime());
        Route route = new Route(new Rule(new Match(80, "", "/", false), false, Balance.ROUND_ROBIN, List.of(), options, "80="));
        List<Backend> backends = List.of(backend(counting(blamed)), backend(counting(blamed)));
        backends.forEach(backend -> {
            backend.ready(true);
            backend.traffic().answered(200, 1);
        });
        route.publish(backends);
        return route;
    }

    private static Backend backend(Experience experience) {
        return new Backend("b", new InetSocketAddress(InetAddress.getLoopbackAddress(), 1), 1, experience);
    }

    private static Experience counting(AtomicInteger blamed) {
        return new Experience() {
            @Override
            public void unreachable() {
                blamed.incrementAndGet();
            }

            @Override
            public void brokeOff() {
                blamed.incrementAndGet();
            }

            @Override
            public void answered(int status) {}
        };
    }

    /** Every connection to a backend fails for this reason. */
    private static final class Refusing implements SecondProtocol {
        private final AtomicInteger asked = new AtomicInteger();
        private final IOException why;

        Refusing(IOException why) {
            this.why = why;
        }

        @Override
        public void take(StreamConnection connection, byte[] read, Consumer<StreamConnection> requests) {
            throw new AssertionError("no client speaks it");
        }

        @Override
        public IoFuture<StreamConnection> open(XnioIoThread thread, Backend backend) {
            asked.incrementAndGet();
            return new FailedIoFuture<>(why);
        }

        @Override
        public void stop(XnioIoThread thread) {}

        @Override
        public void abort(XnioIoThread thread) {}
    }
}
