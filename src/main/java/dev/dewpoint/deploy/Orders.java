package dev.dewpoint.deploy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.replica.Order;
import dev.dewpoint.replica.Prepared;
import dev.dewpoint.replica.Replica;
import dev.dewpoint.replica.Rollouts;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;

/** Says which replicas are to be started, and at which ports. */
final class Orders {
    private final Rollouts rollouts;
    private final List<Door> doors;
    private final Time time;

    Orders(Rollouts rollouts, List<Door> doors, Time time) {
        this.rollouts = rollouts;
        this.doors = doors;
        this.time = time;
    }

    /** Beside those that are there, on ports that they don't have. */
    List<Order> beside(Collection<Replica> there, Served served, Prepared prepared, int replicas) {
        boolean second = rollouts.first().isPresent() && there.stream().flatMap(replica -> replica.doors().values().stream()).anyMatch(address -> address.getPort() < secondHalf());
        return IntStream.rangeClosed(1, replicas).mapToObj(number -> order(served, prepared, number, second)).toList();
    }

    /** One that takes the place of another of the same generation. */
    Order instead(Collection<Replica> company, Served served, Prepared prepared, int number) {
        boolean second = rollouts.first().isPresent() && company.stream().flatMap(replica -> replica.doors().values().stream()).anyMatch(address -> address.getPort() >= secondHalf());
        return order(served, prepared, number, second);
    }

    private Order order(Served served, Prepared prepared, int number, boolean second) {
        List<Integer> inside = inside(prepared);
        List<Order.Port> ports = new ArrayList<>();
        for (int i = 0; i < inside.size(); i++) {
            int at = (second ? secondHalf() : rollouts.first().orElse(0)) + (number - 1) * inside.size() + i;
            ports.add(new Order.Port(inside.get(i), rollouts.first().isPresent() ? at : 0));
        }
        return new Order(prepared, served.tag(), served.digest(), served.release(), number, ports, time.now());
    }

    private int secondHalf() {
        return rollouts.first().orElse(0) + rollouts.replicas() * (int) Math.max(1, doors.stream().map(door -> door.inside().orElse(0)).distinct().count());
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
