package dev.dewpoint.cert;

import dev.dewpoint.cert.TrustStores.Authority;
import dev.dewpoint.cert.TrustStores.Outcome;
import dev.dewpoint.cert.TrustStores.State;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The databases of Chromium and its kin, and of each Firefox profile. They are NSS's, and certutil writes them. */
final class BrowserStores {
    private static final List<String> CHROMIUM_KIN = List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "brave-browser", "microsoft-edge", "vivaldi");
    private static final String CHROMIUM = ".pki/nssdb";
    private static final List<String> CHROMIUM_DATABASES = List.of(CHROMIUM, ".local/share/pki/nssdb", "snap/chromium/current/.pki/nssdb");
    private static final List<String> FIREFOX_PROFILES = List.of(".mozilla/firefox", ".config/mozilla/firefox", "snap/firefox/common/.mozilla/firefox", ".var/app/org.mozilla.firefox/.mozilla/firefox");
    private static final String PRESENT = "certutil -L -d \"$DATABASE\" -n \"$NICKNAME\"";
    private static final String MAKE = "certutil -N -d \"$DATABASE\" --empty-password";
    private static final String ADD = "certutil -A -d \"$DATABASE\" -t C,, -n \"$NICKNAME\" -i \"$CERTIFICATE\"";
    private static final String REMOVE = "certutil -D -d \"$DATABASE\" -n \"$NICKNAME\"";

    private final Tools tools;
    private final Path home;

    BrowserStores(Tools tools, Path home) {
        this.tools = tools;
        this.home = home;
    }

    List<Outcome> install(Authority authority) throws InterruptedException {
        List<Path> databases = new ArrayList<>(databases());
        boolean mustBeMade = databases.stream().noneMatch(this::isChromiums) && CHROMIUM_KIN.stream().anyMatch(tools::has);
        if (mustBeMade) {
            databases.addFirst(home.resolve(CHROMIUM));
        }
        List<Outcome> outcomes = new ArrayList<>();
        for (Path database : databases) {
            outcomes.add(tools.has("certutil") ? add(database, authority) : new Outcome(nameOf(database), State.FAILED, "certutil is missing; install libnss3-tools (Debian, Ubuntu), nss-tools (Fedora), nss (Arch) or mozilla-nss-tools (SUSE)"));
        }
        return outcomes;
    }

    List<Outcome> uninstall(Authority authority) throws InterruptedException {
        List<Outcome> outcomes = new ArrayList<>();
        for (Path database : databases()) {
            outcomes.add(tools.has("certutil") ? remove(database, authority) : new Outcome(nameOf(database), State.FAILED, "certutil is missing; install libnss3-tools (Debian, Ubuntu), nss-tools (Fedora), nss (Arch) or mozilla-nss-tools (SUSE)"));
        }
        return outcomes;
    }

    private Outcome add(Path database, Authority authority) throws InterruptedException {
        Map<String, String> values = values(database, authority);
        if (!isDatabase(database)) {
            try {
                Files.createDirectories(database, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } catch (IOException e) {
                return new Outcome(nameOf(database), State.FAILED, "it can't be made: " + e.getMessage());
            }
            Tools.Ran ran = tools.run(MAKE, values);
            if (!ran.succeeded()) {
                return new Outcome(nameOf(database), State.FAILED, ran.said());
            }
        }
        if (tools.run(PRESENT, values).succeeded()) {
            return new Outcome(nameOf(database), State.ALREADY, "");
        }
        Tools.Ran ran = tools.run(ADD, values);
        return ran.succeeded() ? new Outcome(nameOf(database), State.DONE, "") : new Outcome(nameOf(database), State.FAILED, ran.said());
    }

    private Outcome remove(Path database, Authority authority) throws InterruptedException {
        Map<String, String> values = values(database, authority);
        if (!tools.run(PRESENT, values).succeeded()) {
            return new Outcome(nameOf(database), State.ALREADY, "");
        }
        Tools.Ran ran = tools.run(REMOVE, values);
        return ran.succeeded() ? new Outcome(nameOf(database), State.DONE, "") : new Outcome(nameOf(database), State.FAILED, ran.said());
    }

    private static Map<String, String> values(Path database, Authority authority) {
        return Map.of("DATABASE", "sql:" + database, "NICKNAME", "Dewpoint development CA " + authority.fingerprint(), "CERTIFICATE", authority.file().toString());
    }

    private List<Path> databases() {
        List<Path> found = new ArrayList<>(CHROMIUM_DATABASES.stream().map(home::resolve).filter(BrowserStores::isDatabase).toList());
        for (String profiles : FIREFOX_PROFILES) {
            try (DirectoryStream<Path> directories = Files.newDirectoryStream(home.resolve(profiles), BrowserStores::isDatabase)) {
                directories.forEach(found::add);
            } catch (IOException e) {
                // no Firefox of this kind
            }
        }
        return found;
    }

    private static boolean isDatabase(Path directory) {
        return Files.isRegularFile(directory.resolve("cert9.db"));
    }

    private boolean isChromiums(Path database) {
        return CHROMIUM_DATABASES.stream().map(home::resolve).anyMatch(database::equals);
    }

    private String nameOf(Path database) {
        return (isChromiums(database) ? "Chromium and its kin (" : "Firefox (") + database + ")";
    }
}
