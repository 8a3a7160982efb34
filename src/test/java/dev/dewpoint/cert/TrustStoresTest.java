package dev.dewpoint.cert;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.cert.TrustStores.Outcome;
import dev.dewpoint.cert.TrustStores.State;
import dev.dewpoint.host.Commands;
import dev.dewpoint.host.Durable;
import dev.dewpoint.host.Time;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With stand-ins for the programs, which write down how they are called; the real ones are tried by CertIT. */
class TrustStoresTest {
    private static final String CERTUTIL = """
            #!/bin/sh
            echo "certutil $*" >> "$CALLS"
            directory=${3#sql:}
            case $1 in
            -N) touch "$directory/cert9.db" ;;
            -L) grep -qxF "$5" "$directory/cert9.db" ;;
            -A) [ -z "${LOCKED:-}" ] || { echo "certutil: function failed: the database is locked" >&2; exit 255; }
                [ -r "$9" ] && echo "$7" >> "$directory/cert9.db" ;;
            -D) grep -vxF "$5" "$directory/cert9.db" > "$directory/new"; mv "$directory/new" "$directory/cert9.db" ;;
            esac
            """;

    @TempDir
    Path temporary;

    private Path root;
    private Path home;
    private Path programs;
    private Path certificate;

    @BeforeEach
    void prepare() throws IOException {
        root = Files.createDirectory(temporary.resolve("root"));
        home = Files.createDirectory(temporary.resolve("home of 'me'"));
        programs = Files.createDirectory(temporary.resolve("programs"));
        certificate = LocalAuthority.open(temporary.resolve("ca"), Time.system()).certificate();
    }

