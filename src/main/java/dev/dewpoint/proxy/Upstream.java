package dev.dewpoint.proxy;

/** Where a rule sends to. */
public sealed interface Upstream {
    /** A name or a literal address. */
    String host();

    int port();

    int weight();

    /** One address; a name is looked up once more whenever it can't be reached. */
    record Fixed(String host, int port, int weight) implements Upstream {}

    /** Every address that the name has now, looked up again and again. */
    record Named(String host, int port, int weight) implements Upstream {}
}
