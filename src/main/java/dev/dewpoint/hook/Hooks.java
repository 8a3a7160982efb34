package dev.dewpoint.hook;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.ChildEnvironment;
import dev.dewpoint.host.Commands;
import dev.dewpoint.release.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;

/** Runs hooks in an app's root, each within its time, and leaves nothing of them running. */
public final class Hooks {
    private final Commands commands;
    private final ChildEnvironment environment;
    private final Duration limit;

    public Hooks(Commands commands, ChildEnvironment environment, Duration limit) {
        this.commands = commands;
        this.environment = environment;
        this.limit = limit;
    }

    public HookResult run(Hook hook, HookContext context) throws InterruptedException {
        try {
            Commands.Ended ended = commands.run(hook.command(), environment.with(context.variables(hook.kind())), context.root(), limit, mark(context.root()));
            return result(hook, ended);
        } catch (IOException e) {
            return new HookResult.NotStarted(hook, e.getMessage());
        }
    }

    /** Ends what the hooks of an agent that was killed left running for this root; how many there were. */
    public int endLeftovers(Path root) throws InterruptedException {
        try {
            return commands.endMarked(Commands.MARK, mark(root));
        } catch (IOException e) {
            throw new Failure(Failure.Kind.EXHAUSTED, "find what earlier hooks left running in " + root, e.getMessage(), e);
        }
    }

    private HookResult result(Hook hook, Commands.Ended ended) {
        HookOutput output = new HookOutput(ended.stdout(), ended.stderr(), ended.leftovers());
        if (ended.timedOut()) {
            return new HookResult.TimedOut(hook, limit, ended.took(), output);
        }
        return ended.status().isSuccess() ? new HookResult.Succeeded(hook, ended.took(), output) : new HookResult.Failed(hook, ended.status(), ended.took(), output);
    }

    /** One root's mark is never the beginning of another's. */
    private static String mark(Path root) throws IOException {
        MessageDigest hasher = Digest.Algorithm.SHA256.hasher();
        hasher.update(root.toRealPath().toString().getBytes(StandardCharsets.UTF_8));
        return "hook-" + Digest.of(Digest.Algorithm.SHA256, hasher).hex() + "-";
    }
}
