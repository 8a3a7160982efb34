package dev.dewpoint.proxy.http2;

import io.undertow.protocols.http2.HpackDecoder;
import io.undertow.util.HttpString;
import java.util.ArrayList;
import java.util.List;

/** The fields of one block, in order, as they are decoded. */
final class Listed implements HpackDecoder.HeaderEmitter {
    private static final int OVERHEAD = 32;

    private final List<String> names = new ArrayList<>();
    private final List<String> values = new ArrayList<>();
    private final int most;
    private long size;

    Listed(int most) {
        this.most = most;
    }

    @Override
    public void emitHeader(HttpString name, String value, boolean neverIndexed) {
        size += name.length() + value.length() + OVERHEAD;
        if (size <= most) {
            names.add(name.toString());
            values.add(value);
        }
    }

    /** There is more than is kept. */
    boolean tooLarge() {
        return size > most;
    }

    int count() {
        return names.size();
    }

    String name(int i) {
        return names.get(i);
    }

    String value(int i) {
        return values.get(i);
    }
}
