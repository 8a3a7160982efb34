package dev.dewpoint.proxy.lane;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.random.RandomGenerator;

/** Requests that somebody might send who means no good: known tricks, and what becomes of them by a small change. */
final class HostileBytes {
    private static final String[] ODD = {"\r", "\n", "\r\n", "\0", "\t", " ", "\u000b", "\f", ":", ";", ",", "\"", "\\", "%00", "\u00a0", "\u0085", "0", "-", "+", "\u007f", "\u00ff", "_", "\r\r\n", "\n\n", "\r\n\r\n", "\r\n "};
    private static final String[] LINES = {"Content-Length: 3", "Content-Length: 0", "Transfer-Encoding: chunked", "Transfer-Encoding : chunked", "Transfer-Encoding: x", "Host: y", "Connection: close", "Connection: content-length", "Expect: 100-continue",
        "Content_Length: 9", "X: y", " folded", "Content-Length: 3\nX: y", "X-Forwarded-For: 1.2.3.4", "Upgrade: h2c", "Content-Length:\u000b3", "Transfer-Encoding:\tchunked"};
    private static final String BEFORE = "POST /before HTTP/1.1\r\nHost: example.com\r\nContent-Length: 4\r\n\r\nbody";
    private static final String AFTER = "GET /after HTTP/1.1\r\nHost: example.com\r\n\r\n";

    private HostileBytes() {}

    static List<String> bases() {
        List<String> bases = new ArrayList<>(RequestHeadTest.ACCEPTED.stream().map(HostileBytes::withBody).toList());
        bases.addAll(RequestHeadTest.REFUSED.keySet());
        for (String chunks : FramingTest.ACCEPTED.keySet()) {
            bases.add("POST /chunks HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
        }
        for (String chunks : FramingTest.REFUSED) {
            bases.add("POST /chunks HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
        }
        String smuggled = "GET /smuggled HTTP/1.1\r\nHost: example.com\r\n\r\n";
        bases.add("POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: " + (smuggled.length() + 5) + "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled);
        bases.add("POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: " + smuggled.length() + "\r\n\r\n" + smuggled);
        bases.add("GET / HTTP/1.1\r\nHost: example.com\r\nContent-Length: " + smuggled.length() + "\r\n\r\n" + smuggled);
        bases.add("GET / HTTP/1.1\r\nHost: example.com\r\nConnection: Content-Length\r\nContent-Length: " + smuggled.length() + "\r\n\r\n" + smuggled);
        bases.add("POST / HTTP/1.1\r\nHost: example.com\r\nConnection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(smuggled.length()) + "\r\n" + smuggled + "\r\n0\r\n\r\n");
        bases.add("GET / HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n" + smuggled);
        bases.add("GET / HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n" + smuggled);
        bases.add("GET / HTTP/1.0\r\nHost: example.com\r\n\r\n" + smuggled);
        bases.add("HEAD / HTTP/1.1\r\nHost: example.com\r\n\r\n" + smuggled);
        bases.add("POST / HTTP/1.1\r\nHost: example.com\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello" + smuggled);
        bases.add("PUT / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 5\r\n\r\nhello\r\n" + smuggled);
        bases.add("POST / HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n" + smuggled);
        return bases;
    }

    /** The heads that announce a body get one. */
    private static String withBody(String head) {
        if (head.toLowerCase(Locale.ROOT).contains("transfer-encoding")) {
            return head + "3\r\nabc\r\n0\r\n\r\n";
        }
        return head.contains("007") ? head + "1234567" : head.contains("Expect") ? head + "x" : head;
    }

    /** The first stays as it is, so that every known trick is tried. */
    static String mutate(String base, int kind, RandomGenerator random) {
        String bytes = kind == 0 ? base : switch (random.nextInt(8)) {
            case 0 -> letters(base, random);
            case 1 -> lines(base, random);
            case 2, 3 -> put(base, random, ODD[random.nextInt(ODD.length)], 0);
            case 4 -> put(base, random, ODD[random.nextInt(ODD.length)], 1);
            case 5 -> put(base, random, "", 1 + random.nextInt(3));
            case 6 -> addLine(base, random);
            default -> base;
        };
        boolean before = kind > 0 && random.nextInt(3) == 0;
        boolean after = kind == 0 || random.nextInt(2) == 0;
        return (before ? BEFORE : "") + bytes + (after ? AFTER : "");
    }

    private static String letters(String base, RandomGenerator random) {
        StringBuilder out = new StringBuilder(base);
        for (int i = 0; i < out.length() && i < 400; i++) {
            if (random.nextInt(4) == 0) {
                char c = out.charAt(i);
                out.setCharAt(i, Character.isLowerCase(c) ? Character.toUpperCase(c) : Character.toLowerCase(c));
            }
        }
        return out.chars().allMatch(c -> c < 256) ? out.toString() : base;
    }

    private static String lines(String base, RandomGenerator random) {
        int end = base.indexOf("\r\n\r\n");
        int first = base.indexOf("\r\n");
        if (end <= first || first < 0) {
            return base;
        }
        List<String> lines = new ArrayList<>(List.of(base.substring(first + 2, end).split("\r\n")));
        Collections.shuffle(lines, Random.from(random));
        return base.substring(0, first + 2) + String.join("\r\n", lines) + base.substring(end);
    }

    private static String addLine(String base, RandomGenerator random) {
        int first = base.indexOf("\r\n");
        return first < 0 ? base : base.substring(0, first + 2) + LINES[random.nextInt(LINES.length)] + "\r\n" + base.substring(first + 2);
    }

    private static String put(String base, RandomGenerator random, String what, int over) {
        int at = random.nextInt(Math.min(base.length(), 300));
        return base.substring(0, at) + what + base.substring(Math.min(base.length(), at + over));
    }
}
