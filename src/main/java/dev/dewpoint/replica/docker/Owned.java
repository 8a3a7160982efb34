package dev.dewpoint.replica.docker;

/** A container that was seen to carry our labels. Nothing else can be stopped or removed, and none is made outside this package. */
public final class Owned {
    private final String id;
    private final String name;
    private final Labels labels;

    Owned(String id, String name, Labels labels) {
        this.id = id;
        this.name = name;
        this.labels = labels;
    }

    public String id() {
        return id;
    }

    public String name() {
        return name;
    }

    public Labels labels() {
        return labels;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Owned owned && owned.id.equals(id);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public String toString() {
        return name + " (" + id.substring(0, Math.min(12, id.length())) + ")";
    }
}
