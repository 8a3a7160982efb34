package dev.dewpoint.deploy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.replica.Launcher;
import dev.dewpoint.replica.Replica;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Ends replicas that take no traffic any more, beside everything else: nobody waits for it. */
final class Retirement {
    private static final Duration SLACK = Duration.ofSeconds(5);
    private static final Duration BEFORE_ANOTHER_TRY = Duration.ofSeconds(5);

    private final Launcher launcher;
    private final Duration drain;
    private final Policy policy;
    private final Observer observer;
    private final Time time;
    private final Runnable again;
    private final Set<String> leaving = ConcurrentHashMap.newKeySet();

    /** {@code again}: has what is left looked for, and ended once more. */
    Retirement(Launcher launcher, Duration drain, Policy policy, Observer observer, Time time, Runnable again) {
        this.launcher = launcher;
        this.drain = drain;
        this.policy = policy;
        this.observer = observer;
        this.time = time;
        this.again = again;
    }

    /** The ids of those that are on their way out now. */
    Set<String> leaving() {
        return Set.copyOf(leaving);
    }

    /** Once nothing is in flight there any more, at the latest when their time is over. */
    CompletableFuture<Void> retire(List<Replica> replicas, CompletableFuture<Void> drained, Consumer<RolloutStep> tell) {
        leaving.addAll(replicas.stream().map(Replica::id).toList());
        List<CompletableFuture<Void>> all = replicas.stream().map(replica -> {
            CompletableFuture<Void> gone = new CompletableFuture<>();
            Thread.ofVirtual().name("retire " + replica.name()).start(() -> {
                end(replica, drained, tell);
                gone.complete(null);
            });
            return gone;
        }).toList();
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
    }

    private void end(Replica replica, CompletableFuture<Void> drained, Consumer<RolloutStep> tell) {
        try {
            await(drained);
            tell.accept(new RolloutStep.Stopping(replica.name()));
            launcher.stop(replica, drain);
            leaving.remove(replica.id());
        } catch (Failure failure) {
            observer.saw(new Event.Remarked(policy.app(), time.now(), replica.name() + " could not be stopped yet: " + failure.getMessage(), Event.Weight.ALERT));
            Thread.ofVirtual().name("another try to end " + replica.name()).start(() -> tryAgain(replica));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tryAgain(Replica replica) {
        try {
            time.sleep(BEFORE_ANOTHER_TRY);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        leaving.remove(replica.id());
        again.run();
    }

    private void await(CompletableFuture<Void> drained) throws InterruptedException {
        try {
            drained.get(drain.plus(SLACK).toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException late) {
            // it had its time
        }
    }
}
