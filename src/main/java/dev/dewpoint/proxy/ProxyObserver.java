package dev.dewpoint.proxy;

/** Is told what happens to the backends of a route, in order, by the thread it happens on. Must return soon and never throws. */
@FunctionalInterface
public interface ProxyObserver {
    void saw(ProxyEvent event);
}
