package dev.dewpoint.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A scene for each test, and nothing that runs after it. */
@Timeout(180)
abstract class WithServerScene {
    @TempDir
    Path folder;

    ServerScene scene;

    @BeforeEach
    final void open() throws IOException {
        scene = new ServerScene(folder);
    }

    @AfterEach
    final void nothingIsLeft() {
        List<ProcessHandle> left = scene.left();
        left.forEach(ProcessHandle::destroyForcibly);
        assertThat(left.stream().map(one -> one.info().commandLine().orElse("?")).toList()).as("still running").isEmpty();
    }
}
