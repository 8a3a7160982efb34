package dev.dewpoint.registry;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.dewpoint.registry.ListedRelease.Asset;
import dev.dewpoint.registry.ListedRelease.Files;
import dev.dewpoint.release.Artifact;
import dev.dewpoint.release.Pick;
import dev.dewpoint.release.Tag;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads GitHub's JSON as it arrives: what isn't needed is skipped without being held, and of a release's files only those
 * that matter are kept. Whatever isn't as it should be ends as an IOException.
 */
final class ReleaseReader {
    private static final int LONGEST_NAME = 255;
    private static final int LONGEST_TEXT = 2000;
    private static final int MOST_RELEASES = 50_000;
    private static final int MOST_FILES = 5_000;
    private static final int DEEPEST = 64;
    private static final int LONGEST_VALUE = 256 << 10;

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEEPEST).maxStringLength(LONGEST_VALUE).maxNameLength(LONGEST_TEXT).maxNumberLength(LONGEST_NAME).build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private final ArtifactChoice choice;
    private final int filesOf;

    /** {@code filesOf}: of how many releases of a page the files are kept. */
    ReleaseReader(ArtifactChoice choice, int filesOf) {
        this.choice = choice;
        this.filesOf = filesOf;
    }

    /** A page of releases; drafts are left out. */
    List<ListedRelease> page(InputStream in) throws IOException {
        try (JsonParser json = JSON.createParser(in)) {
            expect(json, json.nextToken(), JsonToken.START_ARRAY, "a list of releases");
            List<ListedRelease> releases = new ArrayList<>();
            for (JsonToken token = json.nextToken(); token != JsonToken.END_ARRAY; token = json.nextToken()) {
                expect(json, token, JsonToken.START_OBJECT, "a release");
                release(json).map(release -> releases.size() < filesOf ? release : release.withoutFiles()).ifPresent(releases::add);
                if (releases.size() > MOST_RELEASES) {
                    throw wrong(json, "there are more than " + MOST_RELEASES + " releases on one page");
                }
            }
            end(json);
            return releases;
        }
    }

    /** One release; empty for a draft. */
    Optional<ListedRelease> one(InputStream in) throws IOException {
        try (JsonParser json = JSON.createParser(in)) {
            expect(json, json.nextToken(), JsonToken.START_OBJECT, "a release");
            Optional<ListedRelease> release = release(json);
            end(json);
            return release;
        }
    }

    /** Some texts of a small JSON object, by name; those that are missing or of another kind are null. */
    static List<Optional<String>> texts(InputStream in, List<String> names) throws IOException {
        try (JsonParser json = JSON.createParser(in)) {
            expect(json, json.nextToken(), JsonToken.START_OBJECT, "an object");
            List<Optional<String>> found = new ArrayList<>(names.stream().map(_ -> Optional.<String>empty()).toList());
            while (json.nextToken() != JsonToken.END_OBJECT) {
                int index = names.indexOf(json.currentName());
                if (json.nextToken() == JsonToken.VALUE_STRING && index >= 0) {
                    found.set(index, Optional.of(json.getText()));
                }
                json.skipChildren();
            }
            return found;
        }
    }

    private Optional<ListedRelease> release(JsonParser json) throws IOException {
        OptionalLong id = OptionalLong.empty();
        Optional<String> tag = Optional.empty();
        boolean draft = false;
        boolean preRelease = false;
        Optional<Instant> publishedAt = Optional.empty();
        Optional<URI> page = Optional.empty();
        Files files = files(List.of());
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String name = json.currentName();
            json.nextToken();
            switch (name) {
                case "id" -> id = number(json);
                case "tag_name" -> tag = text(json);
                case "draft" -> draft = flag(json);
                case "prerelease" -> preRelease = flag(json);
                case "published_at" -> publishedAt = text(json).flatMap(ReleaseReader::instant);
                case "html_url" -> page = text(json).flatMap(ReleaseReader::link);
                case "assets" -> files = assets(json);
                default -> json.skipChildren();
            }
        }
        if (draft) {
            return Optional.empty();
        }
        if (id.isEmpty()) {
            throw wrong(json, "a release has no id");
        }
        Optional<Tag> known = tag.flatMap(Tag::parse);
        return Optional.of(known.isEmpty() ? new ListedRelease(id.getAsLong(), known, Optional.empty(), false, Optional.empty(), Optional.empty())
                : new ListedRelease(id.getAsLong(), known, publishedAt, preRelease, page, Optional.of(files)));
    }

    private Files assets(JsonParser json) throws IOException {
        List<Asset> assets = new ArrayList<>();
        if (json.currentToken() == JsonToken.VALUE_NULL) {
            return files(assets);
        }
        expect(json, json.currentToken(), JsonToken.START_ARRAY, "a list of files");
        for (JsonToken token = json.nextToken(); token != JsonToken.END_ARRAY; token = json.nextToken()) {
            expect(json, token, JsonToken.START_OBJECT, "a file");
            asset(json).ifPresent(assets::add);
            if (assets.size() > MOST_FILES) {
                throw wrong(json, "a release has more than " + MOST_FILES + " files");
            }
        }
        return files(assets);
    }

    private Optional<Asset> asset(JsonParser json) throws IOException {
        OptionalLong id = OptionalLong.empty();
        OptionalLong size = OptionalLong.empty();
        Optional<String> name = Optional.empty();
        Optional<String> digest = Optional.empty();
        Optional<String> updatedAt = Optional.empty();
        boolean ready = true;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case "id" -> id = number(json);
                case "name" -> name = text(json).filter(value -> value.length() <= LONGEST_NAME);
                case "state" -> ready = text(json).map("uploaded"::equals).orElse(true);
                case "size" -> size = number(json);
                case "digest" -> digest = text(json).filter(value -> value.length() <= LONGEST_NAME);
                case "updated_at" -> updatedAt = text(json).filter(value -> value.length() <= LONGEST_NAME);
                default -> json.skipChildren();
            }
        }
        if (id.isEmpty() || name.isEmpty()) {
            return Optional.empty();
        }
        boolean sensible = size.isPresent() && size.getAsLong() >= 0;
        return Optional.of(new Asset(id.getAsLong(), name.get(), sensible ? size : OptionalLong.empty(), digest, updatedAt, ready));
    }

    private Files files(List<Asset> assets) {
        List<String> names = assets.stream().map(Asset::name).toList();
        return switch (choice.among(names)) {
            case Pick.None _ -> new Files(Optional.empty(), List.of(), List.of(), choice.nothing(names));
            case Pick.One one -> new Files(assets.stream().filter(asset -> asset.name().equals(one.name())).findFirst(), one.others(),
                    assets.stream().filter(asset -> asset.ready() && Artifact.Checksums.isFor(one.name(), asset.name())).toList(), "");
        };
    }

    private static void expect(JsonParser json, JsonToken got, JsonToken expected, String what) throws IOException {
        if (got != expected) {
            throw wrong(json, "where " + what + " should be stands " + (got == null ? "nothing" : "something else"));
        }
    }

    private static void end(JsonParser json) throws IOException {
        if (json.nextToken() != null) {
            throw wrong(json, "more follows after its end");
        }
    }

    private static Optional<String> text(JsonParser json) throws IOException {
        return switch (json.currentToken()) {
            case VALUE_STRING -> Optional.of(json.getText());
            case VALUE_NULL -> Optional.empty();
            default -> throw wrong(json, json.currentName() + " is no text");
        };
    }

    private static boolean flag(JsonParser json) throws IOException {
        return switch (json.currentToken()) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE, VALUE_NULL -> false;
            default -> throw wrong(json, json.currentName() + " is neither true nor false");
        };
    }

    private static OptionalLong number(JsonParser json) throws IOException {
        return switch (json.currentToken()) {
            case VALUE_NUMBER_INT -> OptionalLong.of(json.getLongValue());
            case VALUE_NULL -> OptionalLong.empty();
            default -> throw wrong(json, json.currentName() + " is no whole number");
        };
    }

    private static Optional<Instant> instant(String text) {
        try {
            return Optional.of(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /** For people to click on: an ordinary web address or nothing. */
    private static Optional<URI> link(String text) {
        try {
            URI uri = URI.create(text);
            boolean web = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
            return text.length() <= LONGEST_TEXT && web && uri.getHost() != null && uri.getUserInfo() == null ? Optional.of(uri) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static JsonParseException wrong(JsonParser json, String what) {
        return new JsonParseException(json, what);
    }
}
