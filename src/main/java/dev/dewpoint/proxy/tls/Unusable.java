package dev.dewpoint.proxy.tls;

/** Why a file is of no use, in words that go behind its name. */
final class Unusable extends Exception {
    Unusable(String why) {
        super(why);
    }
}
