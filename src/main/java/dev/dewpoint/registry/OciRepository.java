package dev.dewpoint.registry;

import dev.dewpoint.http.Origin;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A repository of images, and how its registry may be spoken to.
 *
 * @param host     with its port, as it stands in an image's name; {@code docker.io} for Docker Hub
 * @param path     below the host, {@code library/nginx}
 * @param plain    whether it is spoken to without TLS
 * @param realms   hosts that may give out tokens although they belong to another domain
 */
public record OciRepository(String host, String path, boolean plain, Set<String> realms) {
    private static final String HUB = "docker.io";
    private static final String HUB_API = "registry-1.docker.io";
    private static final Set<String> HUB_NAMES = Set.of(HUB, HUB_API, "index.docker.io", "registry.hub.docker.com");
    private static final Pattern HOST = Pattern.compile("([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\\[[0-9a-f:]+])(:[0-9]{1,5})?");
    private static final Pattern PATH = Pattern.compile("[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*");
    private static final int LONGEST_PATH = 255;

    public OciRepository {
        if (!HOST.matcher(host).matches()) {
            throw new IllegalArgumentException("no registry can be called " + host + "; an image registry is img://HOST/REPO");
        }
        if (!PATH.matcher(path).matches() || path.length() > LONGEST_PATH) {
            throw new IllegalArgumentException("no repository can be called " + path + "; it is made of lower-case letters and digits with . _ - and / between");
        }
        realms = Set.copyOf(realms);
    }

    /**
     * As Docker reads names: without a host it is Docker Hub, and a first segment is a host if it looks like one.
     *
     * @param insecure what the operator says of it; else only a registry on this host is spoken to without TLS
     */
    public static OciRepository parse(String text, Optional<Boolean> insecure, Set<String> realms) {
        String place = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        int slash = place.indexOf('/');
        String first = (slash < 0 ? place : place.substring(0, slash)).toLowerCase(Locale.ROOT);
        if (place.isEmpty() || first.isEmpty()) {
            throw new IllegalArgumentException("an image registry is img://HOST/REPO, or img://REPO at Docker Hub");
        }
        String last = place.substring(place.lastIndexOf('/') + 1);
        if (last.contains("@") || slash >= 0 && last.contains(":")) {
            throw new IllegalArgumentException("leave out the tag or digest: the newest version is looked for among all tags of the repository");
        }
        boolean named = first.contains(".") || first.contains(":") || first.equals("localhost");
        if (named && slash < 0) {
            throw new IllegalArgumentException("the repository is missing: an image registry is img://HOST/REPO");
        }
        String host = !named || HUB_NAMES.contains(first) ? HUB : first;
        String path = named ? place.substring(slash + 1) : place;
        boolean here = HOST.matcher(host).matches() && Origin.of(URI.create("https://" + host + "/")).isLoopback();
        return new OciRepository(host, host.equals(HUB) && !path.contains("/") ? "library/" + path : path, insecure.orElse(here), realms);
    }

    /** HOST/REPO, as an engine pulls it and people write it. */
    public String name() {
        return host + "/" + path;
    }

    /** What the app is called if nobody says otherwise. */
    public String lastSegment() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    Origin origin() {
        return Origin.of(URI.create((plain ? "http://" : "https://") + (host.equals(HUB) ? HUB_API : host) + "/"));
    }

    boolean isAtDockerHub() {
        return host.equals(HUB);
    }

    URI uri(String rest) {
        return URI.create(origin() + "/v2/" + path + "/" + rest);
    }

    /** Under which names Docker's config.json may hold what belongs to a host. */
    static List<String> keys(String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        return HUB_NAMES.contains(lower) ? List.of("https://index.docker.io/v1/", "index.docker.io", HUB, HUB_API) : List.of(lower);
    }
}
