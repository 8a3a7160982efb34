package dev.dewpoint.deploy;

import dev.dewpoint.hook.DeployHooks;
import dev.dewpoint.hook.Hook;
import dev.dewpoint.hook.HookContext;
import dev.dewpoint.hook.HookResult;
import dev.dewpoint.hook.Hooks;
import dev.dewpoint.host.Time;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Tag;
import java.nio.file.Path;
import java.util.Optional;

/** The hooks of attempts. Each answers why it failed, if it did; its result is told in any case. */
final class AttemptHooks {
    private final DeployHooks given;
    private final Hooks hooks;
    private final Path root;
    private final Observer observer;
    private final Time time;

    AttemptHooks(DeployHooks given, Hooks hooks, Path root, Observer observer, Time time) {
        this.given = given;
        this.hooks = hooks;
        this.root = root;
        this.observer = observer;
        this.time = time;
    }

    Optional<String> before(Deployment deployment, String file, Digest digest) {
        return given.before().flatMap(hook -> run(hook, deployment, deployment.to(), deployment.from(), digest, file, Optional.empty(), ""));
    }

    /** {@code outcome}: empty while the attempt may still fail. */
    Optional<String> after(Deployment deployment, Served served, Optional<Path> directory, String outcome) {
        return given.after().flatMap(hook -> run(hook, deployment, deployment.to(), deployment.from(), served.digest(), served.file(), directory, outcome));
    }

    /** {@code again}: what serves in the place of {@code failed}. */
    Optional<String> rolledBack(Deployment deployment, Served failed, Optional<Path> directory, Tag again, String outcome) {
        return given.rolledBack().flatMap(hook -> run(hook, deployment, failed.tag(), Optional.of(again), failed.digest(), failed.file(), directory, outcome));
    }

    private Optional<String> run(Hook hook, Deployment deployment, Tag version, Optional<Tag> previous, Digest digest, String file, Optional<Path> directory, String outcome) {
        HookContext context = new HookContext(deployment.app(), version.text(), previous.map(Tag::text), version.text(), Optional.of(digest), file, directory, root, outcome);
        try {
            HookResult result = hooks.run(hook, context);
            observer.saw(new Event.HookEnded(deployment, time.now(), result));
            return result.problem();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("cut off by the end of the agent");
        }
    }
}
