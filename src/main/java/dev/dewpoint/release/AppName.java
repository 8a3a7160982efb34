package dev.dewpoint.release;

import java.util.Optional;

/** How an app is called if nobody named it: by the last segment of its registry's URL. */
public final class AppName {
    private AppName() {}

    /** Without query, {@code :tag}, {@code @digest} and closing slashes; empty if it isn't a URL or names nothing. */
    public static Optional<String> of(String registryUrl) {
        int scheme = registryUrl.indexOf("://");
        if (scheme < 1) {
            return Optional.empty();
        }
        String rest = registryUrl.substring(scheme + 3).split("[?#]", 2)[0].replaceAll("/+$", "");
        String segment = rest.substring(rest.lastIndexOf('/') + 1).split("[:@]", 2)[0];
        return segment.isEmpty() ? Optional.empty() : Optional.of(segment);
    }
}
