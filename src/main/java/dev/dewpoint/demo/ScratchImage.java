package dev.dewpoint.demo;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;

/**
 * An image FROM scratch, made in memory: one layer of files that may all be executed, its configuration, its manifest.
 * Blobs are known by their digest.
 */
record ScratchImage(byte[] manifest, Map<String, byte[]> blobs) {
    static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";

    /** {@code config}: the members of the configuration's {@code config}, as JSON. */
    static ScratchImage of(String architecture, String config, Map<String, byte[]> files) {
        byte[] layer = Tar.of(files);
        byte[] configuration = ("{\"architecture\":\"" + architecture + "\",\"os\":\"linux\",\"config\":{" + config + "},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" + digest(layer) + "\"]}}").getBytes(StandardCharsets.UTF_8);
        String manifest = "{\"schemaVersion\":2,\"mediaType\":\"" + MANIFEST + "\",\"config\":" + descriptor("application/vnd.oci.image.config.v1+json", configuration)
                + ",\"layers\":[" + descriptor("application/vnd.oci.image.layer.v1.tar", layer) + "]}";
        return new ScratchImage(manifest.getBytes(StandardCharsets.UTF_8), Map.of(digest(layer), layer, digest(configuration), configuration));
    }

    String digest() {
        return digest(manifest);
    }

    private static String descriptor(String mediaType, byte[] bytes) {
        return "{\"mediaType\":\"" + mediaType + "\",\"size\":" + bytes.length + ",\"digest\":\"" + digest(bytes) + "\"}";
    }

    private static String digest(byte[] bytes) {
        try {
            return "sha256:" + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