    @ParameterizedTest
    @CsvSource({
        "usr/local/share/ca-certificates, update-ca-certificates, ''",
        "etc/pki/ca-trust/source/anchors, update-ca-trust, extract",
        "etc/ca-certificates/trust-source/anchors, trust, extract-compat",
        "usr/share/pki/trust/anchors, update-ca-certificates, ''"
    })
    void theSystemsStoreIsWrittenAsTheDistributionHasIt(String directory, String name, String arguments) throws Exception {
        Path anchors = Files.createDirectories(root.resolve(directory));
        Files.writeString(anchors.resolve("theirs.crt"), "somebody else's");
        program(name, "#!/bin/sh\necho \"${0##*/} $*\" >> \"$CALLS\"\n");
        assertThat(states(stores().install(certificate))).containsExactly(State.DONE);
        Path ours = entries(anchors).filter(file -> file.getFileName().toString().startsWith("dewpoint-")).findFirst().orElseThrow();
        assertThat(ours).hasSameBinaryContentAs(certificate);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(ours))).isEqualTo("rw-r--r--");
        assertThat(states(stores().install(certificate))).containsExactly(State.ALREADY);
        assertThat(states(stores().uninstall(certificate))).containsExactly(State.DONE);
        assertThat(states(stores().uninstall(certificate))).containsExactly(State.ALREADY);
        assertThat(entries(anchors)).containsExactly(anchors.resolve("theirs.crt"));
        assertThat(calls()).containsExactly((name + " " + arguments), (name + " " + arguments));
    }

    @Test
    void anotherAuthorityOfOursStaysWhenOneIsTakenOut() throws Exception {
        Path anchors = Files.createDirectories(root.resolve("usr/local/share/ca-certificates"));
        program("update-ca-certificates", "#!/bin/sh\n");
        Path other = LocalAuthority.open(temporary.resolve("other"), Time.system()).certificate();
        stores().install(certificate);
        stores().install(other);
        stores().uninstall(certificate);
        assertThat(entries(anchors)).singleElement().satisfies(file -> assertThat(file).hasSameBinaryContentAs(other));
    }

    @Test
    void aStoreThatCannotBeMadeAnewIsTriedAgain() throws Exception {
        Path anchors = Files.createDirectories(root.resolve("usr/local/share/ca-certificates"));
        program("update-ca-certificates", "#!/bin/sh\necho working >&1\necho disk full >&2\nexit 1\n");
        assertThat(stores().install(certificate)).containsExactly(new Outcome("the system's store", State.FAILED, "update-ca-certificates: disk full"));
        assertThat(entries(anchors)).isEmpty();
        program("update-ca-certificates", "#!/bin/sh\n");
        assertThat(states(stores().install(certificate))).containsExactly(State.DONE);
    }

    @Test
    void aMissingProgramOrStoreIsSaidSo() throws Exception {
        assertThat(stores().install(certificate)).singleElement().satisfies(outcome -> assertThat(outcome.note()).contains("install the package ca-certificates"));
        Files.createDirectories(root.resolve("usr/local/share/ca-certificates"));
        Files.createDirectories(home.resolve(".pki/nssdb"));
        Files.createFile(home.resolve(".pki/nssdb/cert9.db"));
        program("update-ca-certificates", "#!/bin/sh\n");
        List<Outcome> outcomes = stores().install(certificate);
        assertThat(states(outcomes)).as("the rest is done").containsExactly(State.DONE, State.FAILED);
        assertThat(outcomes.getLast().note()).contains("certutil is missing; install libnss3-tools");
    }

    @Test
    void whoMayNotWriteTheSystemsStoreIsToldTheCommand() throws Exception {
        Path anchors = Files.createDirectories(root.resolve("usr/local/share/ca-certificates"));
        // in the way of root too
        Files.createDirectory(Durable.beside(anchors.resolve("dewpoint-" + TrustStores.Authority.read(certificate).fingerprint() + ".crt")));
        program("update-ca-certificates", "#!/bin/sh\n");
        Outcome outcome = stores().install(certificate).getFirst();
        assertThat(outcome.state()).isEqualTo(State.FAILED);
        assertThat(outcome.note()).contains("can't be written; as root: install -m 0644 " + certificate + " ").endsWith(".crt && update-ca-certificates");
    }

    @Test
    void eachBrowserDatabaseGetsTheAuthorityOnceAndLosesOnlyIt() throws Exception {
        program("certutil", CERTUTIL);
        List<Path> databases = Stream.of(".pki/nssdb", ".mozilla/firefox/abc.default", "snap/firefox/common/.mozilla/firefox/x y.profile").map(home::resolve).toList();
        for (Path database : databases) {
            Files.createDirectories(database);
            Files.writeString(database.resolve("cert9.db"), "somebody else's\n");
        }
        Files.createDirectories(home.resolve(".mozilla/firefox/Crash Reports"));
        assertThat(states(stores().install(certificate))).containsExactly(State.FAILED, State.DONE, State.DONE, State.DONE);
        assertThat(databases).allSatisfy(database -> assertThat(database.resolve("cert9.db")).content().matches("somebody else's\nDewpoint development CA [0-9a-f]{16}\n"));
        assertThat(states(stores().install(certificate))).containsExactly(State.FAILED, State.ALREADY, State.ALREADY, State.ALREADY);
        assertThat(states(stores().uninstall(certificate))).containsExactly(State.ALREADY, State.DONE, State.DONE, State.DONE);
        assertThat(databases).allSatisfy(database -> assertThat(database.resolve("cert9.db")).hasContent("somebody else's"));
        assertThat(states(stores().uninstall(certificate))).containsOnly(State.ALREADY);
    }

    @Test
    void aDatabaseIsMadeForAChromiumThatHasNotRunYetAndForNobodyElse() throws Exception {
        program("certutil", CERTUTIL);
        assertThat(states(stores().install(certificate))).containsExactly(State.FAILED);
        assertThat(home.resolve(".pki")).doesNotExist();
        program("chromium", "#!/bin/sh\n");
        assertThat(states(stores().install(certificate))).containsExactly(State.FAILED, State.DONE);
        assertThat(home.resolve(".pki/nssdb/cert9.db")).exists();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve(".pki/nssdb")))).isEqualTo("rwx------");
    }

    @Test
    void aDatabaseThatRefusesIsNamedWithItsReason() throws Exception {
        program("certutil", CERTUTIL);
        Files.createDirectories(home.resolve(".pki/nssdb"));
        Files.createFile(home.resolve(".pki/nssdb/cert9.db"));
        Outcome outcome = stores(Map.of("LOCKED", "yes")).install(certificate).getLast();
        assertThat(outcome).isEqualTo(new Outcome("Chromium and its kin (" + home.resolve(".pki/nssdb") + ")", State.FAILED, "certutil: function failed: the database is locked"));
    }

    private TrustStores stores() {
        return stores(Map.of());
    }

    private TrustStores stores(Map<String, String> more) {
        Map<String, String> environment = new java.util.HashMap<>(more);
        environment.putAll(Map.of("PATH", programs + ":" + tools(), "CALLS", temporary.resolve("calls").toString()));
        return new TrustStores(new Commands(Time.system()), root, home, environment);
    }

    /** Those that the stand-ins are written with, and no others: this machine may have browsers. */
    private Path tools() {
        Path tools = temporary.resolve("tools");
        try {
            if (!Files.exists(tools)) {
                Files.createDirectory(tools);
                for (String tool : List.of("sh", "grep", "mv", "touch")) {
                    Files.copy(Path.of("/bin").resolve(tool).toRealPath(), tools.resolve(tool), StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
            return tools;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void program(String name, String text) throws IOException {
        Path file = programs.resolve(name);
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private List<String> calls() throws IOException {
        return Files.readAllLines(temporary.resolve("calls"));
    }

    private static Stream<Path> entries(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList().stream();
        }
    }

    private static List<State> states(List<Outcome> outcomes) {
        return outcomes.stream().map(Outcome::state).toList();
    }
}
