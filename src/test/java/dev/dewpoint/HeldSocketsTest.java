package dev.dewpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.host.Listener;
import dev.dewpoint.host.Log;
import dev.dewpoint.host.Time;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HeldSocketsTest {
    private final List<Listener> all = new ArrayList<>();

    @AfterEach
    void close() {
        all.forEach(Listener::close);
    }

    private Listener at(String address, int port) throws IOException {
        Listener listener = Listener.bind(address.isEmpty() ? Optional.empty() : Optional.of(InetAddress.ofLiteral(address)), port);
        all.add(listener);
        return listener;
    }

    private static Optional<InetAddress> only(String address) {
        return Optional.of(InetAddress.ofLiteral(address));
    }

    private static String rest(HeldSockets held) {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        held.tellOfTheRest(new Log(Time.system(), new PrintStream(printed, true, StandardCharsets.UTF_8), Log.Level.INFO, Log.Format.TEXT, UnaryOperator.identity()));
        return printed.toString(StandardCharsets.UTF_8);
    }

    @Test
    void eachIsGivenOnceToWhoeverWantsItsPort() throws Exception {
        Listener one = at("", 0);
        Listener other = at("", 0);
        HeldSockets held = new HeldSockets(all);
        assertThat(held.take(Optional.empty(), other.address().getPort())).containsExactly(other);
        assertThat(held.take(Optional.empty(), other.address().getPort())).isEmpty();
        assertThat(rest(held)).contains("WARN", "addresses=\"" + one.key() + "\"").hasLineCount(1);
        assertThat(held.take(Optional.empty(), one.address().getPort())).containsExactly(one);
        assertThat(rest(held)).isEmpty();
    }

    @Test
    void whoWantsAnAddressGetsThatOneOnly() throws Exception {
        Listener four = at("127.0.0.2", 0);
        int port = four.address().getPort();
        Listener six = at("::1", port);
        HeldSockets held = new HeldSockets(all);
        assertThat(held.take(only("127.0.0.1"), port)).isEmpty();
        assertThat(held.take(only("::1"), port)).containsExactly(six);
        assertThat(rest(held)).contains("127.0.0.2:" + port);
    }

    /** A unit may have one for each kind of addresses, or be for one address only. */
    @Test
    void whoWantsEveryAddressGetsAllThatAreMeantForAllElseThoseOfThePort() throws Exception {
        Listener six = at("::", 0);
        int port = six.address().getPort();
        Listener four = at("0.0.0.0", port);
        Listener narrow = at("127.0.0.2", 0);
        HeldSockets held = new HeldSockets(all);
        assertThat(held.take(Optional.empty(), port)).containsExactly(six, four);
        assertThat(held.take(Optional.empty(), narrow.address().getPort())).containsExactly(narrow);
        assertThat(rest(held)).isEmpty();
    }
}
