package dev.dewpoint.cert;

import java.net.IDN;
import java.net.InetAddress;
import java.util.Locale;
import java.util.regex.Pattern;

/** What a certificate is for. */
public sealed interface HostName {
    /** A name, or one whose first label is a star. In ASCII and lower case. */
    record Dns(String name) implements HostName {
        @Override
        public String toString() {
            return name;
        }
    }

    record Address(InetAddress address) implements HostName {
        @Override
        public String toString() {
            // ::1 as people write it
            return address.getHostAddress().replaceFirst("(?:^|:)(?:0:)+0?", "::").replaceFirst(":::+", "::");
        }
    }

    /** @throws IllegalArgumentException saying what is wrong, without repeating the text */
    static HostName parse(String text) {
        boolean inBrackets = text.startsWith("[") && text.endsWith("]");
        String bare = inBrackets ? text.substring(1, text.length() - 1) : text;
        if (bare.indexOf(':') >= 0 || bare.matches("[0-9.]+")) {
            try {
                if (bare.indexOf(':') < 0 && bare.chars().filter(c -> c == '.').count() != 3) {
                    // Java would read 10.1 as 10.0.0.1
                    throw new IllegalArgumentException("it is no IP address");
                }
                return new Address(InetAddress.ofLiteral(bare));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(bare.contains("://") ? "a host is needed, without scheme and path" : bare.matches("[^:]+:\\d+") ? "a host is needed, without the port" : "it is no IP address");
            }
        }
        return new Dns(name(bare));
    }

    /** For the name of a file. */
    default String fileName() {
        return toString().replace("*", "_wildcard").replace(':', '_');
    }

    private static String name(String text) {
        boolean wild = text.startsWith("*.");
        String rest = wild ? text.substring(2) : text;
        String ascii;
        try {
            ascii = IDN.toASCII(rest, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("no host can be called that");
        }
        if (ascii.contains("/") || ascii.length() > 250 || !Pattern.matches("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*", ascii)) {
            throw new IllegalArgumentException(ascii.contains("*") ? "a star stands for the whole first part only, as in *.example.test" : "no host can be called that");
        }
        if (wild && !ascii.contains(".")) {
            throw new IllegalArgumentException("browsers refuse a star right before the last part; use *.dev." + ascii + " or the like");
        }
        return wild ? "*." + ascii : ascii;
    }
}
