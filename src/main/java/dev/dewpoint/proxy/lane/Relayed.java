package dev.dewpoint.proxy.lane;

import java.net.InetAddress;
import java.nio.ByteBuffer;

/** What a trusted proxy says of the client before it: kept, with the proxy itself added. */
final class Relayed {
    private Relayed() {}

    static void identity(ByteBuffer out, Front front, RequestHead head) {
        byte[] bytes = front.intake.bytes;
        String peer = Forwarding.address(front.peer());
        String said = all(head, bytes, Field.X_FORWARDED_FOR);
        String client = Forwarding.address(client(front, head));
        String scheme = front.entrance.secure() ? "https" : "http";
        String node = peer.indexOf(':') >= 0 ? "\"[" + peer + "]\"" : peer;
        String forwarded = all(head, bytes, Field.FORWARDED);
        line(out, "X-Forwarded-For", said.isEmpty() ? peer : said + ", " + peer);
        line(out, "X-Real-IP", client);
        line(out, "X-Forwarded-Proto", orElse(all(head, bytes, Field.X_FORWARDED_PROTO), scheme));
        line(out, "X-Forwarded-Port", orElse(all(head, bytes, Field.X_FORWARDED_PORT), String.valueOf(front.entrance.port())));
        line(out, "X-Forwarded-Host", orElse(all(head, bytes, Field.X_FORWARDED_HOST), Bytes.text(bytes, head.hostFrom, head.hostTo)));
        line(out, "Forwarded", (forwarded.isEmpty() ? "" : forwarded + ", ") + "for=" + node + ";proto=" + scheme);
    }

    private static void line(ByteBuffer out, String name, String value) {
        if (!value.isEmpty()) {
            Forwarding.put(out, name + ": " + value + "\r\n");
        }
    }

    private static String orElse(String said, String otherwise) {
        return said.isEmpty() ? otherwise : said;
    }

    private static String all(RequestHead head, byte[] bytes, Field field) {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < head.fields.count(); i++) {
            if (head.fields.field(i) == field && head.fields.valueTo(i) > head.fields.valueFrom(i)) {
                all.append(all.isEmpty() ? "" : ", ").append(Bytes.text(bytes, head.fields.valueFrom(i), head.fields.valueTo(i)));
            }
        }
        return all.toString();
    }

    /** The last address of the chain that no trusted proxy has: who is before it can't be known. */
    static InetAddress client(Front front, RequestHead head) {
        String[] chain = all(head, front.intake.bytes, Field.X_FORWARDED_FOR).split(",");
        InetAddress client = front.peer();
        for (int i = chain.length - 1; i >= 0 && front.lane.terms.trusted().test(client); i--) {
            InetAddress before = literal(chain[i].strip());
            if (before == null) {
                break;
            }
            client = before;
        }
        return client;
    }

    /** Never asks anybody for a name. */
    private static InetAddress literal(String text) {
        String bare = text.startsWith("[") && text.indexOf(']') > 0 ? text.substring(1, text.indexOf(']')) : text;
        int colon = bare.indexOf(':');
        if (colon >= 0 && colon == bare.lastIndexOf(':')) {
            bare = bare.substring(0, colon);
        }
        try {
            return InetAddress.ofLiteral(bare);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
