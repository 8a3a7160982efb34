package dev.dewpoint.replica.process;

import dev.dewpoint.host.Descriptor;

/** What is printed here is lost. */
record AppLogNowhere(Descriptor nowhere, String why) implements Output {
    @Override
    public Descriptor stdout() {
        return nowhere;
    }

    @Override
    public Descriptor stderr() {
        return nowhere;
    }

    @Override
    public String tail(int lines) {
        return "[Dewpoint: its output could not be kept: " + why + "]";
    }

    @Override
    public void ended() {
        nowhere.close();
    }
}
