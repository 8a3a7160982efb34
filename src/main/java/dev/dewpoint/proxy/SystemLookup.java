package dev.dewpoint.proxy;

import dev.dewpoint.failure.Failure;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.Security;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks the system, as {@code /etc/hosts} and {@code /etc/resolv.conf} say. */
final class SystemLookup implements Lookup {
    private final Duration deadline;
    /** A lookup that hangs is waited for, not made once more. */
    private final Map<String, CompletableFuture<List<InetAddress>>> running = new ConcurrentHashMap<>();

    SystemLookup(Duration deadline) {
        this.deadline = deadline;
        Security.setProperty("networkaddress.cache.ttl", "0");
        Security.setProperty("networkaddress.cache.negative.ttl", "0");
    }

    @Override
    public Found addresses(String name) throws InterruptedException {
        String tried = "look up " + name;
        CompletableFuture<List<InetAddress>> lookup = running.computeIfAbsent(name, this::begin);
        try {
            return Found.of(lookup.get(deadline.toNanos(), TimeUnit.NANOSECONDS), Optional.empty());
        } catch (TimeoutException e) {
            throw new Failure(Failure.Kind.TIMED_OUT, tried, "the system's resolver gave no answer within " + deadline.toSeconds() + "s", e);
        } catch (ExecutionException e) {
            throw new Failure(Failure.Kind.MISSING, tried, "the system's resolver says: " + said(e.getCause(), name), e.getCause());
        }
    }

    private static String said(Throwable cause, String name) {
        String message = String.valueOf(cause.getMessage());
        return message.startsWith(name + ": ") ? message.substring(name.length() + 2) : message;
    }

    private CompletableFuture<List<InetAddress>> begin(String name) {
        CompletableFuture<List<InetAddress>> lookup = new CompletableFuture<>();
        // the native call would hold a virtual thread's carrier
        Thread.ofPlatform().daemon().name("lookup " + name).start(() -> {
            try {
                lookup.complete(List.of(InetAddress.getAllByName(name)));
            } catch (UnknownHostException | SecurityException e) {
                lookup.completeExceptionally(e);
            } finally {
                running.remove(name, lookup);
            }
        });
        return lookup;
    }
}
