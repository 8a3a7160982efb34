package dev.dewpoint.replica.process;

import dev.dewpoint.host.Descriptor;

/** Where one process prints. */
public interface Output {
    Descriptor stdout();

    Descriptor stderr();

    /** The last lines that it printed to either, the last of all without its line break; 8 KiB at most. */
    String tail(int lines);

    /** Nobody prints here any more: what is there is taken down and the files go. {@link #tail} still answers. */
    void ended();
}
