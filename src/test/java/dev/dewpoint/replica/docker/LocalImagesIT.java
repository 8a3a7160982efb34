package dev.dewpoint.replica.docker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.contract.RegistryContract;
import dev.dewpoint.host.Time;
import dev.dewpoint.registry.LocalImages;
import dev.dewpoint.registry.Registry;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Platform;
import dev.dewpoint.release.Release;
import dev.dewpoint.release.Tag;
import dev.dewpoint.testing.EngineRelay;
import dev.dewpoint.testing.EngineServer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The tags of a real engine as a registry. */
class LocalImagesIT extends RegistryContract {
    private final String name = "built-" + UUID.randomUUID().toString().substring(0, 8);
    private final EngineServer engine = EngineServer.docker();
    private final EngineRelay relay = EngineRelay.to(engine.socket());
    private final Docker docker = Docker.at(new Endpoint(Endpoint.Kind.DOCKER, relay.address(), Optional.empty(), "test"), Time.system(), Duration.ofSeconds(5));
    private final Registry registry = new LocalImages(name, new LocalImages.Engine() {
        @Override
        public Map<Tag, Digest> tags(String image) {
            Map<Tag, Digest> tags = new HashMap<>();
            uncut(() -> docker.images(image)).forEach(local -> local.tags().forEach(tag -> tags.put(new Tag(tag), local.id())));
            return tags;
        }

        @Override
        public Optional<Platform> platform(Digest id) {
            return uncut(() -> docker.image(ImageName.local(id))).map(Image::platform);
        }
    }, new Platform("linux", "amd64"), Time.system());

    private interface Call<T> {
        T run() throws InterruptedException;
    }

    private static <T> T uncut(Call<T> call) {
        try {
            return call.run();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void begin() throws InterruptedException {
        docker.engine();
    }

    @AfterEach
    void end() {
        relay.forward();
        registry.tags().forEach(candidate -> withdraw(candidate.tag().text()));
        docker.close();
        relay.close();
    }

    @Test
    void theImagesIdIsItsDigestAndNamesThatOnlyBeginAlikeAreOthers() {
        publish("v1.0.0", Map.of(ARTIFACT, "one"));
        String id = engine.load(name + ":v1.1.0", image(Map.of(ARTIFACT, "two")));
        engine.load(name + "-other:v9.0.0", image(Map.of(ARTIFACT, "three")));
        assertThat(tags()).containsExactly("v1.0.0", "v1.1.0");
        Artifact.Image found = (Artifact.Image) newest().artifact();
        assertThat(found.manifest().toString()).isEqualTo(id);
        assertThat(found.reference()).isEqualTo(name + ":v1.1.0");
        engine.ask("DELETE", "/v1.40/images/" + name + "-other:v9.0.0", "");
    }

    private static dev.dewpoint.testing.Image image(Map<String, String> files) {
        dev.dewpoint.testing.Image image = dev.dewpoint.testing.Image.scratch().platform(files.containsKey(ARTIFACT) ? "linux/amd64" : "linux/arm64");
        for (Map.Entry<String, String> file : files.entrySet()) {
            image = image.file(file.getKey(), file.getValue());
        }
        return image;
    }

    @Override
    protected Registry registry() {
        return registry;
    }

    /** Without the artifact it is an image for another platform. */
    @Override
    protected void publish(String tag, Map<String, String> files) {
        engine.load(name + ":" + tag, image(files));
    }

    @Override
    protected void put(String tag, String file, String content) {
        publish(tag, Map.of(file, content));
    }

    @Override
    protected void withdraw(String tag) {
        engine.ask("DELETE", "/v1.40/images/" + name + ":" + tag, "");
    }

    @Override
    protected void damage() {
        relay.react(_ -> new EngineRelay.Reaction.CutBefore());
    }

    @Override
    protected void mend() {
        relay.forward();
    }

    @Override
    protected long cost() {
        return relay.requests().size();
    }

    @Override
    protected String slotted(String version, String slot) {
        return version + "_" + slot;
    }

    @Override
    protected String fileName() {
        return name;
    }

    @Override
    protected void checkArtifact(Release release, String content) {
        assertThat(release.artifact().digest()).isPresent();
    }
}
