package dev.dewpoint.proxy;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Questions to a name server, and what its answers say (RFC 1035). Whatever the bytes are, reading them ends. */
final class DnsMessage {
    enum Type {
        A(1, 4), AAAA(28, 16);

        private final int code;
        private final int bytes;

        Type(int code, int bytes) {
            this.code = code;
            this.bytes = bytes;
        }
    }

    sealed interface Answer {
        /** Of another question, of another server's making, or damaged: the real one may still come. */
        record Foreign(String why) implements Answer {}

        /** It did not fit; to be asked for by TCP. */
        record Cut() implements Answer {}

        record NoSuchName() implements Answer {}

        /** The server can't or won't tell. */
        record Refused(String why) implements Answer {}

        /** Maybe none of this type. */
        record Addresses(List<InetAddress> addresses, Duration ttl) implements Answer {}
    }

    private static final int CNAME = 5;
    private static final int INTERNET = 1;
    private static final int LONGEST_NAME = 253;
    private static final int LONGEST_LABEL = 63;
    private static final int MOST_JUMPS = 64;
    private static final int LONGEST_CHAIN = 16;
    private static final Duration LONGEST_TTL = Duration.ofDays(1);

    private DnsMessage() {}

    private static final class Damaged extends Exception {
        private static final long serialVersionUID = 1;

        Damaged(String why) {
            super(why, null, false, false);
        }
    }

    private record Alias(String target, long ttl) {}

    private record Address(InetAddress address, long ttl) {}

    /** Whether it can be asked for at all. */
    static boolean isName(String name) {
        String bare = bare(name);
        if (bare.isEmpty() || bare.length() > LONGEST_NAME) {
            return false;
        }
        for (String label : bare.split("\\.", -1)) {
            if (label.isEmpty() || label.length() > LONGEST_LABEL || !label.chars().allMatch(c -> c > ' ' && c < 127)) {
                return false;
            }
        }
        return true;
    }

    static byte[] question(int id, String name, Type type) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(64);
        // recursion desired, one question
        for (int word : new int[] {id, 0x0100, 1, 0, 0, 0}) {
            word(out, word);
        }
        for (String label : bare(name).split("\\.")) {
            out.write(label.length());
            out.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
        }
        out.write(0);
        word(out, type.code);
        word(out, INTERNET);
        return out.toByteArray();
    }

    /** From the packet's position to its limit. */
    static Answer read(ByteBuffer packet, int id, String name, Type type) {
        try {
            return answer(packet.slice(), id, bare(name).toLowerCase(Locale.ROOT), type);
        } catch (Damaged e) {
            return new Answer.Foreign(e.getMessage());
        }
    }

    private static Answer answer(ByteBuffer in, int id, String name, Type type) throws Damaged {
        need(in, 12);
        int theirId = word(in);
        int flags = word(in);
        int questions = word(in);
        int records = word(in);
        in.getInt();
        if (theirId != id || (flags & 0xf800) != 0x8000 || questions != 1) {
            return new Answer.Foreign("it answers another question");
        }
        String asked = name(in);
        need(in, 4);
        if (!asked.equals(name) || word(in) != type.code || word(in) != INTERNET) {
            return new Answer.Foreign("it answers another question");
        }
        return switch (flags & 0xf) {
            case 0 -> (flags & 0x0200) != 0 ? new Answer.Cut() : follow(in, records, name, type);
            case 3 -> new Answer.NoSuchName();
            case 2 -> new Answer.Refused("it failed");
            case 5 -> new Answer.Refused("it refuses to answer us");
            default -> new Answer.Refused("it answered with code " + (flags & 0xf));
        };
    }

    /** From alias to alias, as far as this answer goes. */
    private static Answer follow(ByteBuffer in, int records, String name, Type type) throws Damaged {
        Map<String, Alias> aliases = new HashMap<>();
        Map<String, List<Address>> addresses = new HashMap<>();
        for (int i = 0; i < records; i++) {
            record(in, type, aliases, addresses);
        }
        String at = name;
        long ttl = LONGEST_TTL.toSeconds();
        for (int hops = 0; hops < LONGEST_CHAIN && !addresses.containsKey(at) && aliases.containsKey(at); hops++) {
            ttl = Math.min(ttl, aliases.get(at).ttl());
            at = aliases.get(at).target();
        }
        List<InetAddress> found = new ArrayList<>();
        for (Address each : addresses.getOrDefault(at, List.of())) {
            found.add(each.address());
            ttl = Math.min(ttl, each.ttl());
        }
        return new Answer.Addresses(List.copyOf(found), Duration.ofSeconds(ttl));
    }

    private static void record(ByteBuffer in, Type type, Map<String, Alias> aliases, Map<String, List<Address>> addresses) throws Damaged {
        String owner = name(in);
        need(in, 10);
        int kind = word(in);
        int network = word(in);
        int seconds = in.getInt();
        int length = word(in);
        need(in, length);
        int end = in.position() + length;
        long ttl = Math.max(0, seconds);
        if (network == INTERNET && kind == CNAME) {
            String target = name(in);
            if (in.position() != end) {
                throw new Damaged("an alias in it is damaged");
            }
            aliases.putIfAbsent(owner, new Alias(target, ttl));
        } else if (network == INTERNET && kind == type.code) {
            if (length != type.bytes) {
                throw new Damaged("an address in it is damaged");
            }
            addresses.computeIfAbsent(owner, _ -> new ArrayList<>()).add(new Address(address(in, length), ttl));
        }
        in.position(end);
    }

    private static InetAddress address(ByteBuffer in, int length) throws Damaged {
        byte[] bytes = new byte[length];
        in.get(bytes);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new Damaged("an address in it is damaged");
        }
    }

    /** In lower case. A pointer must lead backwards, and not too often. */
    private static String name(ByteBuffer in) throws Damaged {
        StringBuilder name = new StringBuilder();
        int at = in.position();
        int after = -1;
        for (int jumps = 0; ;) {
            int length = octet(in, at);
            if ((length & 0xc0) == 0xc0) {
                int target = (length & 0x3f) << 8 | octet(in, at + 1);
                after = after < 0 ? at + 2 : after;
                if (target >= at || ++jumps > MOST_JUMPS) {
                    throw new Damaged("a name in it leads in a circle");
                }
                at = target;
            } else if (length > LONGEST_LABEL || name.length() > LONGEST_NAME + 1) {
                throw new Damaged("a name in it is too long");
            } else if (length == 0) {
                in.position(after < 0 ? at + 1 : after);
                return name.isEmpty() ? "" : name.substring(0, name.length() - 1);
            } else {
                for (int i = 1; i <= length; i++) {
                    int c = octet(in, at + i);
                    // within a label a dot is no border
                    name.append(c == '.' ? '\u0000' : (char) (c >= 'A' && c <= 'Z' ? c + 32 : c));
                }
                name.append('.');
                at += 1 + length;
            }
        }
    }

    private static int octet(ByteBuffer in, int at) throws Damaged {
        if (at >= in.limit()) {
            throw new Damaged("it ends too early");
        }
        return in.get(at) & 0xff;
    }

    private static void need(ByteBuffer in, int bytes) throws Damaged {
        if (in.remaining() < bytes) {
            throw new Damaged("it ends too early");
        }
    }

    private static int word(ByteBuffer in) {
        return in.getShort() & 0xffff;
    }

    private static void word(ByteArrayOutputStream out, int value) {
        out.write(value >> 8);
        out.write(value);
    }

    private static String bare(String name) {
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }
}
