package dev.dewpoint.demo;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A program that needs no other file, so that it runs in an image of its own: a busybox that is on this host. */
record StaticProgram(byte[] bytes, String architecture) {
    private static final List<Path> PLACES = List.of(Path.of("/bin/busybox"), Path.of("/usr/bin/busybox"), Path.of("/usr/local/bin/busybox"), Path.of("/bin/busybox.static"));
    private static final byte[] ELF_64_LITTLE = {0x7f, 'E', 'L', 'F', 2, 1};
    private static final Map<Integer, String> ARCHITECTURES = Map.of(62, "amd64", 183, "arm64");
    private static final int NEEDS_A_LOADER = 3;

    static Optional<StaticProgram> find() throws IOException {
        for (Path place : PLACES) {
            if (Files.isExecutable(place)) {
                Optional<StaticProgram> program = read(Files.readAllBytes(place));
                if (program.isPresent()) {
                    return program;
                }
            }
        }
        return Optional.empty();
    }

    /** Empty if it is no program of a kind that we know, or one that has libraries. */
    static Optional<StaticProgram> read(byte[] bytes) {
        if (bytes.length < 64 || !ByteBuffer.wrap(bytes, 0, ELF_64_LITTLE.length).equals(ByteBuffer.wrap(ELF_64_LITTLE))) {
            return Optional.empty();
        }
        ByteBuffer elf = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int headers = (int) elf.getLong(32);
        int size = elf.getShort(54);
        for (int i = 0; i < elf.getShort(56); i++) {
            if (elf.getInt(headers + i * size) == NEEDS_A_LOADER) {
                return Optional.empty();
            }
        }
        return Optional.ofNullable(ARCHITECTURES.get((int) elf.getShort(18))).map(architecture -> new StaticProgram(bytes, architecture));
    }
}
