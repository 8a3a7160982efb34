package dev.dewpoint.registry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dewpoint.release.Digest;
import dev.dewpoint.release.Platform;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What a tag or digest leads to. */
sealed interface OciManifest {
    /** An index before an image: of a tag that has both, the index knows which image is ours. */
    String ACCEPTED = "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

    /** Of several platforms. Attestations and what names no platform are left out. */
    record Index(List<Entry> entries) implements OciManifest {
        /** This platform's: of its variants the one that every processor of that name runs. */
        Optional<Entry> forPlatform(Platform platform) {
            List<String> variants = VARIANTS.getOrDefault(platform.arch(), List.of(""));
            return entries.stream().filter(entry -> entry.os().equals(platform.os()) && entry.architecture().equals(platform.arch()) && variants.contains(entry.variant()))
                    .min(Comparator.comparingInt(entry -> variants.indexOf(entry.variant())));
        }
    }

    /** Of one image, whose platform its configuration tells. */
    record Single(Digest configuration) implements OciManifest {}

    /** Something else, such as a chart or a signature. */
    record NoImage(String what) implements OciManifest {}

    record Entry(Digest digest, String os, String architecture, String variant) {
        String text() {
            return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
        }
    }

    Map<String, List<String>> VARIANTS = Map.of("amd64", List.of("", "v1"), "arm64", List.of("", "v8"), "arm", List.of("v7", "", "v6", "v5"));
    Set<String> CONFIGURATIONS = Set.of("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json");
    String ATTESTATION = "vnd.docker.reference.type";

    static OciManifest read(byte[] bytes) throws IOException {
        JsonNode root = OciJson.read(bytes);
        if (root.path("schemaVersion").asInt() == 1) {
            return new NoImage("a manifest of schema 1, which engines no longer run; push it again with a current tool");
        }
        if (root.path("manifests").isArray()) {
            return index(root.path("manifests"));
        }
        String type = root.path("config").path("mediaType").asText("");
        return CONFIGURATIONS.contains(type) ? new Single(digest(root.path("config"))) : new NoImage("no image but " + (type.isEmpty() ? "something without a configuration" : OciApi.shown(type)));
    }

    /** The platform that an image's configuration tells. */
    static Entry configuration(Digest manifest, byte[] bytes) throws IOException {
        return entry(manifest, OciJson.read(bytes));
    }

    private static OciManifest index(JsonNode manifests) throws IOException {
        List<JsonNode> images = manifests.valueStream().filter(node -> !node.path("annotations").has(ATTESTATION)).toList();
        List<Entry> entries = new ArrayList<>();
        for (JsonNode node : images) {
            Entry entry = entry(digest(node), node.path("platform"));
            if (!entry.os().isEmpty() && !entry.os().equals("unknown")) {
                entries.add(entry);
            }
        }
        return new Index(List.copyOf(entries));
    }

    private static Entry entry(Digest digest, JsonNode platform) {
        return new Entry(digest, OciApi.shown(platform.path("os").asText("")), OciApi.shown(platform.path("architecture").asText("")), OciApi.shown(platform.path("variant").asText("")));
    }

    private static Digest digest(JsonNode descriptor) throws IOException {
        return Digest.parse(descriptor.path("digest").asText("")).orElseThrow(() -> new IOException("it names something by no digest that we know"));
    }
}
