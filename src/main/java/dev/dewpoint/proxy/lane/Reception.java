package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.Route;

/** What is answered at once, before anybody looks for a backend. */
final class Reception {
    private Reception() {}

    /** What the port answers by itself, whatever its routes are; null: nothing. */
    static Page ofPort(Front front, RequestHead head) {
        byte[] bytes = front.intake.bytes;
        Entrance entrance = front.entrance;
        if (entrance.toHttps().isPresent()) {
            boolean named = head.hostTo > head.hostFrom && bytes[head.targetFrom] == '/';
            return named ? Pages.toHttps(head, bytes, entrance.toHttps().getAsInt()) : Pages.error(400, head, bytes);
        }
        if (entrance.own().has(bytes, head.targetFrom, head.pathTo)) {
            return entrance.own().page(Bytes.text(bytes, head.targetFrom, head.pathTo), Forwarding.client(front, head));
        }
        return null;
    }

    /** Why it isn't forwarded to this route, null being none at all; 0: it is. */
    static int refusal(Front front, RequestHead head, Route route, Asked asked) {
        Entrance entrance = front.entrance;
        if (entrance.secure() && !entrance.knowsHost().test(Pages.withoutPort(Bytes.text(front.intake.bytes, head.hostFrom, head.hostTo)))) {
            return 421;
        }
        return route == null ? 404 : asked.larger(route) ? 413 : 0;
    }

    /** Whoever watches from outside must not take a gate that was closed on purpose for an outage. */
    static boolean asksHealth(Front front, RequestHead head, Route route, Asked asked) {
        return (asked.method == Method.GET || asked.method == Method.HEAD) && Forwarding.asksHealth(head, front.intake.bytes, route);
    }
}
