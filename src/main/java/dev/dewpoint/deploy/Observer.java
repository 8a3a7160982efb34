package dev.dewpoint.deploy;

/** Is told what happens, in order, by the thread it happens on. Must return at once and never throws. */
@FunctionalInterface
public interface Observer {
    void saw(Event event);
}
