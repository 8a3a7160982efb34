package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.Route;
import java.nio.ByteBuffer;

/** The cookie that keeps a client with its backend. */
final class Sticky {
    private static final int DIGITS = 16;

    private Sticky() {}

    /** Which backend the client's cookie names; 0: none. */
    static long wanted(Route route, RequestHead head, byte[] bytes) {
        if (route.rule().balance() != Balance.COOKIE) {
            return 0;
        }
        byte[] name = route.cookie();
        for (int i = 0; i < head.fields.count(); i++) {
            if (head.fields.field(i) == Field.COOKIE) {
                long wanted = find(bytes, head.fields.valueFrom(i), head.fields.valueTo(i), name);
                if (wanted != 0) {
                    return wanted;
                }
            }
        }
        return 0;
    }

    private static long find(byte[] bytes, int from, int to, byte[] name) {
        for (int at = from; at + name.length + DIGITS <= to; at++) {
            boolean atStart = at == from || bytes[at - 1] == ' ' || bytes[at - 1] == ';';
            if (atStart && Bytes.same(bytes, at, at + name.length, name)) {
                return number(bytes, at + name.length);
            }
        }
        return 0;
    }

    private static long number(byte[] bytes, int from) {
        long number = 0;
        for (int i = from; i < from + DIGITS; i++) {
            int digit = Bytes.hex(bytes[i]);
            if (digit < 0) {
                return 0;
            }
            number = number << 4 | digit;
        }
        return number;
    }

    /** A new cookie, if the client showed none or that of another backend. */
    static void add(ByteBuffer out, Route route, Asked asked, Backend served, boolean secure) {
        if (route.rule().balance() == Balance.COOKIE && asked.wanted != served.id()) {
            Forwarding.put(out, "Set-Cookie: " + Bytes.text(route.cookie(), 0, route.cookie().length) + String.format("%016x", served.id()) + "; Path=" + route.rule().match().path() + "; HttpOnly; SameSite=Lax" + (secure ? "; Secure" : "") + "\r\n");
        }
    }
}
