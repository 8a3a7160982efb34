package dev.dewpoint.proxy.lane;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads requests to the letter of the standard and of our own rules, written for clarity and apart from the code that
 * it judges.
 */
final class StrictReader {
    record Request(String method, String target, String body, boolean last) {}

    sealed interface Read {
        record Whole(Request request, int end) implements Read {}

        record Half() implements Read {}

        record Broken(String why) implements Read {}
    }

    private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]";
    private static final String TEXT = "[\\t\\x20-\\x7e\\x80-\\xff]";
    private static final Pattern LINE = Pattern.compile("(" + TOKEN + "{1,32}) ([!-\"$-~]{1,16384}) HTTP/1\\.([01])");
    private static final Pattern FIELD = Pattern.compile("(" + TOKEN + "+):[ \\t]*((?:" + TEXT + "*[\\x21-\\x7e\\x80-\\xff])?)[ \\t]*", Pattern.DOTALL);
    private static final Pattern HOST = Pattern.compile("[0-9A-Za-z.:_~\\[\\]-]+");
    private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");
    private static final Pattern SIZE = Pattern.compile("([0-9A-Fa-f]{1,15})[ \\t]*(?:;" + TEXT + "{0,1024})?");
    private static final Pattern ABSOLUTE = Pattern.compile("https?://([^/?]*)(/.*)", Pattern.CASE_INSENSITIVE);
    private static final Set<String> NOT_IN_TRAILERS = Set.of("host", "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade",
            "http2-settings", "content-length", "content-type", "expect", "accept", "cookie", "forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-real-ip", "x-request-id",
            "x-request-start");

    private final int mostFields;

    StrictReader(int mostFields) {
        this.mostFields = mostFields;
    }

    /** Those that are whole, up to the first that is broken, is not whole, or is the connection's last. */
    List<Request> all(String bytes) {
        List<Request> all = new ArrayList<>();
        for (int at = 0; next(bytes, at) instanceof Read.Whole whole; at = whole.end) {
            all.add(whole.request);
            if (whole.request.last) {
                break;
            }
        }
        return all;
    }

    /** What comes behind the whole ones. */
    Read rest(String bytes) {
        int at = 0;
        Read read = next(bytes, at);
        while (read instanceof Read.Whole whole && !whole.request.last) {
            at = whole.end;
            read = next(bytes, at);
        }
        return read;
    }

    Read next(String bytes, int from) {
        int at = bytes.startsWith("\r\n", from) ? from + 2 : from;
        int end = bytes.indexOf("\r\n\r\n", at);
        if (end < 0) {
            return new Read.Half();
        }
        String[] lines = bytes.substring(at, end).split("\r\n", -1);
        Matcher line = LINE.matcher(lines[0]);
        if (!line.matches()) {
            return new Read.Broken("request line");
        }
        if (lines.length - 1 > mostFields || end - at > 65_000) {
            return new Read.Broken("too much");
        }
        Head head = new Head(line.group(1), line.group(2), line.group(3).equals("0"));
        for (int i = 1; i < lines.length; i++) {
            Matcher field = FIELD.matcher(lines[i]);
            if (!field.matches()) {
                return new Read.Broken("field " + lines[i]);
            }
            head.add(field.group(1).toLowerCase(Locale.ROOT), field.group(2));
        }
        String why = head.whyNot();
        return why.isEmpty() ? body(bytes, end + 4, head) : new Read.Broken(why);
    }

    private static Read body(String bytes, int from, Head head) {
        if (!head.codings.isEmpty()) {
            return chunks(bytes, from, head);
        }
        long length = head.lengths.isEmpty() ? 0 : Long.parseLong(head.lengths.getFirst());
        return bytes.length() - from < length ? new Read.Half() : whole(head, bytes.substring(from, from + (int) length), from + (int) length);
    }

    private static Read chunks(String bytes, int from, Head head) {
        StringBuilder body = new StringBuilder();
        int at = from;
        while (true) {
            int end = bytes.indexOf("\r\n", at);
            if (end < 0) {
                return new Read.Half();
            }
            Matcher size = SIZE.matcher(bytes.substring(at, end));
            if (!size.matches()) {
                return new Read.Broken("chunk size");
            }
            long length = Long.parseLong(size.group(1), 16);
            at = end + 2;
            if (length == 0) {
                return trailers(bytes, at, head, body.toString());
            }
            if (bytes.length() < at + length + 2) {
                return new Read.Half();
            }
            body.append(bytes, at, at + (int) length);
            at += (int) length;
            if (!bytes.startsWith("\r\n", at)) {
                return new Read.Broken("chunk end");
            }
            at += 2;
        }
    }

    private static Read trailers(String bytes, int from, Head head, String body) {
        int at = from;
        int letters = 0;
        while (true) {
            int end = bytes.indexOf("\r\n", at);
            if (end < 0) {
                return new Read.Half();
            }
            letters += end - at - 1;
            if (end == at) {
                return whole(head, body, end + 2);
            }
            Matcher field = FIELD.matcher(bytes.substring(at, end));
            if (!field.matches() || letters > 16 << 10 || NOT_IN_TRAILERS.contains(field.group(1).toLowerCase(Locale.ROOT).replace('_', '-'))) {
                return new Read.Broken("trailer");
            }
            at = end + 2;
        }
    }

    private static Read whole(Head head, String body, int end) {
        return new Read.Whole(new Request(head.method, head.path, body, head.last), end);
    }

    private static final class Head {
        private final String method;
        private final String target;
        private final boolean old;
        private final List<String> hosts = new ArrayList<>();
        private final List<String> lengths = new ArrayList<>();
        private final List<String> codings = new ArrayList<>();
        private boolean expectsOther;
        private boolean last;
        private String path;

        Head(String method, String target, boolean old) {
            this.method = method;
            this.target = target;
            this.old = old;
            this.last = old;
        }

        void add(String name, String value) {
            switch (name) {
                case "host" -> hosts.add(value);
                case "content-length" -> lengths.add(value);
                case "transfer-encoding" -> codings.add(value);
                case "expect" -> expectsOther |= !value.equalsIgnoreCase("100-continue");
                case "connection" -> {
                    for (String option : value.split(",")) {
                        last |= option.strip().equalsIgnoreCase("close");
                    }
                }
                default -> { }
            }
        }

        String whyNot() {
            if (hosts.size() > 1 || hosts.isEmpty() && !old || !hosts.isEmpty() && !HOST.matcher(hosts.getFirst()).matches()) {
                return "host";
            }
            if (lengths.size() > 1 || codings.size() > 1 || !lengths.isEmpty() && !codings.isEmpty() || old && !codings.isEmpty()) {
                return "framing";
            }
            if (!lengths.isEmpty() && !LENGTH.matcher(lengths.getFirst()).matches() || !codings.isEmpty() && !codings.getFirst().equalsIgnoreCase("chunked")) {
                return "length or coding";
            }
            if (expectsOther || method.equals("CONNECT") || method.equals("TRACE")) {
                return "not ours";
            }
            Matcher absolute = ABSOLUTE.matcher(target);
            if (target.startsWith("/") || target.equals("*") && method.equals("OPTIONS")) {
                path = target;
            } else if (absolute.matches() && !hosts.isEmpty() && absolute.group(1).equalsIgnoreCase(hosts.getFirst())) {
                path = absolute.group(2);
            } else {
                return "target";
            }
            return "";
        }
    }

    static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }
}
