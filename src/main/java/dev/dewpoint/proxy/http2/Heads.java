package dev.dewpoint.proxy.http2;

import io.undertow.util.HeaderMap;
import io.undertow.util.HttpString;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Heads of messages, from HTTP/2 to HTTP/1.1 and back. */
final class Heads {
    /** Not understood: the message is malformed. */
    static final String MALFORMED = "";

    private static final Set<String> OF_ONE_HOP = Set.of("connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade");
    private static final Set<String> ASKED = Set.of(":method", ":scheme", ":path", ":authority");
    private static final HttpString STATUS = new HttpString(":status");
    private static final HttpString METHOD = new HttpString(":method");
    private static final HttpString SCHEME = new HttpString(":scheme");
    private static final HttpString PATH = new HttpString(":path");
    private static final HttpString AUTHORITY = new HttpString(":authority");
    private static final HttpString TE = new HttpString("te");
    private static final String TOKEN = "!#$%&'*+-.^_`|~";

    private Heads() {}

    /** What was read of a head. {@code length}: -1 if none is said. */
    record Read(String text, long length, String method, int status) {
        static final Read WRONG = new Read(MALFORMED, 0, "", 0);

        boolean malformed() {
            return text.isEmpty();
        }
    }

    // ---- from HTTP/2

    /** {@code whole}: no body follows. */
    static Read request(Listed fields, boolean whole) {
        Map<String, String> pseudo = new HashMap<>();
        StringBuilder lines = new StringBuilder();
        StringBuilder cookies = new StringBuilder();
        String host = null;
        long length = -1;
        int i = pseudo(fields, ASKED, pseudo);
        for (; i < fields.count(); i++) {
            String name = fields.name(i);
            String value = fields.value(i);
            if (!sound(name, value) || OF_ONE_HOP.contains(name) || name.equals("te") && !value.equals("trailers")) {
                return Read.WRONG;
            }
            if (name.equals("cookie")) {
                cookies.append(cookies.isEmpty() ? "" : "; ").append(value);
            } else if (name.equals("host")) {
                if (host != null) {
                    return Read.WRONG;
                }
                host = value;
            } else {
                if (name.equals("content-length")) {
                    if (length >= 0) {
                        return Read.WRONG;
                    }
                    length = number(value);
                    if (length < 0) {
                        return Read.WRONG;
                    }
                }
                line(lines, name, value);
            }
        }
        String line = requestLine(pseudo, host);
        if (line.isEmpty() || whole && length > 0) {
            return Read.WRONG;
        }
        StringBuilder text = new StringBuilder(line).append(lines);
        if (!cookies.isEmpty()) {
            line(text, "cookie", cookies.toString());
        }
        if (!whole && length < 0) {
            line(text, "transfer-encoding", "chunked");
        }
        return new Read(text.append("\r\n").toString(), length, pseudo.get(":method"), 0);
    }

    private static String requestLine(Map<String, String> pseudo, String host) {
        String method = pseudo.get(":method");
        String path = pseudo.get(":path");
        String authority = pseudo.getOrDefault(":authority", host);
        if (method == null || !isToken(method) || authority == null || host != null && !host.equalsIgnoreCase(authority)) {
            return MALFORMED;
        }
        boolean connect = method.equals("CONNECT");
        if (connect == pseudo.containsKey(":scheme") || connect == (path != null) || path != null && !isTarget(path) || !isTarget(authority)) {
            return MALFORMED;
        }
        return method + " " + (connect ? authority : path) + " HTTP/1.1\r\nhost: " + authority + "\r\n";
    }

    /** {@code method}: of the request that it answers. */
    static Read response(Listed fields, boolean whole, String method) {
        Map<String, String> pseudo = new HashMap<>();
        int i = pseudo(fields, Set.of(":status"), pseudo);
        int status = (int) number(pseudo.getOrDefault(":status", "x"));
        if (status < 100 || status > 999) {
            return Read.WRONG;
        }
        boolean interim = status < 200;
        boolean bodiless = interim || status == 204 || status == 304 || method.equals("HEAD");
        StringBuilder text = new StringBuilder("HTTP/1.1 ").append(status).append(" \r\n");
        long length = -1;
        for (; i < fields.count(); i++) {
            String name = fields.name(i);
            String value = fields.value(i);
            if (!sound(name, value) || OF_ONE_HOP.contains(name)) {
                return Read.WRONG;
            }
            if (name.equals("content-length")) {
                if (length >= 0 || number(value) < 0) {
                    return Read.WRONG;
                }
                length = number(value);
            }
            line(text, name, value);
        }
        if (!bodiless && whole && length > 0 || interim && whole) {
            return Read.WRONG;
        }
        if (!bodiless && length < 0) {
            text.append(whole ? "content-length: 0\r\n" : "transfer-encoding: chunked\r\n");
        }
        // each stream serves once
        text.append(interim ? "" : "connection: close\r\n").append("\r\n");
        return new Read(text.toString(), bodiless ? 0 : whole ? 0 : length, method, status);
    }

