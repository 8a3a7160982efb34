package dev.dewpoint.demo;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * An image FROM scratch, made in memory: one layer of files that may all be executed, its configuration, its manifest.
 * Blobs are known by their digest.
 */
record ScratchImage(byte[] manifest, Map<String, byte[]> blobs) {
    static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    private static final int BLOCK = 512;

    /** {@code config}: the members of the configuration's {@code config}, as JSON. */
    static ScratchImage of(String architecture, String config, Map<String, byte[]> files) {
        byte[] layer = tar(new TreeMap<>(files));
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

    private static byte[] tar(TreeMap<String, byte[]> files) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        files.forEach((path, content) -> {
            out.writeBytes(header(path, content.length));
            out.writeBytes(content);
            out.writeBytes(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
        });
        out.writeBytes(new byte[2 * BLOCK]);
        return out.toByteArray();
    }

    private static byte[] header(String name, int size) {
        byte[] header = new byte[BLOCK];
        put(header, 0, name);
        put(header, 100, "0000755");
        put(header, 108, "0000000");
        put(header, 116, "0000000");
        put(header, 124, "%011o".formatted(size));
        put(header, 136, "00000000000");
        put(header, 148, "        ");
        header[156] = '0';
        put(header, 257, "ustar");
        put(header, 263, "00");
        int sum = 0;
        for (byte one : header) {
            sum += one & 0xff;
        }
        put(header, 148, "%06o".formatted(sum));
        header[154] = 0;
        return header;
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }
}
