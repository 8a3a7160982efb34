package dev.dewpoint.artifact;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/** Random trees, and pictures of trees that can be compared. */
final class Trees {
    private static final int[] FILE_MODES = {0644, 0755, 0600, 0664, 0777, 0444, 0555, 0640};
    private static final int[] DIRECTORY_MODES = {0755, 0700, 0775, 0777, 0555, 0750};

    private Trees() {}

    /** Files of all sizes, deep and long names, links up, down and to nothing, hard links, directories that can't be written. */
    static void grow(Path root, RandomGenerator random) throws IOException {
        List<Path> directories = new ArrayList<>(List.of(root));
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            Path parent = directories.get(random.nextInt(directories.size()));
            Path child = parent.resolve(name(random, i));
            switch (random.nextInt(8)) {
                case 0, 1 -> directories.add(Files.createDirectory(child));
                case 2 -> Files.createSymbolicLink(child, child.getParent().relativize(directories.get(random.nextInt(directories.size())).resolve("x" + i)));
                case 3 -> {
                    if (!files.isEmpty()) {
                        Files.createLink(child, files.get(random.nextInt(files.size())));
                    }
                }
                default -> files.add(file(child, random));
            }
        }
        for (Path directory : directories.reversed()) {
            if (!directory.equals(root)) {
                Permissions.apply(directory, DIRECTORY_MODES[random.nextInt(DIRECTORY_MODES.length)]);
            }
        }
    }

    private static String name(RandomGenerator random, int i) {
        return switch (random.nextInt(6)) {
            case 0 -> "n".repeat(random.nextInt(80, 200)) + i;
            case 1 -> "\u00fc\u4e2d " + i;
            case 2 -> "." + i;
            case 3 -> "-rf" + i;
            default -> "f" + i;
        };
    }

    private static Path file(Path path, RandomGenerator random) throws IOException {
        byte[] content = new byte[random.nextInt(4) == 0 ? random.nextInt(150_000) : random.nextInt(1200)];
        if (random.nextBoolean()) {
            random.nextBytes(content);
        }
        Files.write(path, content);
        Files.setLastModifiedTime(path, FileTime.fromMillis(1000L * random.nextInt(1_000_000_000, 1_800_000_000)));
        Permissions.apply(path, FILE_MODES[random.nextInt(FILE_MODES.length)]);
        return path;
    }

    /** Path to kind, mode, content or target, and with what it shares its inode. */
    static Map<String, String> picture(Path root, boolean withHardLinks) throws IOException {
        Map<String, String> picture = new TreeMap<>();
        Map<Object, String> inodes = new TreeMap<>();
        try (var all = Files.walk(root)) {
            all.sorted().filter(path -> !path.equals(root)).forEach(path -> picture.put(root.relativize(path).toString(), line(root, path, withHardLinks ? inodes : null)));
        }
        return picture;
    }

    private static String line(Path root, Path path, Map<Object, String> inodes) {
        try {
            if (Files.isSymbolicLink(path)) {
                return "link " + Files.readSymbolicLink(path);
            }
            String mode = Integer.toOctalString((int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS));
            if (Files.isDirectory(path)) {
                return mode;
            }
            String first = inodes == null ? "" : inodes.computeIfAbsent(Files.getAttribute(path, "unix:ino"), inode -> root.relativize(path).toString());
            return mode + " " + ArchiveCase.digestOf(Files.readAllBytes(path)) + " " + Files.getLastModifiedTime(path).toMillis() / 1000 + " " + first;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
