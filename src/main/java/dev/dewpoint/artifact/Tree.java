package dev.dewpoint.artifact;

import dev.dewpoint.failure.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The directory being filled. It was empty and is ours alone, so the file system itself remembers what was made; in
 * memory are only the links, which come last, and directories whose final mode would lock us out.
 */
final class Tree {
    private static final Set<OpenOption> NEW_FILE = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    private static final int PERMISSION_BITS = 0777;
    private static final int OWNER_ALL = 0700;
    private static final int IMPLIED_DIRECTORY = 0755;

    private record Locked(String path, int mode) {}

    private final Path root;
    private final Budget budget;
    private final HostTrouble trouble;
    private final Permissions permissions;
    private final Links links;
    private final List<Locked> locked = new ArrayList<>();
    /** The directory of the last entry, known to be a real one with all above it: most entries follow a sibling. */
    private String known = "";
    private long bytes;
    private int entries;

    Tree(Path root, Budget budget, HostTrouble trouble) {
        this.root = root;
        this.budget = budget;
        this.trouble = trouble;
        this.links = new Links(budget.memoryForLinks());
        try {
            try (var children = Files.newDirectoryStream(root)) {
                if (children.iterator().hasNext()) {
                    throw new IllegalArgumentException("not empty: " + root);
                }
            }
            this.permissions = Permissions.probedIn(root);
        } catch (IOException e) {
            throw trouble.with("the directory " + root + " can't be used", e);
        }
    }

    void directory(String path, int mode) throws Rejected {
        if (path.isEmpty()) {
            return;
        }
        int wanted = mode & PERMISSION_BITS;
        if (!enter(path, wanted | OWNER_ALL)) {
            chmod(path, wanted | OWNER_ALL);
        }
        if ((wanted & OWNER_ALL) != OWNER_ALL) {
            links.charge(path.length());
            locked.add(new Locked(path, wanted));
        }
    }

    OpenFile file(String path, int mode, long size) throws Rejected {
        if (size > budget.bytes() - bytes) {
            throw new Rejected(Rejection.TOO_LARGE, Names.shown(path) + " would bring it above " + budget.bytes() + " bytes");
        }
        prepare(path);
        Path file = resolve(path);
        int wanted = mode & PERMISSION_BITS;
        try {
            FileChannel channel = FileChannel.open(file, NEW_FILE, permissions.atCreation(wanted));
            OpenFile open = new OpenFile(file, channel);
            if (permissions.masked(wanted)) {
                open.apply(wanted);
            }
            return open;
        } catch (FileAlreadyExistsException e) {
            throw duplicate(path, e);
        } catch (IOException e) {
            throw cannotWrite(path, e);
        }
    }

    void symlink(String path, byte[] rawTarget) throws Rejected {
        String target = Names.text(rawTarget, Math.min(budget.pathBytes(), 4095), "link target");
        if (target.isEmpty()) {
            throw new Rejected(Rejection.BAD_NAME, "the link " + Names.shown(path) + " points to nothing");
        }
        prepare(path);
        if (attributes(path) != null) {
            throw duplicate(path, null);
        }
        links.add(path, target);
    }

    void hardlink(String path, byte[] rawTarget) throws Rejected {
        String target;
        try {
            target = Names.path(rawTarget, budget);
        } catch (Rejected e) {
            Rejection code = e.rejection() == Rejection.ESCAPES_ROOT || e.rejection() == Rejection.ABSOLUTE_PATH ? Rejection.LINK_ESCAPES : e.rejection();
            throw new Rejected(code, "the hard link " + Names.shown(path) + " points to " + e.getMessage(), e);
        }
        prepare(path);
        if (!isFile(target)) {
            throw new Rejected(Rejection.LINK_TARGET, "the hard link " + Names.shown(path) + " points to " + Names.shown(target) + ", which is no file unpacked before it");
        }
        try {
            Files.createLink(resolve(path), resolve(target));
        } catch (FileAlreadyExistsException e) {
            throw duplicate(path, e);
        } catch (IOException e) {
            throw cannotWrite(path, e);
        }
    }

    /** Links and the modes that would have been in the way. */
    Unpacked finish() throws Rejected {
        if (entries == 0) {
            throw new Rejected(Rejection.EMPTY, "it holds nothing");
        }
        links.requireInside();
        for (Map.Entry<String, String> link : links.all().entrySet()) {
            try {
                Files.createSymbolicLink(resolve(link.getKey()), pathOf(link.getValue()));
            } catch (FileAlreadyExistsException e) {
                throw duplicate(link.getKey(), e);
            } catch (IOException e) {
                throw cannotWrite(link.getKey(), e);
            }
        }
        locked.sort(Comparator.comparingInt((Locked directory) -> directory.path().length()).reversed());
        locked.forEach(directory -> chmod(directory.path(), directory.mode()));
        return new Unpacked(bytes, entries);
    }

