package dev.dewpoint.cert;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Commands;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Who is to trust a local authority: the system, and the browsers of one home directory. Each entry carries the
 * authority's fingerprint in its name, so that only it is taken out again.
 */
public final class TrustStores {
    private final SystemStore system;
    private final BrowserStores browsers;

    /** @param root the root of the file system */
    public TrustStores(Commands commands, Path root, Path home, Map<String, String> environment) {
        Tools tools = new Tools(commands, root, environment);
        this.system = new SystemStore(tools, root);
        this.browsers = new BrowserStores(tools, home);
    }

    public enum State { DONE, ALREADY, FAILED }

    /** @param note what to do about a failure, or empty */
    public record Outcome(String store, State state, String note) {}

    /** The part of it that stands in the names of its entries; the certificate with it. */
    record Authority(Path file, byte[] content, String fingerprint) {
        static Authority read(Path file) {
            String tried = "read the certificate of the authority, " + file;
            try (InputStream in = Files.newInputStream(file)) {
                X509Certificate certificate = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
                return new Authority(file, Files.readAllBytes(file), HexFormat.of().formatHex(digest, 0, 8));
            } catch (IOException e) {
                throw new Failure(Failure.Kind.MISSING, tried, "it can't be read: " + e, e);
            } catch (CertificateException e) {
                throw new Failure(Failure.Kind.MISCONFIGURED, tried, "it holds no certificate", e);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("SHA-256 is missing from this Java runtime", e);
            }
        }
    }

    /** Again is harmless. What fails in one store keeps no other from being done. */
    public List<Outcome> install(Path certificate) throws InterruptedException {
        Authority authority = Authority.read(certificate);
        List<Outcome> outcomes = new ArrayList<>(List.of(system.install(authority)));
        outcomes.addAll(browsers.install(authority));
        return List.copyOf(outcomes);
    }

    public List<Outcome> uninstall(Path certificate) throws InterruptedException {
        Authority authority = Authority.read(certificate);
        List<Outcome> outcomes = new ArrayList<>(List.of(system.uninstall(authority)));
        outcomes.addAll(browsers.uninstall(authority));
        return List.copyOf(outcomes);
    }
}
