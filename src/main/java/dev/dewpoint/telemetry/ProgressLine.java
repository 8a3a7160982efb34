package dev.dewpoint.telemetry;

import java.io.PrintStream;

/** One line on a terminal that is written over and over, and is gone before anything else is printed. */
public final class ProgressLine {
    private final PrintStream terminal;
    private volatile boolean shown;

    public ProgressLine(PrintStream terminal) {
        this.terminal = terminal;
    }

    void show(String text) {
        shown = true;
        terminal.print("\r\u001b[K" + text);
        terminal.flush();
    }

    void clear() {
        if (shown) {
            shown = false;
            terminal.print("\r\u001b[K");
            terminal.flush();
        }
    }
}
