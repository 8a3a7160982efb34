package dev.dewpoint.replica.docker;

/** Who wants to know what happens to containers. Called on the thread that watches. */
public interface Watch {
    /** From here on nothing is missed; what happened before has to be looked up. */
    void connected();

    /** The same event may come again after a reconnect. */
    void happened(ContainerEvent event);
}
