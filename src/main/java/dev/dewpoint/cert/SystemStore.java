package dev.dewpoint.cert;

import dev.dewpoint.cert.TrustStores.Authority;
import dev.dewpoint.cert.TrustStores.Outcome;
import dev.dewpoint.cert.TrustStores.State;
import dev.dewpoint.host.Durable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What curl, git and most programs trust: a directory of certificates, and a program that makes bundles of it. */
final class SystemStore {
    private static final String NAME = "the system's store";

    /** Of a family of distributions. */
    private record Kind(String directory, String program, String refresh) {}

    private static final List<Kind> KINDS = List.of(
            new Kind("etc/pki/ca-trust/source/anchors", "update-ca-trust", "update-ca-trust extract"), // Fedora, RHEL
            new Kind("usr/local/share/ca-certificates", "update-ca-certificates", "update-ca-certificates"), // Debian, Ubuntu, Alpine
            new Kind("etc/ca-certificates/trust-source/anchors", "trust", "trust extract-compat"), // Arch
            new Kind("usr/share/pki/trust/anchors", "update-ca-certificates", "update-ca-certificates")); // SUSE

    private final Tools tools;
    private final Path root;

    SystemStore(Tools tools, Path root) {
        this.tools = tools;
        this.root = root;
    }

    Outcome install(Authority authority) throws InterruptedException {
        Optional<Kind> kind = kind();
        if (kind.isEmpty()) {
            return new Outcome(NAME, State.FAILED, "none of the known directories is there; install the package ca-certificates");
        }
        Path target = target(kind.get(), authority);
        if (holds(target, authority)) {
            return new Outcome(NAME, State.ALREADY, target.toString());
        }
        String byHand = "as root: " + Tools.quoted(List.of("install", "-m", "0644", authority.file().toString(), target.toString())) + " && " + kind.get().refresh();
        if (!tools.has(kind.get().program())) {
            return new Outcome(NAME, State.FAILED, kind.get().program() + " is missing; install the package ca-certificates");
        }
        try {
            Durable.write(target, authority.content(), "rw-r--r--");
        } catch (IOException e) {
            return new Outcome(NAME, State.FAILED, target + " can't be written; " + byHand);
        }
        Tools.Ran ran = tools.run(kind.get().refresh(), Map.of());
        if (!ran.succeeded()) {
            // so that the next call doesn't take it for done
            remove(target);
            return new Outcome(NAME, State.FAILED, kind.get().refresh() + ": " + ran.said());
        }
        return new Outcome(NAME, State.DONE, target.toString());
    }

    Outcome uninstall(Authority authority) throws InterruptedException {
        Optional<Kind> kind = kind();
        if (kind.isEmpty() || !Files.exists(target(kind.get(), authority))) {
            return new Outcome(NAME, State.ALREADY, "");
        }
        Path target = target(kind.get(), authority);
        if (!remove(target)) {
            return new Outcome(NAME, State.FAILED, target + " can't be removed; as root: rm " + Tools.quoted(List.of(target.toString())) + " && " + kind.get().refresh());
        }
        Tools.Ran ran = tools.run(kind.get().refresh(), Map.of());
        removeLink(target);
        return ran.succeeded() ? new Outcome(NAME, State.DONE, target.toString()) : new Outcome(NAME, State.FAILED, "the file is gone, but the bundles hold it still: " + kind.get().refresh() + ": " + ran.said());
    }

    private Optional<Kind> kind() {
        return KINDS.stream().filter(kind -> Files.isDirectory(root.resolve(kind.directory()))).findFirst();
    }

    private Path target(Kind kind, Authority authority) {
        return root.resolve(kind.directory()).resolve("dewpoint-" + authority.fingerprint() + ".crt");
    }

    /** Debian's program makes one for each certificate, and leaves it when the certificate has gone. */
    private void removeLink(Path target) {
        Path link = root.resolve("etc/ssl/certs").resolve(target.getFileName().toString().replace(".crt", ".pem"));
        if (Files.isSymbolicLink(link)) {
            remove(link);
        }
    }

    private static boolean holds(Path target, Authority authority) {
        try {
            return Files.exists(target) && Arrays.equals(Files.readAllBytes(target), authority.content());
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean remove(Path target) {
        try {
            return Files.deleteIfExists(target);
        } catch (IOException e) {
            return false;
        }
    }
}
