package dev.dewpoint.unit;

/** A unit, line after line. */
final class Lines {
    private final StringBuilder text = new StringBuilder();

    Lines comment(String... lines) {
        for (String line : lines) {
            text.append(line.isEmpty() ? "#" : "# " + line).append('\n');
        }
        return this;
    }

    Lines section(String name) {
        text.append(text.isEmpty() ? "" : "\n").append('[').append(name).append("]\n");
        return this;
    }

    Lines gap() {
        text.append('\n');
        return this;
    }

    Lines set(String name, String value) {
        text.append(name).append('=').append(value).append('\n');
        return this;
    }

    /** To be made valid by whoever needs it. */
    Lines offer(String name, String value) {
        text.append('#');
        return set(name, value);
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