    /** Lines of fields, or null if they are malformed. */
    static String trailers(Listed fields) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < fields.count(); i++) {
            if (!sound(fields.name(i), fields.value(i)) || OF_ONE_HOP.contains(fields.name(i))) {
                return null;
            }
            line(text, fields.name(i), fields.value(i));
        }
        return text.toString();
    }

    /** Answers where the other fields begin; what is wrong with these remains to be seen there. */
    private static int pseudo(Listed fields, Set<String> known, Map<String, String> into) {
        int i = 0;
        while (i < fields.count() && fields.name(i).startsWith(":")) {
            if (!known.contains(fields.name(i)) || !isValue(fields.value(i)) || into.put(fields.name(i), fields.value(i)) != null) {
                into.clear();
                return i;
            }
            i++;
        }
        return i;
    }

    private static void line(StringBuilder out, String name, String value) {
        out.append(name).append(": ").append(value).append("\r\n");
    }

    static long number(String digits) {
        if (digits.isEmpty() || digits.length() > 18 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        return Long.parseLong(digits);
    }

    private static boolean sound(String name, String value) {
        return isToken(name) && name.chars().noneMatch(c -> c >= 'A' && c <= 'Z') && isValue(value);
    }

    private static boolean isToken(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || TOKEN.indexOf(c) >= 0);
    }

    private static boolean isValue(String text) {
        return text.chars().allMatch(c -> c >= ' ' && c != 0x7f && c <= 0xff || c == '\t');
    }

    private static boolean isTarget(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c > ' ' && c != 0x7f && c <= 0xff);
    }

    // ---- to HTTP/2

    /** {@code body}: what the lines say of it. */
    record Written(HeaderMap fields, Unframing.Body body, String method) {}

    static Written request(String head) {
        String[] lines = head.split("\r\n");
        String[] first = lines[0].split(" ");
        HeaderMap fields = new HeaderMap();
        fields.put(METHOD, first[0]);
        fields.put(SCHEME, "http");
        fields.put(PATH, first[1]);
        Unframing.Body body = fields(lines, fields, AUTHORITY);
        String type = fields.getFirst("content-type");
        if (type != null && type.startsWith("application/grpc")) {
            // we pass trailers on, and some servers want to hear that
            fields.put(TE, "trailers");
        }
        return new Written(fields, body == Unframing.Body.OPEN ? Unframing.Body.NONE : body, first[0]);
    }

    static Written response(String head, String method) {
        String[] lines = head.split("\r\n");
        int status = Integer.parseInt(lines[0].substring(9, 12));
        HeaderMap fields = new HeaderMap();
        fields.put(STATUS, String.valueOf(status));
        Unframing.Body body = fields(lines, fields, null);
        boolean bodiless = status == 204 || status == 304 || method.equals("HEAD");
        return new Written(fields, status < 200 ? Unframing.Body.INTERIM : bodiless ? Unframing.Body.NONE : body, method);
    }

    static HeaderMap trailers(String text) {
        HeaderMap fields = new HeaderMap();
        String[] lines = ("\r\n" + text).split("\r\n");
        fields(lines, fields, null);
        return fields;
    }

    /** {@code authority}: what `Host` becomes; null if it stays. */
    private static Unframing.Body fields(String[] lines, HeaderMap into, HttpString authority) {
        Unframing.Body body = Unframing.Body.OPEN;
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon < 1) {
                continue;
            }
            String name = lines[i].substring(0, colon).toLowerCase(Locale.ROOT);
            String value = lines[i].substring(colon + 1).strip();
            if (name.equals("transfer-encoding")) {
                body = Unframing.Body.CHUNKED;
            } else if (name.equals("content-length")) {
                body = new Unframing.Body(Math.max(0, number(value)));
            }
            if (name.equals("host") && authority != null) {
                into.put(authority, value);
            } else if (!OF_ONE_HOP.contains(name)) {
                into.add(new HttpString(name), value);
            }
        }
        return body;
    }
}
