package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.Gate;
import java.nio.ByteBuffer;

/** What clients are told when there is nothing to pass on: short, honest, as HTML or JSON. */
final class Pages {
    private static final byte[] JSON = Bytes.ascii("application/json");
    private static final byte[] HTML = Bytes.ascii("text/html");
    static final Page HEALTHY = new Page(200, "OK", "", "text/plain", "ok\n", false);
    private static final String RETRY = "Retry-After: 1\r\n";

    private Pages() {}

    static Page error(int status, RequestHead head, byte[] bytes) {
        return page(status, reason(status), says(status), status == 503 ? RETRY : "", prefersJson(head, bytes));
    }

    static Page closed(Gate.Closed gate, RequestHead head, byte[] bytes) {
        return page(503, reason(503), gate.message(), "Retry-After: " + Math.max(1, gate.retryAfter().toSeconds()) + "\r\n", prefersJson(head, bytes));
    }

    /** To a request whose head isn't understood, so nobody knows what it would accept. */
    static Page refusal(int status) {
        return page(status, reason(status), says(status), "", false).andClose();
    }

    static Page toHttps(RequestHead head, byte[] bytes, int port) {
        String host = Bytes.text(bytes, head.hostFrom, head.hostTo);
        String location = "https://" + withoutPort(host) + (port == 443 ? "" : ":" + port) + Bytes.text(bytes, head.targetFrom, head.targetTo);
        return new Page(308, "Permanent Redirect", "Location: " + location + "\r\n", "text/plain", "", false);
    }

    static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    }

    static ByteBuffer lastChunk() {
        return ByteBuffer.wrap(Bytes.ascii("0\r\n\r\n"));
    }

    private static Page page(int status, String reason, String says, String fields, boolean json) {
        String body = json
                ? "{\"status\":" + status + ",\"error\":\"" + reason + "\",\"message\":\"" + escaped(says, "\"\\", "\\u%04x") + "\"}\n"
                : "<!doctype html><meta charset=utf-8><title>" + status + " " + reason + "</title><h1>" + status + " " + reason + "</h1><p>" + escaped(says, "<>&\"'", "&#%d;") + "</p>\n";
        return new Page(status, reason, fields, json ? "application/json" : "text/html; charset=utf-8", body, false);
    }

    private static String escaped(String text, String dangerous, String as) {
        StringBuilder out = new StringBuilder();
        text.chars().forEach(c -> out.append(c < ' ' || dangerous.indexOf(c) >= 0 ? String.format(as, c) : String.valueOf((char) c)));
        return out.toString();
    }

    private static boolean prefersJson(RequestHead head, byte[] bytes) {
        for (int i = 0; i < head.fields.count(); i++) {
            if (head.fields.field(i) == Field.ACCEPT) {
                int json = at(bytes, head.fields.valueFrom(i), head.fields.valueTo(i), JSON);
                int html = at(bytes, head.fields.valueFrom(i), head.fields.valueTo(i), HTML);
                return json >= 0 && (html < 0 || json < html);
            }
        }
        return false;
    }

    private static int at(byte[] bytes, int from, int to, byte[] word) {
        for (int at = from; at + word.length <= to; at++) {
            if (Bytes.same(bytes, at, at + word.length, word)) {
                return at;
            }
        }
        return -1;
    }

    static String reason(int status) {
        return switch (status) {
            case 400 -> "Bad Request";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 408 -> "Request Timeout";
            case 413 -> "Content Too Large";
            case 414 -> "URI Too Long";
            case 417 -> "Expectation Failed";
            case 421 -> "Misdirected Request";
            case 431 -> "Request Header Fields Too Large";
            case 501 -> "Not Implemented";
            case 502 -> "Bad Gateway";
            case 503 -> "Service Unavailable";
            case 504 -> "Gateway Timeout";
            case 505 -> "HTTP Version Not Supported";
            default -> "Error";
        };
    }

    private static String says(int status) {
        return switch (status) {
            case 404 -> "Nothing is served at this address.";
            case 405 -> "This method is not forwarded.";
            case 408 -> "The request did not arrive in time.";
            case 413 -> "The request is larger than this address accepts.";
            case 421 -> "This host is not served by this connection.";
            case 502 -> "The application broke off before it had answered.";
            case 503 -> "No instance of the application can be reached right now. Please try again.";
            case 504 -> "The application did not answer in time.";
            default -> "The request could not be understood.";
        };
    }
}
