package dev.dewpoint.testing;

import dev.dewpoint.release.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * An image FROM scratch: its configuration, and one layer of files that may all be executed, over layers that others share.
 *
 * @param variant  as in arm64/v8; empty for none
 * @param exposed  ports with their protocol, {@code 8080/tcp}
 * @param settings further members of the configuration's {@code config}, as JSON values by name
 * @param below    shared with other images
 */
public record Image(String os, String architecture, String variant, List<String> exposed, List<String> command, Optional<String> healthcheck, Map<String, String> settings, List<Layer> below, SortedMap<String, byte[]> files) {
    private static final int TAR_BLOCK = 512;

    /** As it is pushed, and the digest of what is in it. */
    public record Layer(byte[] gzipped, String diffId) {}

    /** For linux/amd64, empty. */
    public static Image scratch() {
        return new Image("linux", "amd64", "", List.of(), List.of(), Optional.empty(), Map.of(), List.of(), new TreeMap<>());
    }

    /** {@code linux/amd64} or {@code linux/arm/v7}. */
    public Image platform(String platform) {
        String[] parts = platform.split("/");
        return new Image(parts[0], parts[1], parts.length > 2 ? parts[2] : "", exposed, command, healthcheck, settings, below, files);
    }

    public Image expose(int... ports) {
        List<String> more = new ArrayList<>(exposed);
        for (int port : ports) {
            more.add(port + "/tcp");
        }
        return new Image(os, architecture, variant, List.copyOf(more), command, healthcheck, settings, below, files);
    }

    public Image command(String... words) {
        return new Image(os, architecture, variant, exposed, List.of(words), healthcheck, settings, below, files);
    }

    /** The whole JSON object, e.g. {@code {"Test":["CMD","/app","check"],"Interval":1000000000}}. */
    public Image healthcheck(String json) {
        return new Image(os, architecture, variant, exposed, command, Optional.of(json), settings, below, files);
    }

    /** E.g. {@code set("User", "\"1000:1000\"")} or {@code set("StopSignal", "\"SIGQUIT\"")}. */
    public Image set(String name, String json) {
        Map<String, String> more = new LinkedHashMap<>(settings);
        more.put(name, json);
        return new Image(os, architecture, variant, exposed, command, healthcheck, more, below, files);
    }

    /** Mode 0755; directories above it come by themselves. */
    public Image file(String path, byte[] content) {
        SortedMap<String, byte[]> more = new TreeMap<>(files);
        more.put(path.replaceFirst("^/+", ""), content);
        return new Image(os, architecture, variant, exposed, command, healthcheck, settings, below, more);
    }

    public Image file(String path, String content) {
        return file(path, content.getBytes(StandardCharsets.UTF_8));
    }

    public Image file(String path, Path from) {
        try {
            return file(path, Files.readAllBytes(from));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** These files as a layer for other images, packed once. */
    public Layer layer() {
        byte[] tar = tar();
        return new Layer(gzip(tar, Deflater.BEST_SPEED), digest(tar));
    }

    /** With those layers under its own files. */
    public Image over(Layer... layers) {
        return new Image(os, architecture, variant, exposed, command, healthcheck, settings, List.of(layers), files);
    }

    /** The image's configuration over a layer whose unpacked digest is that. */
    String configuration(String diffId) {
        String diffIds = Stream.concat(below.stream().map(Layer::diffId), Stream.of(diffId)).map(Image::quoted).collect(Collectors.joining(","));
        List<String> config = new ArrayList<>();
        if (!exposed.isEmpty()) {
            config.add("\"ExposedPorts\":{" + String.join(",", exposed.stream().map(port -> quoted(port) + ":{}").toList()) + "}");
        }
        if (!command.isEmpty()) {
            config.add("\"Cmd\":[" + String.join(",", command.stream().map(Image::quoted).toList()) + "]");
        }
        healthcheck.ifPresent(json -> config.add("\"Healthcheck\":" + json));
        settings.forEach((name, json) -> config.add(quoted(name) + ":" + json));
        return "{\"architecture\":" + quoted(architecture) + ",\"os\":" + quoted(os) + (variant.isEmpty() ? "" : ",\"variant\":" + quoted(variant))
                + ",\"config\":{" + String.join(",", config) + "},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[" + diffIds + "]}"
                + ",\"history\":[" + "{\"created\":\"1970-01-01T00:00:00Z\",\"created_by\":\"test\"},".repeat(below.size()) + "{\"created\":\"1970-01-01T00:00:00Z\",\"created_by\":\"test\"}]}";
    }

    byte[] tar() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        List<String> directories = files.keySet().stream().flatMap(Image::parents).distinct().sorted().toList();
        directories.forEach(directory -> out.writeBytes(header(directory + "/", 0, '5')));
        files.forEach((path, content) -> {
            out.writeBytes(header(path, content.length, '0'));
            out.writeBytes(content);
            out.writeBytes(new byte[(TAR_BLOCK - content.length % TAR_BLOCK) % TAR_BLOCK]);
        });
        out.writeBytes(new byte[2 * TAR_BLOCK]);
        return out.toByteArray();
    }

    static byte[] gzip(byte[] bytes) {
        return gzip(bytes, Deflater.DEFAULT_COMPRESSION);
    }

    private static byte[] gzip(byte[] bytes, int level) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Packing gzip = new Packing(out, level)) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static final class Packing extends GZIPOutputStream {
        Packing(OutputStream out, int level) throws IOException {
            super(out, 1 << 16);
            def.setLevel(level);
        }
    }

    private static String digest(byte[] bytes) {
        MessageDigest hasher = Digest.Algorithm.SHA256.hasher();
        hasher.update(bytes);
        return Digest.of(Digest.Algorithm.SHA256, hasher).toString();
    }

    private static Stream<String> parents(String path) {
        return Stream.iterate(path.lastIndexOf('/'), at -> at > 0, at -> path.lastIndexOf('/', at - 1)).map(at -> path.substring(0, at));
    }

    private static byte[] header(String name, int size, char type) {
        byte[] header = new byte[TAR_BLOCK];
        put(header, 0, name);
        put(header, 100, "0000755");
        put(header, 108, "0000000");
        put(header, 116, "0000000");
        put(header, 124, String.format("%011o", size));
        put(header, 136, "00000000000");
        put(header, 148, "        ");
        header[156] = (byte) type;
        put(header, 257, "ustar");
        put(header, 263, "00");
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        put(header, 148, String.format("%06o", sum));
        header[154] = 0;
        return header;
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