    private void prepare(String path) throws Rejected {
        if (path.isEmpty()) {
            throw new Rejected(Rejection.BAD_NAME, "the root itself would be something else than a directory");
        }
        int slash = path.lastIndexOf('/');
        String parent = slash < 0 ? "" : path.substring(0, slash);
        if (!parent.isEmpty() && !parent.equals(known)) {
            enter(parent, IMPLIED_DIRECTORY);
        }
        if (links.has(path)) {
            throw duplicate(path, null);
        }
        count();
    }

    /** Makes the directory and those above it, where they don't exist. True if the last one is new. */
    private boolean enter(String path, int mode) throws Rejected {
        boolean made = false;
        for (int end = path.indexOf('/'); ; end = path.indexOf('/', end + 1)) {
            boolean last = end < 0;
            String step = last ? path : path.substring(0, end);
            if (!isKnown(step)) {
                made = make(step, last ? mode : IMPLIED_DIRECTORY);
            }
            if (last) {
                known = path;
                return made;
            }
        }
    }

    private boolean isKnown(String directory) {
        return known.startsWith(directory) && (known.length() == directory.length() || known.charAt(directory.length()) == '/');
    }

    private boolean make(String path, int mode) throws Rejected {
        if (links.has(path)) {
            throw new Rejected(Rejection.THROUGH_LINK, Names.shown(path) + " is a symlink and also a directory");
        }
        try {
            Files.createDirectory(resolve(path), permissions.atCreation(mode));
            if (permissions.masked(mode)) {
                chmod(path, mode);
            }
        } catch (FileAlreadyExistsException e) {
            BasicFileAttributes existing = attributes(path);
            if (existing == null || !existing.isDirectory()) {
                throw duplicate(path, e);
            }
            return false;
        } catch (IOException e) {
            throw cannotWrite(path, e);
        }
        count();
        return true;
    }

    private void count() throws Rejected {
        if (++entries > budget.entries()) {
            throw new Rejected(Rejection.TOO_MANY_ENTRIES, "more than " + budget.entries());
        }
    }

    private void chmod(String path, int mode) {
        try {
            Permissions.apply(resolve(path), mode);
        } catch (IOException e) {
            throw cannotWrite(path, e);
        }
    }

    /** Null where nothing stands. */
    private BasicFileAttributes attributes(String path) {
        try {
            return Files.readAttributes(resolve(path), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw cannotWrite(path, e);
        }
    }

    /** Asks step by step, so that a file on the way is no error of the host's. */
    private boolean isFile(String path) {
        for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
            String above = path.substring(0, slash);
            BasicFileAttributes directory = attributes(above);
            if (directory == null || !directory.isDirectory()) {
                return false;
            }
        }
        BasicFileAttributes file = attributes(path);
        return file != null && file.isRegularFile();
    }

    private Path resolve(String path) {
        return root.resolve(pathOf(path));
    }

    private Path pathOf(String path) {
        try {
            return Path.of(path);
        } catch (InvalidPathException e) {
            throw trouble.unwritableName(Names.shown(path), e);
        }
    }

    private Failure cannotWrite(String path, IOException e) {
        return trouble.with("the file " + Names.shown(path) + " can't be written", e);
    }

    private static Rejected duplicate(String path, Throwable cause) {
        return new Rejected(Rejection.DUPLICATE, Names.shown(path) + " is there twice", cause);
    }

    /** A new file under its own name. Close ends it also when it is not complete. */
    final class OpenFile implements AutoCloseable {
        private final Path path;
        private final FileChannel channel;

        private OpenFile(Path path, FileChannel channel) {
            this.path = path;
            this.channel = channel;
        }

        void write(byte[] from, int offset, int length) {
            ByteBuffer left = ByteBuffer.wrap(from, offset, length);
            try {
                while (left.hasRemaining()) {
                    channel.write(left);
                }
            } catch (IOException e) {
                throw cannotWrite(root.relativize(path).toString(), e);
            }
            bytes += length;
        }

        /** Web servers make their validators of it, so several hosts should agree on it. */
        void complete(FileTime modified) {
            close();
            if (modified == null) {
                return;
            }
            try {
                Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS).setTimes(modified, null, null);
            } catch (IOException e) {
                // a time that can't be kept, as on a file that its owner can't open, is no reason to stop
            }
        }

        private void apply(int mode) {
            try {
                Permissions.apply(path, mode);
            } catch (IOException e) {
                close();
                throw cannotWrite(root.relativize(path).toString(), e);
            }
        }

        @Override
        public void close() {
            try {
                channel.close();
            } catch (IOException e) {
                throw cannotWrite(root.relativize(path).toString(), e);
            }
        }
    }
}
