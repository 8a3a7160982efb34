package dev.dewpoint.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dewpoint.contract.RegistryContract;
import dev.dewpoint.failure.Failure;
import dev.dewpoint.registry.Registry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FakeRegistryTest extends RegistryContract {
    @TempDir
    private Path files;

    private final FakeRegistry fake = new FakeRegistry();

    @Test
    void whatIsStillBeingWrittenSaysWhenToLookAgain() {
        fake.writing("v1.0.0", Instant.EPOCH, Duration.ofSeconds(2));
        assertThat(notYet("v1.0.0").settlesIn()).contains(Duration.ofSeconds(2));
    }

    @Test
    void aLimitKeepsItsPatience() {
        fake.failWith(Failure.limited("list", "it is too much", Duration.ofSeconds(7)));
        assertThatThrownBy(fake::tags).isInstanceOfSatisfying(Failure.class, failure -> assertThat(failure.patience()).contains(Duration.ofSeconds(7)));
    }

    @Override
    protected Registry registry() {
        return fake;
    }

    @Override
    protected void publish(String tag, Map<String, String> content) {
        fake.announce(tag, Instant.EPOCH);
        content.forEach((name, text) -> put(tag, name, text));
    }

    @Override
    protected void put(String tag, String file, String content) {
        if (file.equals(ARTIFACT)) {
            try {
                fake.publish(tag, Files.writeString(Files.createDirectories(files.resolve(tag)).resolve(file), content), Optional.empty());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    protected void withdraw(String tag) {
        fake.withdraw(tag);
    }

    @Override
    protected void damage() {
        fake.failWith(new Failure(Failure.Kind.UNREACHABLE, "list the releases", "nobody answers"));
    }

    @Override
    protected void mend() {
        fake.recover();
    }

    @Override
    protected long cost() {
        return fake.polls();
    }
}
