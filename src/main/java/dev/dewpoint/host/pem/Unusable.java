package dev.dewpoint.host.pem;

/** Why a file is of no use, in words that go behind its name. */
public final class Unusable extends Exception {
    public Unusable(String why) {
        super(why);
    }
}
