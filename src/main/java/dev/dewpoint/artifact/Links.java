package dev.dewpoint.artifact;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The symlinks of an archive, kept back until every file is written: nothing can be written through a link that doesn't
 * exist yet, and a link is judged knowing all the others.
 */
final class Links {
    /** As the kernel does. */
    private static final int MOST_HOPS = 40;
    private static final int MOST_STEPS = 20_000_000;
    private static final int BYTES_PER_LINK = 200;

    private final Map<String, String> targets = new LinkedHashMap<>();
    private final long memory;
    private long used;
    private int steps;

    Links(long memory) {
        this.memory = memory;
    }

    void add(String path, String target) throws Rejected {
        if (target.startsWith("/")) {
            throw escapes(path, target);
        }
        charge(path.length() + target.length());
        targets.put(path, target);
    }

    /** For whatever must be remembered until the end. */
    void charge(int characters) throws Rejected {
        used += BYTES_PER_LINK + 2L * characters;
        if (used > memory) {
            throw new Rejected(Rejection.TOO_MANY_ENTRIES, "its links and unwritable directories take more than " + memory + " bytes of memory");
        }
    }

    boolean has(String path) {
        return targets.containsKey(path);
    }

    Map<String, String> all() {
        return targets;
    }

    /** Each link, followed through all others, ends below the root or nowhere. */
    void requireInside() throws Rejected {
        for (Map.Entry<String, String> link : targets.entrySet()) {
            follow(link.getKey(), link.getValue());
        }
    }

    private void follow(String path, String target) throws Rejected {
        StringBuilder at = new StringBuilder(path);
        up(at);
        Deque<String> ahead = new ArrayDeque<>();
        push(ahead, target);
        int hops = 1;
        while (!ahead.isEmpty()) {
            String part = ahead.pop();
            if (++steps > MOST_STEPS) {
                throw new Rejected(Rejection.LINK_LOOP, "its symlinks are too tangled to be followed");
            }
            if (part.equals("..")) {
                if (at.isEmpty()) {
                    throw escapes(path, target);
                }
                up(at);
                continue;
            }
            at.append(at.isEmpty() ? "" : "/").append(part);
            String next = targets.get(at.toString());
            if (next != null) {
                if (++hops > MOST_HOPS) {
                    throw new Rejected(Rejection.LINK_LOOP, "more than " + MOST_HOPS + " symlinks on the way from " + Names.shown(path));
                }
                up(at);
                push(ahead, next);
            }
        }
    }

    private static void up(StringBuilder at) {
        at.setLength(Math.max(0, at.lastIndexOf("/")));
    }

    private static void push(Deque<String> ahead, String target) {
        String[] parts = target.split("/");
        for (int i = parts.length - 1; i >= 0; i--) {
            if (!parts[i].isEmpty() && !parts[i].equals(".")) {
                ahead.push(parts[i]);
            }
        }
    }

    private static Rejected escapes(String path, String target) {
        return new Rejected(Rejection.LINK_ESCAPES, Names.shown(path) + " points to " + Names.shown(target));
    }
}
