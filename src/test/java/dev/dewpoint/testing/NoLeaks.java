package dev.dewpoint.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Around every test class: no child process, no thread that would keep the JVM alive, no uncaught exception is left. */
public final class NoLeaks implements BeforeAllCallback, AfterAllCallback {
    private static final ExtensionContext.Namespace SPACE = ExtensionContext.Namespace.create(NoLeaks.class);
    private static final ConcurrentLinkedQueue<String> UNCAUGHT = new ConcurrentLinkedQueue<>();

    private record Before(Set<Long> processes, Set<Thread> threads) {}

    @Override
    public void beforeAll(ExtensionContext context) {
        if (isNested(context)) {
            return;
        }
        Thread.setDefaultUncaughtExceptionHandler((thread, e) -> UNCAUGHT.add(thread.getName() + ": " + e));
        context.getStore(SPACE).put("before", new Before(processes(), threads()));
    }

    @Override
    public void afterAll(ExtensionContext context) throws InterruptedException {
        if (isNested(context)) {
            return;
        }
        Before before = context.getStore(SPACE).get("before", Before.class);
        List<String> leaks = leaks(before);
        long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        while (!leaks.isEmpty() && System.nanoTime() < deadline) {
            Thread.sleep(20); // nothing announces the end of a foreign thread or process; bounded by the deadline
            leaks = leaks(before);
        }
        leaks.addAll(UNCAUGHT);
        UNCAUGHT.clear();
        if (!leaks.isEmpty()) {
            throw new AssertionError(context.getDisplayName() + " leaves behind: " + leaks);
        }
    }

    private static boolean isNested(ExtensionContext context) {
        return context.getTestClass().map(type -> type.getEnclosingClass() != null).orElse(true);
    }

    private static List<String> leaks(Before before) {
        List<String> leaks = new ArrayList<>();
        ProcessHandle.current().descendants().filter(p -> !before.processes().contains(p.pid())).forEach(p -> leaks.add("process " + p.pid() + " " + p.info().commandLine().orElse("?")));
        threads().stream().filter(t -> !before.threads().contains(t)).forEach(t -> leaks.add("thread " + t.getName()));
        return leaks;
    }

    private static Set<Long> processes() {
        return ProcessHandle.current().descendants().map(ProcessHandle::pid).collect(Collectors.toSet());
    }

    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream().filter(t -> !t.isDaemon() && t.isAlive() && !t.getName().startsWith("junit-")).collect(Collectors.toSet());
    }
}
