package dev.dewpoint.config;

import java.net.IDN;
import java.net.InetAddress;
import java.util.Locale;
import java.util.regex.Pattern;

/** Names and addresses of hosts, as people write them. Everything throws IllegalArgumentException with what is wrong. */
final class HostText {
    private static final Pattern LABEL = Pattern.compile("[0-9a-z_]([0-9a-z_-]{0,61}[0-9a-z_])?");
    private static final Pattern DOTTED = Pattern.compile("[0-9.]*[0-9]");
    private static final Pattern FOUR_NUMBERS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final int LONGEST = 253;

    private HostText() {}

    /** A name or an address, in lower case, else as written. {@code [::1]} keeps its brackets. */
    static String host(String text) {
        if (text.startsWith("[") && text.endsWith("]")) {
            address(text.substring(1, text.length() - 1));
            return text.toLowerCase(Locale.ROOT);
        }
        if (!DOTTED.matcher(text).matches()) {
            return name(text);
        }
        address(text);
        return text;
    }

    /** A name in lower case, without a dot at its end. */
    static String name(String text) {
        if (text.chars().anyMatch(letter -> letter > 127)) {
            throw new IllegalArgumentException("names with letters beyond ASCII are written as DNS knows them: " + ascii(text));
        }
        String name = text.toLowerCase(Locale.ROOT).replaceFirst("(?<=.)\\.$", "");
        if (name.length() > LONGEST) {
            throw new IllegalArgumentException("a host's name has " + LONGEST + " letters at most");
        }
        for (String label : name.split("\\.", -1)) {
            if (!LABEL.matcher(label).matches()) {
                throw new IllegalArgumentException("no host can be called " + (text.isEmpty() ? "nothing" : text) + "; names are letters, digits and dashes between dots");
            }
        }
        return name;
    }

    /** An IPv4 or IPv6 address; nothing is looked up. */
    static InetAddress address(String text) {
        boolean four = FOUR_NUMBERS.matcher(text).matches();
        if ((four || text.contains(":")) && !text.contains("%")) {
            try {
                return InetAddress.ofLiteral(text);
            } catch (IllegalArgumentException e) {
                // told below, like every other wrong spelling
            }
        }
        throw new IllegalArgumentException(text + " is no address; write one like 10.0.0.1 or [::1]");
    }

    static boolean isAddress(String host) {
        return host.startsWith("[") || DOTTED.matcher(host).matches();
    }

    static int port(String text) {
        int port;
        try {
            port = Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(text + " is no port");
        }
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("there is no port " + text + "; ports are 1 to 65535");
        }
        return port;
    }

    /** As a Host header holds it: {@code example.com}, {@code [::1]:8080}. */
    static String authority(String text) {
        int colon = text.lastIndexOf(':');
        boolean hasPort = colon > 0 && !text.endsWith("]");
        return host(hasPort ? text.substring(0, colon) : text) + (hasPort ? ":" + port(text.substring(colon + 1)) : "");
    }

    private static String ascii(String text) {
        try {
            return IDN.toASCII(text);
        } catch (IllegalArgumentException e) {
            return "xn--…";
        }
    }
}
