package dev.dewpoint.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.release.Tag;
import dev.dewpoint.replica.Order;
import dev.dewpoint.replica.Prepared;
import dev.dewpoint.replica.Replica;
import dev.dewpoint.replica.Rollouts;
import dev.dewpoint.testing.ManualTime;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where replicas are put with {@code --replica-port-start 20000} and three replicas of one port. */
class OrdersTest {
    private static final int INSIDE = 8080;

    @TempDir
    Path folder;

    private final ManualTime time = ManualTime.start();
    private final Served served = new Served(new Tag("v1.0.0"), "app", ReplicasFixture.digest("v1.0.0"), "a", "img://registry.test/app", "x", time.now());
    private final Prepared prepared = new Prepared() {
        @Override
        public String text() {
            return "app";
        }

        @Override
        public List<Integer> ports() {
            return List.of(INSIDE);
        }

        @Override
        public boolean checksItself() {
            return false;
        }
    };
    private Wanted wanted;
    private Orders orders;

    @BeforeEach
    void open() {
        Rollouts rollouts = new Rollouts(3, Rollouts.Strategy.SWAP, Duration.ofSeconds(30), Duration.ofSeconds(30), OptionalInt.of(20000));
        wanted = new Wanted(3, LedgerFile.open(folder.resolve("ledger.json")).file());
        orders = new Orders(rollouts, wanted, List.of(new Door(null, null, OptionalInt.of(INSIDE))), time);
    }

    private static List<Replica> at(int first, int replicas) {
        return IntStream.rangeClosed(1, replicas).mapToObj(number -> replica(number, first + number - 1)).toList();
    }

    private static Replica replica(int number, int port) {
        return new Replica("id" + port, "app-" + number, number, "a", ReplicasFixture.digest("v1.0.0"), "c", Map.of(INSIDE, new InetSocketAddress(InetAddress.getLoopbackAddress(), port)), true, ManualTime.START);
    }

    private List<Integer> next(List<Replica> there) {
        return orders.beside(there, served, prepared).stream().map(OrdersTest::port).toList();
    }

    private int one(List<Replica> company, int number) {
        return port(orders.instead(company, served, prepared, number));
    }

    private static int port(Order order) {
        return order.ports().getFirst().here();
    }

    @Test
    void generationsAlternateBetweenTwoRows() {
        assertThat(next(List.of())).containsExactly(20000, 20001, 20002);
        assertThat(next(at(20000, 3))).containsExactly(20003, 20004, 20005);
        assertThat(next(at(20003, 3))).containsExactly(20000, 20001, 20002);
    }

    @Test
    void whoIsReplacedOrAddedStandsInTheRowOfTheOthers() {
        assertThat(one(at(20003, 3).subList(0, 2), 3)).isEqualTo(20005);
        wanted.ask(5);
        assertThat(one(at(20003, 3), 4)).isEqualTo(20006);
        assertThat(one(at(20000, 3), 5)).isEqualTo(20004);
    }

    @Test
    void whoIsReplacedWhileItIsStillThereStandsElsewhere() {
        assertThat(one(at(20000, 3), 2)).isEqualTo(20004);
    }

    @Test
    void afterScalingNobodyIsPutWhereSomebodyIs() {
        wanted.ask(5);
        assertThat(next(at(20003, 5))).containsExactly(20010, 20011, 20012, 20013, 20014);
        assertThat(next(at(20000, 5))).containsExactly(20005, 20006, 20007, 20008, 20009);
        wanted.ask(2);
        assertThat(next(at(20000, 5))).containsExactly(20006, 20007);
    }
}
