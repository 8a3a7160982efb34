package dev.dewpoint.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The parts of the demo with containers that need no engine. */
class TinyRegistryTest {
    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Test
    void whatIsPublishedIsFoundByTagAndByDigest() throws Exception {
        ScratchImage image = ScratchImage.of("amd64", "\"Cmd\":[\"/app\"]", Map.of("app", "program".getBytes(StandardCharsets.UTF_8)));
        try (TinyRegistry registry = TinyRegistry.open(); HttpClient client = http) {
            registry.publish("v1.0.0", image);
            registry.publish("v1.1.0", image);
            String base = "http://" + registry.repository().replace("/site", "/v2/site");
            assertThat(send(client, "GET", base.replace("/site", "/")).statusCode()).isEqualTo(200);
            assertThat(text(send(client, "GET", base + "/tags/list"))).isEqualTo("{\"name\":\"site\",\"tags\":[\"v1.0.0\",\"v1.1.0\"]}");
            HttpResponse<byte[]> head = send(client, "HEAD", base + "/manifests/v1.1.0");
            assertThat(head.headers().firstValue("docker-content-digest")).contains(image.digest());
            assertThat(head.headers().firstValueAsLong("content-length")).hasValue(image.manifest().length);
            assertThat(head.body()).isEmpty();
            HttpResponse<byte[]> manifest = send(client, "GET", base + "/manifests/" + image.digest());
            assertThat(manifest.body()).isEqualTo(image.manifest());
            assertThat(manifest.headers().firstValue("content-type")).contains(ScratchImage.MANIFEST);
            for (Map.Entry<String, byte[]> blob : image.blobs().entrySet()) {
                assertThat(send(client, "GET", base + "/blobs/" + blob.getKey()).body()).isEqualTo(blob.getValue());
                assertThat(new String(image.manifest(), StandardCharsets.UTF_8)).contains(blob.getKey()).contains("\"size\":" + blob.getValue().length);
            }
            assertThat(send(client, "GET", base + "/manifests/v2.0.0").statusCode()).isEqualTo(404);
            assertThat(send(client, "PUT", base + "/manifests/v1.0.0").statusCode()).isEqualTo(405);
        }
    }

    @Test
    void onlyAProgramWithoutLibrariesIsTaken() {
        assertThat(StaticProgram.read(program(62, 1))).hasValueSatisfying(program -> assertThat(program.architecture()).isEqualTo("amd64"));
        assertThat(StaticProgram.read(program(183, 1))).hasValueSatisfying(program -> assertThat(program.architecture()).isEqualTo("arm64"));
        assertThat(StaticProgram.read(program(62, 3))).as("it names a loader").isEmpty();
        assertThat(StaticProgram.read(program(8, 1))).as("MIPS").isEmpty();
        assertThat(StaticProgram.read("#!/bin/sh\n".repeat(20).getBytes(StandardCharsets.UTF_8))).isEmpty();
        assertThat(StaticProgram.read(new byte[0])).isEmpty();
    }

    /** The head of an ELF file for that machine, with one program header of that kind. */
    private static byte[] program(int machine, int kind) {
        ByteBuffer elf = ByteBuffer.allocate(120).order(ByteOrder.LITTLE_ENDIAN).put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1});
        elf.putShort(18, (short) machine).putLong(32, 64).putShort(54, (short) 56).putShort(56, (short) 1).putInt(64, kind);
        return elf.array();
    }

    private static HttpResponse<byte[]> send(HttpClient client, String method, String address) throws Exception {
        return client.send(HttpRequest.newBuilder(URI.create(address)).method(method, HttpRequest.BodyPublishers.noBody()).build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }
}
