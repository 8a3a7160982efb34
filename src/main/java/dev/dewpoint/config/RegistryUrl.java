package dev.dewpoint.config;

import dev.dewpoint.registry.OciRepository;
import dev.dewpoint.release.ArtifactPattern;
import dev.dewpoint.release.SlotPattern;
import dev.dewpoint.release.VersionOrder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code --registry}, understood. */
public sealed interface RegistryUrl {
    record GitHub(String owner, String repository, Options options) implements RegistryUrl {}

    record Directory(Path directory, Options options) implements RegistryUrl {}

    /**
     * Images in a registry.
     *
     * @param authorities who signs for it, besides those whom Java trusts
     * @param slotPattern where the slot stands in its tags, if not after a {@code _}
     */
    record Image(OciRepository repository, List<X509Certificate> authorities, Optional<SlotPattern> slotPattern, Options options) implements RegistryUrl {
        public Image {
            authorities = List.copyOf(authorities);
        }
    }

    record Options(boolean preRelease, Optional<ArtifactPattern> artifact, Optional<String> constraint) {}

    List<String> OPTIONS = List.of("artifact", "constraint", "pre-release");
    List<String> OPTIONS_OF_IMAGES = List.of("auth-realm", "ca", "constraint", "insecure", "pre-release", "slot-pattern");
    List<String> SCHEMES = List.of("ghr", "img", "file");
    Pattern OWNER_OR_REPOSITORY = Pattern.compile("[0-9A-Za-z_.-]{1,100}");

    Options options();

    /** The registry without its options: versions are compared within one source. */
    default String source() {
        return switch (this) {
            case GitHub github -> "ghr://" + github.owner() + "/" + github.repository();
            case Directory directory -> "file://" + directory.directory();
            case Image image -> "img://" + image.repository().name();
        };
    }

    /** The last segment of the path: what the app is called if nobody says otherwise. */
    default String name() {
        return switch (this) {
            case GitHub github -> github.repository();
            case Directory directory -> Optional.ofNullable(directory.directory().getFileName()).map(Path::toString).orElse("app");
            case Image image -> image.repository().lastSegment();
        };
    }

    /** How its tags are read as versions, of which {@code order} is the operator's. */
    default VersionOrder order(VersionOrder order) {
        return switch (this) {
            case GitHub _, Directory _ -> order;
            case Image image -> order.inImageTags(image.slotPattern());
        };
    }

    /** @throws IllegalArgumentException saying what is wrong with it */
    static RegistryUrl parse(String text) {
        Url url = Url.parse(text);
        if (!SCHEMES.contains(url.scheme())) {
            throw new IllegalArgumentException("releases are announced at ghr://OWNER/REPO, img://HOST/REPO or file:///DIR, not " + url.scheme() + "://" + Problems.didYouMean(url.scheme(), SCHEMES));
        }
        url.allowOnly(url.scheme().equals("img") ? OPTIONS_OF_IMAGES : OPTIONS);
        Options options = new Options(url.yes("pre-release"), url.option("artifact").map(ArtifactPattern::new), url.option("constraint"));
        return switch (url.scheme()) {
            case "ghr" -> gitHub(url.rest(), options);
            case "img" -> image(url, options);
            default -> directory(url.rest(), options);
        };
    }

    private static GitHub gitHub(String rest, Options options) {
        String[] parts = (rest.endsWith("/") ? rest.substring(0, rest.length() - 1) : rest).split("/", -1);
        boolean named = parts.length == 2 && OWNER_OR_REPOSITORY.matcher(parts[0]).matches() && OWNER_OR_REPOSITORY.matcher(parts[1]).matches();
        if (!named || parts[1].equals(".") || parts[1].equals("..")) {
            throw new IllegalArgumentException("a GitHub registry is ghr://OWNER/REPO");
        }
        return new GitHub(parts[0], parts[1], options);
    }

    private static Image image(Url url, Options options) {
        Set<String> realms = url.option("auth-realm").stream().flatMap(text -> Stream.of(text.split(","))).map(RegistryUrl::realm).collect(Collectors.toUnmodifiableSet());
        // who names an authority means TLS, on this host too
        Optional<Boolean> insecure = url.options().containsKey("insecure") ? Optional.of(url.yes("insecure")) : url.option("ca").map(_ -> false);
        OciRepository repository = OciRepository.parse(Url.decoded(url.rest()), insecure, realms);
        return new Image(repository, url.option("ca").map(RegistryUrl::authorities).orElse(List.of()), url.option("slot-pattern").map(SlotPattern::new), options);
    }

    private static String realm(String text) {
        try {
            return HostText.authority(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the option auth-realm is a host, or several by comma: " + e.getMessage());
        }
    }

    private static List<X509Certificate> authorities(String file) {
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            List<X509Certificate> found = CertificateFactory.getInstance("X.509").generateCertificates(in).stream().map(X509Certificate.class::cast).toList();
            if (!found.isEmpty()) {
                return found;
            }
        } catch (IOException | InvalidPathException e) {
            throw new IllegalArgumentException("the option ca names a file with certificates, and " + file + " can't be read (" + e.getClass().getSimpleName() + ")");
        } catch (CertificateException e) {
            // told below, like a file without any
        }
        throw new IllegalArgumentException("the option ca names a file with certificates in PEM, and " + file + " holds none");
    }

    private static Directory directory(String rest, Options options) {
        if (!rest.startsWith("/")) {
            throw new IllegalArgumentException("a directory registry is file:///DIR, with an absolute path (three slashes)");
        }
        try {
            return new Directory(Path.of(Url.decoded(rest)).normalize(), options);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("no path can be called that");
        }
    }
}
