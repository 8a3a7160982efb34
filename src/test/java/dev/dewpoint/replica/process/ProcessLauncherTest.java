package dev.dewpoint.replica.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.host.Limits;
import dev.dewpoint.host.Log;
import dev.dewpoint.host.Time;
import dev.dewpoint.release.Digest;
import dev.dewpoint.replica.Launcher;
import dev.dewpoint.replica.LauncherContract;
import dev.dewpoint.replica.Prepared;
import dev.dewpoint.replica.Replica;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class ProcessLauncherTest extends LauncherContract {
    private static final String MARK = "contract-" + UUID.randomUUID() + "-";

    @TempDir
    Path root;

    private AppLog log;
    private Launcher launcher;
    private Launcher another;

    @BeforeEach
    void unpack() throws IOException {
        for (App app : App.values()) {
            Path run = Files.createDirectories(root.resolve("releases").resolve(release(app))).resolve("run");
            Files.writeString(run, "#!/bin/sh\n" + app.script() + "\n");
            assertThat(run.toFile().setExecutable(true)).isTrue();
        }
        log = AppLog.open(root.resolve("log"), "app", Log.Format.TEXT, Time.system());
        launcher = launcher("one");
        another = launcher("another");
    }

    @Override
    protected void close() {
        log.close();
    }

    private static String release(App app) {
        return "20260115T10304" + app.ordinal() + "Z";
    }

    private ProcessLauncher launcher(String app) {
        ProcessLauncher.Plan plan = new ProcessLauncher.Plan(root, app, List.of("./current/run"), Map.of("PATH", "/usr/bin:/bin"), MARK + app + "-", new Reach.Ports(), Duration.ofMillis(100), Limits.none());
        return new ProcessLauncher(plan, new ReleaseDirectory(root, Time.system()), log, new FreePorts(new SplittableRandom()), Time.system());
    }

    @Override
    protected Launcher launcher() {
        return launcher;
    }

    @Override
    protected Launcher ofAnotherApp() {
        return another;
    }

    @Override
    protected Launcher ofTheNextAgent() throws InterruptedException {
        ProcessLauncher.endOrphans(MARK + "one-", Time.system());
        return launcher("one");
    }

    @Override
    protected Optional<Prepared> here(App app) throws InterruptedException {
        return hereAtAll(app.digest(), release(app));
    }

    @Override
    protected Optional<Prepared> hereAtAll(Digest digest, String release) throws InterruptedException {
        return launcher.here("file:///registry", digest, release);
    }

    @Override
    protected void kill(Replica replica) {
        long pid = Long.parseLong(replica.id().substring(0, replica.id().indexOf('.')));
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
    }
}
