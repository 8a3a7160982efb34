package dev.dewpoint.deploy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.replica.Order;
import dev.dewpoint.replica.Prepared;
import dev.dewpoint.replica.Replica;
import dev.dewpoint.replica.Rollouts;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Says which replicas are to be started, and at which ports. */
final class Orders {
    private final Rollouts rollouts;
    private final Wanted replicas;
    private final List<Door> doors;
    private final Time time;

    Orders(Rollouts rollouts, Wanted replicas, List<Door> doors, Time time) {
        this.rollouts = rollouts;
        this.replicas = replicas;
        this.doors = doors;
        this.time = time;
    }

    /** As many as are wanted, beside those that are there. */
    List<Order> beside(Collection<Replica> there, Served served, Prepared prepared) {
        int each = inside(prepared).size();
        Set<Integer> taken = ports(there);
        int base = rows(each).filter(row -> IntStream.range(row, row + replicas.replicas() * each).noneMatch(taken::contains)).findFirst().orElseThrow();
        return IntStream.rangeClosed(1, replicas.replicas()).mapToObj(number -> order(served, prepared, number, base)).toList();
    }

    /** One more of a generation, or in the place of one: in the row of the others, unless somebody is there. */
    Order instead(Collection<Replica> company, Served served, Prepared prepared, int number) {
        int each = inside(prepared).size();
        Set<Integer> taken = ports(company);
        IntStream theirs = company.stream().mapToInt(replica -> replica.doors().values().stream().mapToInt(InetSocketAddress::getPort).min().orElse(0) - (replica.number() - 1) * each)
                .filter(row -> row >= first() && row <= first() + 2 * replicas.replicas() * each).distinct();
        int base = IntStream.concat(theirs, rows(each)).filter(row -> IntStream.range(row + (number - 1) * each, row + number * each).noneMatch(taken::contains)).findFirst().orElseThrow();
        return order(served, prepared, number, base);
    }

    /** Where a generation may begin: generations alternate between the first two. More are needed only after the number of replicas has changed. */
    private IntStream rows(int each) {
        return IntStream.iterate(first(), row -> row + replicas.replicas() * each);
    }

    private static Set<Integer> ports(Collection<Replica> replicas) {
        return replicas.stream().flatMap(replica -> replica.doors().values().stream()).map(InetSocketAddress::getPort).collect(Collectors.toSet());
    }

    private int first() {
        return rollouts.first().orElse(0);
    }

    private Order order(Served served, Prepared prepared, int number, int base) {
        List<Integer> inside = inside(prepared);
        List<Order.Port> ports = new ArrayList<>();
        for (int i = 0; i < inside.size(); i++) {
            ports.add(new Order.Port(inside.get(i), rollouts.first().isPresent() ? base + (number - 1) * inside.size() + i : 0));
        }
        return new Order(prepared, served.tag(), served.digest(), served.release(), number, ports, time.now());
    }

    private List<Integer> inside(Prepared prepared) {
        return doors.stream().map(door -> door.inside().orElseGet(() -> only(prepared))).distinct().toList();
    }

    private static int only(Prepared prepared) {
        if (prepared.ports().size() != 1) {
            String says = prepared.ports().isEmpty() ? "it exposes no port" : "it exposes several ports (" + String.join(", ", prepared.ports().stream().map(String::valueOf).toList()) + ")";
            throw new Failure(Failure.Kind.MISCONFIGURED, "find the port of " + prepared.text(), says + "; name the one that it serves on with --container-port, or with --port PROXY:CONTAINER");
        }
        return prepared.ports().getFirst();
    }
}
