package dev.dewpoint.replica.docker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.testing.EngineServer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class DockerEngineIT extends EngineContract {
    @Override
    EngineServer engine() {
        return EngineServer.docker();
    }

    @Override
    Endpoint.Kind kind() {
        return Endpoint.Kind.DOCKER;
    }

    @Test
    void saysWhatItIs() throws Exception {
        assertThat(docker.engine().platform().os()).isEqualTo("linux");
        assertThat(docker.engine().version()).isNotBlank();
        assertThat(docker.engine().apiVersion()).matches("1\\.\\d+");
    }

    @Test
    void theImagesOwnCheckIsSeen() throws Exception {
        Image image = loaded(Apps.web("x").healthcheck("{\"Test\":[\"CMD\",\"/bin/busybox\",\"wget\",\"-qO-\",\"http://127.0.0.1:8080/\"],\"Interval\":300000000,\"Retries\":2}"));
        assertThat(image.hasHealthcheck()).isTrue();
        assertThat(image.healthcheck()).startsWith("CMD", "/bin/busybox");
        Owned handle = docker.start(creation(image, RunOptions.none(), 8080));
        Apps.eventually(() -> docker.look(handle).orElseThrow().health() == Container.Health.HEALTHY ? true : null);
        docker.remove(handle);
        Image shelled = loaded(Apps.web("x").file("bin/sh", Path.of("/bin/busybox")));
        Owned sick = docker.start(creation(shelled, Apps.options("--health-cmd", "exit 1", "--health-interval=200ms", "--health-retries=1"), 8080));
        Apps.eventually(() -> docker.look(sick).orElseThrow().health() == Container.Health.UNHEALTHY ? true : null);
        docker.remove(sick);
        Owned unchecked = docker.start(creation(image, Apps.options("--no-healthcheck"), 8080));
        assertThat(docker.look(unchecked).orElseThrow().health()).isEqualTo(Container.Health.NONE);
    }

    @Test
    void whatUsesTooMuchMemoryIsKilled() throws Exception {
        Owned handle = docker.start(creation(loaded(Apps.shell("x=$(/bin/busybox dd if=/dev/zero bs=1M count=64 | /bin/busybox tr '\\0' x); echo ${#x}")), Apps.options("--memory=8m", "--memory-swap=8m")));
        Container ended = ended(handle);
        // whether the engine has heard of the kernel's reason by then is chance, so outOfMemory() is a hint
        assertThat(ended.exitCode()).isEqualTo(137);
    }

    @Test
    void initIsThePidOneThatReaps() throws Exception {
        Owned handle = docker.start(creation(loaded(Apps.web("x")), Apps.options("--init")));
        assertThat(docker.run(handle, List.of("/bin/busybox", "cat", "/proc/1/cmdline"), EngineContract.SILENCE).output()).contains("init");
    }
}
