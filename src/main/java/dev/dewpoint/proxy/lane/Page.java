package dev.dewpoint.proxy.lane;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** An answer of our own. {@code fields}: further header lines, each with its end. */
public record Page(int status, String reason, String fields, String type, String body, boolean close) {
    Page andClose() {
        return new Page(status, reason, fields, type, body, true);
    }

    ByteBuffer bytes(boolean keep, boolean headOnly) {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        String head = "HTTP/1.1 " + status + " " + reason + "\r\n" + fields + "Content-Type: " + type + "\r\nContent-Length: " + content.length + "\r\nCache-Control: no-store\r\n" + (keep ? "" : "Connection: close\r\n") + "\r\n";
        byte[] top = Bytes.ascii(head);
        ByteBuffer out = ByteBuffer.allocate(top.length + content.length).put(top);
        return (headOnly ? out : out.put(content)).flip();
    }
}
