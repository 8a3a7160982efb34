package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.Backend;

/** A client's connection as its lane sees it. */
sealed interface Resident permits Front, Stream {
    /** Whatever is overdue. */
    void tick(long now);

    /** What it does with this backend has to end now. */
    void cut(Backend backend);

    /** No further requests; if it is idle, it goes. */
    void stop();

    /** All is over: says good-bye where that can be said, and ends so that nobody takes what there is for everything. */
    void leave();

    /** Where the lane keeps it. */
    int slot();

    void slot(int at);
}
