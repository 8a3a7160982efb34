package dev.dewpoint.host;

/** A value that no output shows. */
public record Secret(String value) {
    @Override
    public String toString() {
        return "***";
    }
}
