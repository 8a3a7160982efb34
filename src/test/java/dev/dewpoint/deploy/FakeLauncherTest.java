package dev.dewpoint.deploy;

import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Platform;
import dev.dewpoint.release.Tag;
import dev.dewpoint.replica.Launcher;
import dev.dewpoint.replica.LauncherContract;
import dev.dewpoint.replica.Prepared;
import dev.dewpoint.replica.Replica;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;

/** The double keeps the promises that tests of everything above it rely on. */
class FakeLauncherTest extends LauncherContract {
    private final FakeLauncher fake = new FakeLauncher();
    private final FakeLauncher another = new FakeLauncher();

    @BeforeEach
    void fetch() {
        fake.crashing(App.FAILS.digest());
        fake.stubborn(App.IGNORES_THE_REQUEST_TO_END.digest());
        for (App app : App.values()) {
            fake.fetch(new Artifact.Image("registry.test/app", new Tag("v1.0.0"), app.digest(), Platform.of("Linux", "amd64"), app.name()), (_, _) -> {});
        }
    }

    @Override
    protected void close() {
        List.of(fake, another).forEach(FakeLauncher::close);
    }

    @Override
    protected Launcher launcher() {
        return fake;
    }

    @Override
    protected Launcher ofAnotherApp() {
        return another;
    }

    /** Its engine outlives agents. */
    @Override
    protected Launcher ofTheNextAgent() {
        return fake;
    }

    @Override
    protected Optional<Prepared> here(App app) {
        return hereAtAll(app.digest(), "");
    }

    @Override
    protected Optional<Prepared> hereAtAll(Digest digest, String release) {
        return fake.here("img://registry.test/app", digest, release);
    }

    @Override
    protected void kill(Replica replica) {
        fake.die(replica, true);
    }
}
