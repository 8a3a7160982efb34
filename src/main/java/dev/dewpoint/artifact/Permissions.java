package dev.dewpoint.artifact;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** Modes as sets, made once each; a mode given at creation saves a call a file, unless the umask takes bits away. */
final class Permissions {
    /** PosixFilePermission's order is the order of the bits, from 0400 to 0001. */
    private static final PosixFilePermission[] BITS = PosixFilePermission.values();
    private static final int ALL = 0777;

    private final FileAttribute<?>[] attributes = new FileAttribute<?>[ALL + 1];
    private final int umask;

    private Permissions(int umask) {
        this.umask = umask;
    }

    /** There is no call that only reads the umask: a file made for a moment shows it. */
    static Permissions probedIn(Path directory) throws IOException {
        Path probe = Files.createFile(directory.resolve(".umask"), PosixFilePermissions.asFileAttribute(set(ALL)));
        int left = mode(Files.getPosixFilePermissions(probe));
        Files.delete(probe);
        return new Permissions(ALL & ~left);
    }

    FileAttribute<?> atCreation(int mode) {
        if (attributes[mode] == null) {
            attributes[mode] = PosixFilePermissions.asFileAttribute(set(mode));
        }
        return attributes[mode];
    }

    boolean masked(int mode) {
        return (mode & umask) != 0;
    }

    static void apply(Path path, int mode) throws IOException {
        Files.setPosixFilePermissions(path, set(mode));
    }

    private static Set<PosixFilePermission> set(int mode) {
        Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
        for (int i = 0; i < BITS.length; i++) {
            if ((mode & (0400 >> i)) != 0) {
                set.add(BITS[i]);
            }
        }
        return set;
    }

    private static int mode(Set<PosixFilePermission> set) {
        int mode = 0;
        for (PosixFilePermission permission : set) {
            mode |= 0400 >> permission.ordinal();
        }
        return mode;
    }
}
