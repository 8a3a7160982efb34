package dev.dewpoint.artifact;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.release.Digest;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Fills an empty directory from an artifact, or refuses the artifact as a whole: then the directory is to be removed.
 * Bytes that aren't those of the digest count as nothing else, whatever is wrong with them besides.
 */
public final class Unpack {
    private static final int EXECUTABLE = 0755;

    private final Budget budget;

    public Unpack(Budget budget) {
        this.budget = budget;
    }

    /** The directory exists, is empty, and only we write to it. Nothing is flushed to disk here. */
    public Unpacked unpack(Path file, String name, Digest digest, Path into) {
        String tried = "unpack " + Names.shown(name);
        HostTrouble trouble = new HostTrouble(tried);
        Budget budget = this.budget.below(into);
        try (Source source = new Source(file, digest.algorithm(), trouble)) {
            Rejected rejected;
            try {
                return unpack(file, Form.of(name), source, digest, new Tree(into, budget, trouble), budget, trouble);
            } catch (Rejected e) {
                rejected = e;
            }
            Digest found = source.digest();
            if (!found.equals(digest)) {
                rejected = wrongDigest(found, digest, rejected);
            }
            throw new Failure(Failure.Kind.CORRUPT, tried, rejected.rejection().why(rejected.getMessage()), rejected);
        }
    }

    private static Unpacked unpack(Path file, Form form, Source source, Digest digest, Tree tree, Budget budget, HostTrouble trouble) throws Rejected {
        form.requireAgrees(looks(file, trouble));
        switch (form.shape()) {
            case ZIP -> {
                // read in its own order: hashed before that
                require(digest, source);
                try (ZipReader reader = new ZipReader(new RandomAccess(file, trouble), new RandomAccess(file, trouble), tree, budget)) {
                    reader.unpack();
                }
            }
            case TAR -> {
                try (ReadAhead in = new ReadAhead(source, form.coding(), budget, trouble)) {
                    new TarReader(in, tree, budget).unpack();
                }
            }
            case FILE -> {
                try (ReadAhead in = new ReadAhead(source, form.coding(), budget, trouble)) {
                    single(Names.path(form.fileName().getBytes(StandardCharsets.UTF_8), budget), in, tree);
                }
            }
        }
        require(digest, source);
        return tree.finish();
    }

    private static void require(Digest digest, Source source) throws Rejected {
        Digest found = source.digest();
        if (!found.equals(digest)) {
            throw wrongDigest(found, digest, null);
        }
    }

    private static void single(String path, ReadAhead in, Tree tree) throws Rejected {
        if (path.contains("/")) {
            throw new Rejected(Rejection.BAD_NAME, "a file name with a slash: " + Names.shown(path));
        }
        try (Tree.OpenFile out = tree.file(path, EXECUTABLE, 0)) {
            if (!in.more()) {
                throw new Rejected(Rejection.EMPTY, "it holds nothing");
            }
            while (in.more()) {
                out.write(in.bytes(), in.position(), in.available());
                in.advance(in.available());
            }
            out.complete(null);
        }
    }

    private static Looks looks(Path file, HostTrouble trouble) {
        try (FileInputStream in = new FileInputStream(file.toFile())) {
            byte[] start = in.readNBytes(Looks.ENOUGH);
            return Looks.of(start, start.length);
        } catch (IOException e) {
            throw trouble.with("its file can't be read", e);
        }
    }

    private static Rejected wrongDigest(Digest found, Digest wanted, Rejected besides) {
        return new Rejected(Rejection.WRONG_DIGEST, "its bytes are " + found + ", not " + wanted, besides);
    }
}
