package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.proxy.Backend;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.Experience;
import dev.dewpoint.proxy.Match;
import dev.dewpoint.proxy.Route;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.proxy.Rule;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The cookie that keeps a client with its backend. */
class StickyTest {
    private static final Route ROUTE = route(Balance.COOKIE, "/app");
    private static final String NAME = name(ROUTE);

    @Test
    void theNumberInItIsFoundWhereverItStands() {
        String cookie = NAME + "=0123456789abcdef";
        assertThat(List.of(cookie, "a=b; " + cookie, cookie + "; a=b", "a=b;" + cookie + ";c=d", "x" + cookie + "; " + cookie)).allSatisfy(value -> assertThat(wanted(ROUTE, value)).as(value).isEqualTo(0x0123456789abcdefL));
        assertThat(wanted(ROUTE, "a=b\r\nCookie: " + cookie)).as("in a second field").isEqualTo(0x0123456789abcdefL);
    }

    @Test
    void whatIsNoneIsNone() {
        assertThat(List.of("a=b", NAME, NAME + "=", NAME + "=0123456789abcde", NAME + "=0123456789abcdeg", "x" + NAME + "=0123456789abcdef", "dewpoint_0=0123456789abcdef")).allSatisfy(value -> assertThat(wanted(ROUTE, value)).as(value).isZero());
        assertThat(wanted(route(Balance.ROUND_ROBIN, "/app"), NAME + "=0123456789abcdef")).as("not a sticky route").isZero();
    }

    @Test
    void eachRouteHasItsOwn() {
        assertThat(name(route(Balance.COOKIE, "/other"))).isNotEqualTo(NAME);
        assertThat(name(route(Balance.COOKIE, "/app"))).as("also after a restart").isEqualTo(NAME);
        assertThat(NAME).startsWith("dewpoint_");
    }

    @Test
    void itIsSetForWhoShowsNoneOrThatOfSomebodyElse() {
        Backend backend = new Backend("b", new InetSocketAddress("127.0.0.1", 1), 1, Experience.IGNORED);
        String value = NAME + "=" + String.format("%016x", backend.id());
        assertThat(added(ROUTE, 0, backend, false)).isEqualTo("Set-Cookie: " + value + "; Path=/app; HttpOnly; SameSite=Lax\r\n");
        assertThat(added(ROUTE, backend.id() + 1, backend, true)).isEqualTo("Set-Cookie: " + value + "; Path=/app; HttpOnly; SameSite=Lax; Secure\r\n");
        assertThat(added(ROUTE, backend.id(), backend, true)).isEmpty();
        assertThat(added(route(Balance.IP_HASH, "/app"), 0, backend, true)).isEmpty();
        assertThat(wanted(ROUTE, value)).as("what is set is what is found").isEqualTo(backend.id());
    }

    private static String added(Route route, long wanted, Backend served, boolean secure) {
        Asked asked = new Asked();
        asked.wanted = wanted;
        ByteBuffer out = ByteBuffer.allocate(500);
        Sticky.add(out, route, asked, served, secure);
        return new String(out.array(), 0, out.position(), StandardCharsets.US_ASCII);
    }

    private static long wanted(Route route, String cookies) {
        byte[] bytes = ("GET / HTTP/1.1\r\nHost: x\r\nCookie: " + cookies + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
        RequestHead head = new RequestHead();
        assertThat(head.parse(bytes, 0, bytes.length)).isEqualTo(bytes.length);
        return Sticky.wanted(route, head, bytes);
    }

    private static String name(Route route) {
        String cookie = new String(route.cookie(), StandardCharsets.US_ASCII);
        return cookie.substring(0, cookie.indexOf('='));
    }

    private static Route route(Balance balance, String path) {
        return new Route(new Rule(new Match(80, "", path, false), false, balance, List.of(), RouteOptions.USUAL, "80" + path + "="));
    }
}
