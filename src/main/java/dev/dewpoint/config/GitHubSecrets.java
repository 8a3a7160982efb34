package dev.dewpoint.config;

import dev.dewpoint.host.Secret;
import dev.dewpoint.registry.GitHubAccess;
import dev.dewpoint.registry.GitHubAppKey;
import java.net.URI;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.util.Optional;

/** {@code GITHUB_*} and {@code GH_TOKEN}. */
final class GitHubSecrets {
    private GitHubSecrets() {}

    static GitHubAccess none() {
        return new GitHubAccess(GitHubAccess.PUBLIC, new GitHubAccess.As.Anonymous());
    }

    static GitHubAccess read(Secrets secrets, Problems problems) {
        return new GitHubAccess(api(secrets, problems), secrets.plain("GITHUB_APP_ID").isPresent() ? app(secrets, problems) : token(secrets));
    }

    private static GitHubAccess.As token(Secrets secrets) {
        return secrets.find("GH_TOKEN").or(() -> secrets.find("GITHUB_TOKEN")).<GitHubAccess.As>map(GitHubAccess.As.Token::new).orElseGet(GitHubAccess.As.Anonymous::new);
    }

    private static URI api(Secrets secrets, Problems problems) {
        String name = secrets.plain("GITHUB_API_URL").isPresent() ? "GITHUB_API_URL" : "GITHUB_ENDPOINT";
        Optional<String> text = secrets.plain(name);
        if (text.isEmpty()) {
            return GitHubAccess.PUBLIC;
        }
        String slashed = text.get().endsWith("/") ? text.get() : text.get() + "/";
        try {
            URI uri = URI.create(slashed);
            if (("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) && uri.getHost() != null && uri.getUserInfo() == null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // told below, like every other wrong spelling
        }
        problems.add(name + " " + text.get() + ": it is no http or https URL; write it like https://github.example.com/api/v3");
        return GitHubAccess.PUBLIC;
    }

    private static GitHubAccess.As app(Secrets secrets, Problems problems) {
        Optional<Long> id = number(secrets, problems, "GITHUB_APP_ID");
        Optional<Long> installation = number(secrets, problems, "GITHUB_APP_INSTALLATION_ID");
        Optional<PrivateKey> key = key(secrets, problems);
        if (id.isEmpty() || installation.isEmpty() || key.isEmpty()) {
            return new GitHubAccess.As.Anonymous();
        }
        return new GitHubAccess.As.App(id.get(), installation.get(), key.get());
    }

    private static Optional<Long> number(Secrets secrets, Problems problems, String name) {
        Optional<String> text = secrets.plain(name);
        if (text.isEmpty()) {
            problems.add(name + " is not set: a GitHub App needs GITHUB_APP_ID, GITHUB_APP_INSTALLATION_ID and GITHUB_APP_PRIVATE_KEY (or _PATH)");
            return Optional.empty();
        }
        try {
            return Optional.of(Long.parseLong(text.get().strip()));
        } catch (NumberFormatException e) {
            problems.add(name + " " + text.get() + ": it is no number");
            return Optional.empty();
        }
    }

    private static Optional<PrivateKey> key(Secrets secrets, Problems problems) {
        Optional<Secret> pem = secrets.find("GITHUB_APP_PRIVATE_KEY").or(() -> secrets.plain("GITHUB_APP_PRIVATE_KEY_PATH").flatMap(path -> secrets.file("GITHUB_APP_PRIVATE_KEY_PATH", Path.of(path))));
        if (pem.isEmpty()) {
            problems.add("GITHUB_APP_PRIVATE_KEY is not set: the private key of the GitHub App, or its file in GITHUB_APP_PRIVATE_KEY_PATH");
            return Optional.empty();
        }
        try {
            return Optional.of(GitHubAppKey.parse(pem.get().value()));
        } catch (IllegalArgumentException e) {
            problems.add("GITHUB_APP_PRIVATE_KEY: " + e.getMessage());
            return Optional.empty();
        }
    }
}
