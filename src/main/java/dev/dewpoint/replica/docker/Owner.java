package dev.dewpoint.replica.docker;

import java.util.Map;

/** Whose containers they are: an app below a root, by its real path. */
public record Owner(String root, String app) {
    public Owner {
        if (root.isBlank() || app.isBlank()) {
            throw new IllegalArgumentException("an owner has a root and a name");
        }
    }

    Map<String, String> filter() {
        return Map.of(Labels.MANAGED, "true", Labels.ROOT, root, Labels.APP, app);
    }
}
