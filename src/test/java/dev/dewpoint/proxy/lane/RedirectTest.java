package dev.dewpoint.proxy.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.host.Time;
import dev.dewpoint.proxy.AccessLog;
import dev.dewpoint.proxy.Stage;
import dev.dewpoint.proxy.Terms;
import dev.dewpoint.proxy.TestClient;
import dev.dewpoint.proxy.gateway.Gateway;
import java.net.InetAddress;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** A port that only says where the same is to be had by TLS. */
class RedirectTest {
    @Test
    void everythingGoesToTheSameAddressByTls() {
        assertThat(location("GET /a%2Fb?c=//d HTTP/1.1\r\nHost: example.com:80\r\n\r\n")).isEqualTo("https://example.com:8443/a%2Fb?c=//d");
        assertThat(location("GET http://example.com/x HTTP/1.1\r\nHost: example.com\r\n\r\n")).isEqualTo("https://example.com:8443/x");
    }

    @Test
    void whatNamesNoHostOrNoPathCanGoNowhere() {
        assertThat(location("GET / HTTP/1.0\r\n\r\n")).isEqualTo("400");
        assertThat(location("OPTIONS * HTTP/1.1\r\nHost: example.com\r\n\r\n")).isEqualTo("400");
    }

    private static String location(String request) {
        try (Gateway gateway = Gateway.open(1, Terms.USUAL, Time.system(), AccessLog.OFF, (RandomGenerator.SplittableGenerator) RandomGenerator.of("L64X128MixRandom"))) {
            Entrance entrance = new Entrance(Stage.freePort(), false, (_, _, _, _, _, _) -> null, OwnPages.NONE, OptionalInt.of(8443));
            try (TestClient client = new TestClient(gateway.listen(InetAddress.getLoopbackAddress(), entrance))) {
                TestClient.Response response = client.send(request).response();
                return response.status() == 308 ? response.header("Location").orElseThrow() : String.valueOf(response.status());
            }
        }
    }
}
