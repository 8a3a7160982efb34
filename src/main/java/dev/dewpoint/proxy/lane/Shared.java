package dev.dewpoint.proxy.lane;

/** A connection that is one of several in another. */
public interface Shared {
    /** The one below had served before and is gone: its other end may have closed it while our request was on its way. */
    boolean stale();
}
