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

    /**
     * Images of the host's own engine.
     *
     * @param image       without a tag, as {@code docker build -t} names it
     * @param slotPattern as of {@link Image}
     */
    record Local(String image, Optional<SlotPattern> slotPattern, Options options) implements RegistryUrl {}

    record Options(boolean preRelease, Optional<ArtifactPattern> artifact, Optional<String> constraint) {}

    List<String> OPTIONS = List.of("artifact", "constraint", "pre-release");
    List<String> OPTIONS_OF_IMAGES = List.of("auth-realm", "ca", "constraint", "insecure", "pre-release", "slot-pattern");
    List<String> OPTIONS_OF_LOCAL_IMAGES = List.of("constraint", "pre-release", "slot-pattern");
    List<String> SCHEMES = List.of("ghr", "img", "docker", "file");
    Pattern LOCAL_IMAGE = Pattern.compile("([a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?/)?[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*");
    Pattern OWNER_OR_REPOSITORY = Pattern.compile("[0-9A-Za-z_.-]{1,100}");

    Options options();

    /** The registry without its options: versions are compared within one source. */
    default String source() {
        return switch (this) {
            case GitHub github -> "ghr://" + github.owner() + "/" + github.repository();
            case Directory directory -> "file://" + directory.directory();
            case Image image -> "img://" + image.repository().name();
            case Local local -> "docker://" + local.image();
        };
    }

    /** The last segment of the path: what the app is called if nobody says otherwise. */
    default String name() {
        return switch (this) {
            case GitHub github -> github.repository();
            case Directory directory -> Optional.ofNullable(directory.directory().getFileName()).map(Path::toString).orElse("app");
            case Image image -> image.repository().lastSegment();
            case Local local -> local.image().substring(local.image().lastIndexOf('/') + 1);
        };
    }

    /** How its tags are read as versions, of which {@code order} is the operator's. */
    default VersionOrder order(VersionOrder order) {
        return switch (this) {
            case GitHub _, Directory _ -> order;
            case Image image -> order.inImageTags(image.slotPattern());
            case Local local -> order.inImageTags(local.slotPattern());
        };
    }

    /** Whether it announces images, which are run, and not files. */
    default boolean isOfImages() {
        return switch (this) {
            case GitHub _, Directory _ -> false;
            case Image _, Local _ -> true;
        };
    }

    /** @throws IllegalArgumentException saying what is wrong with it */
    static RegistryUrl parse(String text) {
        Url url = Url.parse(text);
        if (!SCHEMES.contains(url.scheme())) {
            throw new IllegalArgumentException("releases are announced at ghr://OWNER/REPO, img://HOST/REPO, docker://IMAGE or file:///DIR, not " + url.scheme() + "://" + Problems.didYouMean(url.scheme(), SCHEMES));
        }
        url.allowOnly(switch (url.scheme()) {
            case "img" -> OPTIONS_OF_IMAGES;
            case "docker" -> OPTIONS_OF_LOCAL_IMAGES;
            default -> OPTIONS;
        });
        Options options = new Options(url.yes("pre-release"), url.option("artifact").map(ArtifactPattern::new), url.option("constraint"));
        return switch (url.scheme()) {
            case "ghr" -> gitHub(url.rest(), options);
            case "img" -> image(url, options);
            case "docker" -> local(url, options);
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

    private static Local local(Url url, Options options) {
        String image = Url.decoded(url.rest());
        String last = image.substring(image.lastIndexOf('/') + 1);
        if (last.contains(":") || last.contains("@")) {
            throw new IllegalArgumentException("leave out the tag or digest: the newest version is looked for among all tags of the image");
        }
        if (!LOCAL_IMAGE.matcher(image).matches()) {
            throw new IllegalArgumentException("the images of this host's engine are docker://IMAGE, such as docker://shop for what `docker build -t shop:v1.0.0` makes");
        }
        return new Local(image, url.option("slot-pattern").map(SlotPattern::new), options);
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
