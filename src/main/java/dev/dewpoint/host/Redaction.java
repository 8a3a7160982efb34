package dev.dewpoint.host;

import java.util.Collection;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** Takes secrets out of whatever leaves the agent: those that we were given, and what looks like one. */
public final class Redaction implements UnaryOperator<String> {
    private static final int SHORTEST = 6;
    private static final Pattern LOOKS_SECRET = Pattern.compile(
            "gh[pousr]_[0-9A-Za-z]{16,}|github_pat_[0-9A-Za-z_]{16,}|xox[abeoprs]-[0-9A-Za-z-]{8,}|hooks\\.slack\\.com/services/[0-9A-Za-z/]+"
                    + "|(?<=[?&](?:X-Amz-Signature|X-Amz-Credential|X-Goog-Signature|sig|token|access_token|password)=)[^&\\s\"]+|(?<=://)[^/@\\s:]+:[^/@\\s]+(?=@)");

    private final List<String> secrets;

    public Redaction(Collection<Secret> secrets) {
        this.secrets = secrets.stream().map(Secret::value).flatMap(String::lines).map(String::strip).filter(value -> value.length() >= SHORTEST)
                .distinct().sorted((one, other) -> Integer.compare(other.length(), one.length())).toList();
    }

    @Override
    public String apply(String text) {
        String clean = text;
        for (String secret : secrets) {
            clean = clean.replace(secret, "***");
        }
        return LOOKS_SECRET.matcher(clean).replaceAll("***");
    }
}
