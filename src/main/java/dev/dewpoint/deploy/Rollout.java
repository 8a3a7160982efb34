package dev.dewpoint.deploy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.proxy.Gate;
import dev.dewpoint.replica.Order;
import dev.dewpoint.replica.Prepared;
import dev.dewpoint.replica.Replica;
import dev.dewpoint.replica.Rollouts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Puts new replicas in the place of the old, in one of three ways. Until the new ones take over, a failure leaves the old where they are. */
final class Rollout {
    private static final int MOST_HELD = 10_000;

    private final Rollouts rollouts;
    private final List<Door> doors;
    private final Herd herd;
    private final Starter starter;
    private final Orders orders;
    private final Retirement retirement;
    private final Shepherd shepherd;
    private final Observer observer;
    private final Time time;

    Rollout(Rollouts rollouts, List<Door> doors, Herd herd, Starter starter, Orders orders, Retirement retirement, Shepherd shepherd, Observer observer, Time time) {
        this.rollouts = rollouts;
        this.doors = doors;
        this.herd = herd;
        this.starter = starter;
        this.orders = orders;
        this.retirement = retirement;
        this.shepherd = shepherd;
        this.observer = observer;
        this.time = time;
    }

    void run(Deployment deployment, Served served, Prepared prepared, Delivery.Turning turning) throws InterruptedException {
        Consumer<RolloutStep> tell = step -> observer.saw(new Event.Rollout(deployment, time.now(), step));
        List<Replica> blue = herd.serving();
        tell.accept(new RolloutStep.Found(blue.size()));
        List<Order> wanted = orders.beside(blue, served, prepared);
        long start = time.nanos();
        turning.mayBeCut();
        try {
            switch (rollouts.strategy()) {
                case SWAP -> swap(served, wanted, blue, turning, tell);
                case ROLLING -> roll(served, wanted, blue, turning, tell);
                case HOLD -> hold(served, wanted, blue, turning, tell);
            }
        } catch (Failure failure) {
            tell.accept(new RolloutStep.RollingBack(failure.why()));
            throw Attempt.stopped(Outcome.Stage.START, failure);
        }
        tell.accept(new RolloutStep.Completed(wanted.size(), time.since(start)));
    }

    private void swap(Served served, List<Order> wanted, List<Replica> blue, Delivery.Turning turning, Consumer<RolloutStep> tell) throws InterruptedException {
        List<Replica> green = starter.bringAll(wanted, wanted.size(), tell);
        orRemoved(green, turning, tell);
        takeOver(served, green, blue, 0, tell);
    }

    /** What is told only after the step that it tells of. */
    private void takeOver(Served served, List<Replica> green, List<Replica> blue, int joinedAlready, Consumer<RolloutStep> tell) throws InterruptedException {
        CompletableFuture<Void> drained = herd.serve(served.release(), green, Set.of());
        for (int i = joinedAlready; i < green.size(); i++) {
            tell.accept(new RolloutStep.Joined(green.get(i).name(), i + 1));
        }
        tell.accept(new RolloutStep.Updated(addresses(green), green.size()));
        retirement.retire(blue, drained, tell);
    }

    private void orRemoved(List<Replica> green, Delivery.Turning turning, Consumer<RolloutStep> tell) throws InterruptedException {
        try {
            turning.mustNotBeCut();
        } catch (RuntimeException cut) {
            for (Replica replica : green) {
                starter.remove(replica, tell);
            }
            throw cut;
        }
    }

    /** Each joins once it is ready; when all have, the old leave one by one. */
    private void roll(Served served, List<Order> wanted, List<Replica> blue, Delivery.Turning turning, Consumer<RolloutStep> tell) throws InterruptedException {
        List<Replica> green = new ArrayList<>();
        try {
            for (Order order : wanted) {
                green.add(starter.bring(order, wanted.size(), tell));
                turning.mustNotBeCut();
                List<Replica> all = together(blue, green);
                herd.stand(all, Set.of());
                tell.accept(new RolloutStep.Joined(green.getLast().name(), all.size()));
                turning.mayBeCut();
            }
            turning.mustNotBeCut();
        } catch (RuntimeException | InterruptedException end) {
            takeBack(green, blue, tell);
            throw end;
        }
        for (int left = 1; left < blue.size(); left++) {
            CompletableFuture<Void> drained = herd.stand(together(blue.subList(left, blue.size()), green), Set.of());
            retirement.retire(blue.subList(left - 1, left), drained, tell);
        }
        takeOver(served, green, blue.isEmpty() ? List.of() : List.of(blue.getLast()), green.size(), tell);
    }

    private void takeBack(List<Replica> green, List<Replica> blue, Consumer<RolloutStep> tell) throws InterruptedException {
        CompletableFuture<Void> drained = herd.stand(blue, Set.of());
        green.forEach(replica -> tell.accept(new RolloutStep.Removing(replica.name())));
        retirement.retire(green, drained, tell).join();
    }

    private static List<Replica> together(List<Replica> blue, List<Replica> green) {
        return Stream.concat(blue.stream(), green.stream()).toList();
    }

    /** Requests wait while there is nobody. If the new ones don't come up, the old ones come back. */
    private void hold(Served served, List<Order> wanted, List<Replica> blue, Delivery.Turning turning, Consumer<RolloutStep> tell) throws InterruptedException {
        Duration longest = rollouts.drain().multipliedBy(2).plus(rollouts.ready().multipliedBy(2));
        doors.forEach(door -> door.route().gate(new Gate.Holding(MOST_HELD, longest)));
        try {
            retirement.retire(blue, herd.stand(List.of(), Set.of()), tell).join();
            List<Replica> green = starter.bringAll(wanted, wanted.size(), tell);
            orRemoved(green, turning, tell);
            takeOver(served, green, List.of(), 0, tell);
        } catch (Failure failed) {
            herd.lost();
            shepherd.tend();
            throw failed;
        } catch (RuntimeException | InterruptedException end) {
            herd.lost();
            throw end;
        } finally {
            doors.forEach(door -> door.route().gate(Gate.OPEN));
        }
    }

    private static String addresses(List<Replica> replicas) {
        return String.join(",", replicas.stream().flatMap(replica -> replica.doors().values().stream()).map(address -> "http://localhost:" + address.getPort()).toList());
    }
}
