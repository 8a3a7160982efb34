package dev.dewpoint.release;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where in a tag the slot stands, if it isn't the build metadata: {@code {version}-{slot}}. */
public record SlotPattern(String text) {
    private static final String VERSION = "{version}";
    private static final String SLOT = "{slot}";
    private static final Pattern ALLOWED = Pattern.compile("[0-9A-Za-z._-]*");

    public SlotPattern {
        int version = text.indexOf(VERSION);
        int slot = text.indexOf(SLOT);
        boolean apart = version >= 0 && slot >= 0 && version + VERSION.length() != slot && slot + SLOT.length() != version;
        if (!apart || !ALLOWED.matcher(text.replaceFirst("\\{version}", "").replaceFirst("\\{slot}", "")).matches()) {
            throw new IllegalArgumentException("a slot pattern holds {version} and {slot} once each, apart from each other by letters, digits, . _ or -, as in {version}-{slot}");
        }
    }

    /** The tag with its slot as build metadata. Empty if it carries none. */
    Optional<Tag> spelled(Tag tag) {
        String quoted = Pattern.quote(text).replace(VERSION, "\\E(?<version>.+)\\Q").replace(SLOT, "\\E(?<slot>[0-9A-Za-z]+)\\Q");
        Matcher match = Pattern.compile(quoted).matcher(tag.text());
        return match.matches() ? Tag.parse(match.group("version") + "+" + match.group("slot")) : Optional.empty();
    }
}
