package dev.dewpoint.host;

/** The signals that we send; the numbers are Linux's on every machine that we run on. */
public enum Signal {
    HUP(1), KILL(9), USR1(10), TERM(15);

    private final int number;

    Signal(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }
}
