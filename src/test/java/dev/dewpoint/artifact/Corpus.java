package dev.dewpoint.artifact;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Collects cases, each in the formats where it applies. */
final class Corpus {
    static final Consumer<Path> ANY = root -> { };

    private final List<ArchiveCase> cases = new ArrayList<>();

    List<ArchiveCase> cases() {
        return cases;
    }

    Corpus add(ArchiveCase one) {
        cases.add(one);
        return this;
    }

    /** The same tar, plain and in each coding. */
    Corpus tars(String id, String what, byte[] tar, Rejection code) {
        Pack.TARS.forEach(pack -> add(ArchiveCase.rejected(id, what + pack.ending(), () -> pack.compress(tar), code)));
        return this;
    }

    Corpus tarsPass(String id, String what, byte[] tar, Consumer<Path> check) {
        Pack.TARS.forEach(pack -> add(ArchiveCase.accepted(id, what + pack.ending(), () -> pack.compress(tar), check)));
        return this;
    }

    Corpus zip(String id, String what, byte[] zip, Rejection code) {
        return add(ArchiveCase.rejected(id, what + Pack.ZIP.ending(), () -> zip, code));
    }

    Corpus zipPasses(String id, String what, byte[] zip, Consumer<Path> check) {
        return add(ArchiveCase.accepted(id, what + Pack.ZIP.ending(), () -> zip, check));
    }

    Corpus made(String id, String name, Supplier<byte[]> bytes, Rejection code) {
        return add(ArchiveCase.rejected(id, name, bytes, code));
    }
}
