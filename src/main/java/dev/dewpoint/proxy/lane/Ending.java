package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.Backend;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * How an exchange ends: with the whole response, with a page of our own, or so that nobody takes a part for the whole.
 * Whatever it is, it is counted and logged once, the backend is let go, and the client's connection goes on or ends.
 */
final class Ending {
    private final Exchange exchange;
    private final Front front;
    private final Lane lane;
    private final Asked asked;
    private final Answered answered;
    private final Search search;

    Ending(Exchange exchange, Front front) {
        this.exchange = exchange;
        this.front = front;
        this.lane = front.lane;
        this.asked = exchange.asked;
        this.answered = exchange.answered;
        this.search = exchange.search;
    }

    /** The response is whole. */
    void whole() {
        long now = lane.time.nanos();
        Backend by = search.backend();
        by.traffic().answered(answered.status, now - asked.started);
        by.experience().answered(answered.status);
        boolean whole = asked.body.done();
        if (answered.keepBackend && whole && !search.behind().choked()) {
            search.keep(now, answered.bodiless);
        } else {
            search.close();
        }
        log(by);
        search.letGo();
        end(whole && !asked.close);
    }

    /** What the connection was upgraded to is over. */
    void parted(long bytes) {
        answered.sent = bytes;
        search.backend().traffic().answered(answered.status, lane.time.nanos() - asked.started);
        log(search.backend());
        search.letGo();
    }

    void page(int status) {
        page(Pages.error(status, exchange.head(), front.intake.bytes));
    }

    void pageAndClose(int status) {
        page(Pages.error(status, exchange.head(), front.intake.bytes).andClose());
    }

    void page(Page page) {
        answered.status = page.status();
        search.drop();
        boolean keep = (asked.body.done() || !asked.hasBody()) && !asked.close && !page.close();
        ByteBuffer out = page.bytes(keep, asked.method == Method.HEAD);
        answered.sent = out.remaining();
        log(null);
        answered.begun = true;
        try {
            front.send(out);
        } catch (IOException e) {
            front.abort();
            return;
        }
        end(keep);
    }

    /** The backend's answer is none. */
    void badGateway() {
        search.failed();
        page(502);
    }

    void noAnswer() {
        search.failed();
        page(504);
    }

    /** The response went wrong when the client had a part of it. */
    void inTheMiddle() {
        search.failed();
        cutOff();
    }

    private void cutOff() {
        log(search.backend());
        search.drop();
        front.abort();
    }

    /** What the client sends is not, or no longer, acceptable. */
    void refuse(int status) {
        if (answered.begun) {
            cutOff();
        } else {
            pageAndClose(status);
        }
    }

    /** There is no time left. */
    void breakOff() {
        if (!answered.begun) {
            page(504);
        } else if (answered.isBetweenEvents()) {
            endEvents();
        } else {
            inTheMiddle();
        }
    }

    /** A stream of events has no last one: it ends in order, and the client asks for a new one. */
    private void endEvents() {
        log(search.backend());
        search.drop();
        try {
            front.send(Pages.lastChunk());
            end(false);
        } catch (IOException e) {
            front.abort();
        }
    }

    /** The client went away: 499, as others call it. */
    void unheard() {
        answered.status = 499;
        log(search.backend());
    }

    private void end(boolean keep) {
        exchange.over();
        if (keep && !lane.stopping()) {
            front.next();
        } else if (asked.last && asked.body.done()) {
            front.closeWithoutWaiting();
        } else {
            front.finishAndClose();
        }
    }

    private void log(Backend by) {
        if (lane.log.wanted()) {
            AccessLines.write(lane, front, exchange.head(), asked, answered, by, exchange.sentAt());
        }
    }
}
