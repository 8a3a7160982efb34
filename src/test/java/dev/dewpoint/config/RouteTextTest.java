package dev.dewpoint.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.health.Check;
import dev.dewpoint.health.Rhythm;
import dev.dewpoint.proxy.Balance;
import dev.dewpoint.proxy.Match;
import dev.dewpoint.proxy.RouteOptions;
import dev.dewpoint.proxy.Rule;
import dev.dewpoint.proxy.Upstream;
import dev.dewpoint.testing.Seeds;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteTextTest {
    private static final Map<String, String> ENVIRONMENT = Map.of("STATIC_BACKEND", "10.0.0.1:80 10.0.0.2:80", "MORE", "b:2,\n dns:c:3,", "NAMES", "a b", "BLANK", " , ", "RANGE", "h:1-3", "LOOP", "${LOOP}");

    @Test
    void aPortAndUpstreamsAreEnough() {
        Rule rule = rule("8000=127.0.0.1:3001,127.0.0.1:3002");
        assertThat(rule.match()).isEqualTo(new Match(8000, "", "/", false));
        assertThat(rule.stream()).isFalse();
        assertThat(rule.balance()).isEqualTo(Balance.ROUND_ROBIN);
        assertThat(rule.upstreams()).containsExactly(fixed("127.0.0.1", 3001), fixed("127.0.0.1", 3002));
        assertThat(rule.options()).isEqualTo(RouteOptions.USUAL);
        assertThat(rule.text()).isEqualTo("8000=127.0.0.1:3001,127.0.0.1:3002");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "80=a:1                          | 80  |                 | /                | false",
        "80/=a:1                         | 80  |                 | /                | false",
        "80@Example.COM/api=a:1          | 80  | example.com     | /api             | false",
        "80@example.com.=a:1             | 80  | example.com     | /                | false",
        "443@*.Example.com=a:1           | 443 | *.example.com   | /                | false",
        "80/api/student$=a:1             | 80  |                 | /api/student     | true",
        "80/api/student/$=a:1            | 80  |                 | /api/student     | true",
        "80/api/student/=a:1             | 80  |                 | /api/student     | false",
        "80/$=a:1                        | 80  |                 | /                | true",
        "80/a@b:c/%C3%BC$d=a:1           | 80  |                 | /a@b:c/%C3%BC$d  | false",
        "80@10.0.0.1=a:1                 | 80  | 10.0.0.1        | /                | false",
        "80@[FE80::1]/x=a:1              | 80  | [fe80::1]       | /x               | false",
        "65535 = a:1                     | 65535 |               | /                | false",
    })
    void whatIsMatchedStandsBeforeTheEqualsSign(String text, int port, String host, String path, boolean exact) {
        assertThat(rule(text).match()).isEqualTo(new Match(port, host == null ? "" : host, path, exact));
    }

    @Test
    void theBalanceStandsBeforeTheFirstUpstream() {
        assertThat(rule("80=round-robin:a:1").balance()).isEqualTo(Balance.ROUND_ROBIN);
        assertThat(rule("80@example.com/api=least-requests:10.0.0.1:80").balance()).isEqualTo(Balance.LEAST_REQUESTS);
        assertThat(rule("80=ip-hash:[::1]:80").balance()).isEqualTo(Balance.IP_HASH);
        assertThat(rule("80=cookie:cookie:8080").upstreams()).containsExactly(fixed("cookie", 8080));
        Rule named = rule("13003=ip-hash:dns:api:13004?health-path=/health&health-interval=30s&refresh=60s&resolver=127.0.0.11&valid=1s");
        assertThat(named.balance()).isEqualTo(Balance.IP_HASH);
        assertThat(named.upstreams()).containsExactly(new Upstream.Named("api", 13004, 1));
        assertThat(named.options().names()).isEqualTo(new RouteOptions.Names(Duration.ofMinutes(1), Optional.of("127.0.0.11:53"), Optional.of(Duration.ofSeconds(1))));
        assertThat(named.options().health().check()).isEqualTo(new Check.Http("/health", 200, 299, Optional.empty()));
        assertThat(named.options().health().rhythm()).isEqualTo(new Rhythm(Duration.ofSeconds(30), Rhythm.USUAL.timeout(), Rhythm.USUAL.rise(), Rhythm.USUAL.fall()));
    }

    @Test
    void upstreamsAreListedByCommasBlanksLinesAndRanges() {
        assertThat(rule("80=a:1,b:2 c:3\n\td:4 , e_x:5").upstreams()).containsExactly(fixed("a", 1), fixed("b", 2), fixed("c", 3), fixed("d", 4), fixed("e_x", 5));
        assertThat(rule("80=host:13004-13008").upstreams()).isEqualTo(IntStream.rangeClosed(13004, 13008).mapToObj(port -> fixed("host", port)).toList());
        assertThat(rule("80=[::1]:7-8,LocalHost:9,dns:Api.Example.:80").upstreams()).containsExactly(fixed("::1", 7), fixed("::1", 8), fixed("localhost", 9), new Upstream.Named("api.example", 80, 1));
    }

    @Test
    void variablesStandForUpstreams() {
        assertThat(rule("80=${STATIC_BACKEND}").upstreams()).containsExactly(fixed("10.0.0.1", 80), fixed("10.0.0.2", 80));
        assertThat(rule("80=least-requests:a:1,${MORE} d:4").upstreams()).containsExactly(fixed("a", 1), fixed("b", 2), new Upstream.Named("c", 3, 1), fixed("d", 4));
        assertThat(rule("80=dns:${NAMES}:8080").upstreams()).containsExactly(new Upstream.Named("a", 8080, 1), new Upstream.Named("b", 8080, 1));
        assertThat(rule("80=${RANGE}?weight=1,2,3").upstreams()).containsExactly(new Upstream.Fixed("h", 1, 1), new Upstream.Fixed("h", 2, 2), new Upstream.Fixed("h", 3, 3));
        assertThat(rule("80=cookie:${STATIC_BACKEND}").text()).as("for messages").isEqualTo("80=cookie:${STATIC_BACKEND}");
    }

    @Test
    void weightsGoByPositionAndOneGoesToAll() {
        assertThat(rule("80=a:1,b:1,c:1?weight=3,1,1").upstreams()).extracting(Upstream::weight).containsExactly(3, 1, 1);
        assertThat(rule("80=a:1,b:1?weight=7").upstreams()).extracting(Upstream::weight).containsExactly(7, 7);
    }

    @Test
    void everyOptionFindsItsPlace() {
        RouteOptions options = rule("80/x=a:1?strip&host=Shop.internal:8080&protocol=h2c&health-path=/h?deep=1&health-status=204&health-host=h.example&health-interval=500ms&health-timeout=2&health-rise=2&health-fall=5&eject=false"
                + "&refresh=1m&resolver=[::1]:5353&valid=2&max-body=10M&connect-timeout=1&response-timeout=2m&idle-timeout=3m&tunnel-timeout=2h&hold=50&hold-time=5&drain-time=0").options();
        assertThat(options).isEqualTo(new RouteOptions(true, Optional.of("shop.internal:8080"), true,
                new RouteOptions.Health(new Check.Http("/h?deep=1", 204, 204, Optional.of("h.example")), new Rhythm(Duration.ofMillis(500), Duration.ofSeconds(2), 2, 5), false),
                new RouteOptions.Names(Duration.ofMinutes(1), Optional.of("[::1]:5353"), Optional.of(Duration.ofSeconds(2))),
                new RouteOptions.Limits(10L << 20, Duration.ofSeconds(1), Duration.ofMinutes(2), Duration.ofMinutes(3), Duration.ofHours(2)),
                new RouteOptions.Hold(50, Duration.ofSeconds(5)), Duration.ZERO));
        assertThat(rule("80/x=a:1?strip=false&protocol=http/1.1&eject=true").options()).isEqualTo(RouteOptions.USUAL);
    }

    @Test
    void optionsMayBeEncoded() {
        assertThat(rule("80=a:1?health-path=%2Fh%26x%3D1&health%2Dstatus=200%2D204").options().health().check()).isEqualTo(new Check.Http("/h&x=1", 200, 204, Optional.empty()));
    }

    @Test
    void checksAreByTcpUnlessAPathIsNamed() {
        assertThat(rule("80=a:1").options().health().check()).isEqualTo(new Check.Tcp());
        assertThat(rule("80=a:1?health=tcp").options().health().check()).isEqualTo(new Check.Tcp());
        assertThat(rule("80=a:1?health=off").options().health().check()).isEqualTo(new Check.None());
        assertThat(rule("80=a:1?health=http").options().health().check()).isEqualTo(new Check.Http("/", 200, 299, Optional.empty()));
        assertThat(rule("80=a:1?health-path=/h&host=shop.example").options().health().check()).as("the host of the requests is that of the checks").isEqualTo(new Check.Http("/h", 200, 299, Optional.of("shop.example")));
    }

    @Test
    void aStreamHasAPortAndUpstreams() {
        Rule rule = rule("tcp:5432=least-requests:10.0.0.1:5432,dns:db:5432?tunnel-timeout=2h&health-path=/h");
        assertThat(rule.stream()).isTrue();
        assertThat(rule.match()).isEqualTo(new Match(5432, "", "/", false));
        assertThat(rule.options().limits().tunnelIdle()).isEqualTo(Duration.ofHours(2));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "8000                                | such as 8000=127.0.0.1:3001",
        "=a:1                                | is no port",
        "example.com=a:1                     | `example.com` is no port",
        "0=a:1                               | ports are 1 to 65535",
        "65536=a:1                           | ports are 1 to 65535",
        "99999999999=a:1                     | is no port",
        "-1=a:1                              | is no port",
        "http:80=a:1                         | it begins with its port, or with tcp:",
        "https:443=a:1                       | --tls-cert",
        "80@=a:1                             | called nothing",
        "80@*=a:1                            | leave @* away",
        "80@a.*.com=a:1                      | *.example.com",
        "80@*example.com=a:1                 | *.example.com",
        "80@example.com:80=a:1               | PORT@HOST",
        "80@exa mple=a:1                     | no host can be called exa mple",
        "80@-a=a:1                           | no host can be called -a",
        "80@10.0.0.300=a:1                   | 10.0.0.300 is no address",
        "80@bücher.example=a:1               | xn--bcher-kva.example",
        "80@*.bücher.example=a:1             | xn--bcher-kva.example",
        "80/a//b=a:1                         | no empty segments",
        "80/ü=a:1                            | percent-encoded",
        "80/a b=a:1                          | percent-encoded",
        "80$=a:1                             | is no port",
        "${P}=a:1                            | variables stand for upstreams only",
        "80=a:1?host=${H}                    | variables stand for upstreams only",
        "80=                                 | it names no upstream",
        "80=ip-hash:                         | it names no upstream",
        "80=,                                | it names no upstream",
        "80=a                                | write a:80",
        "80=[::1]                            | write [::1]:80",
        "80=3001                             | write 127.0.0.1:3001",
        "80=cookie:8080                      | write 127.0.0.1:8080",
        "80=a:                               | is no port",
        "80=a:0                              | there is no port 0",
        "80=a:b                              | b is no port",
        "80=a:5-3                            | a range of ports goes up",
        "80=a:1-2000                         | a range of ports goes up",
        "80=::1:80                           | in brackets, [::1]:8080",
        "80=[::g]:80                         | ::g is no address",
        "80=[fe80::1%eth0]:80                | is no address",
        "80=http://a:80                      | without scheme",
        "80=a:80/x                           | is no port",
        "80=least-request:a:1                | did you mean least-requests?",
        "80=a:1,ip-hash:b:1                  | ip-hash: stands once, before the first upstream",
        "80=dns:dns:a:1                      | dns: stands once",
        "80=dns:10.0.0.1:80                  | leave dns: away",
        "80=dns:a                            | write dns:a:80",
        "80=bücher:80                        | xn--bcher-kva",
        "80=a:1,A:1                          | a:1 stands in it twice",
        "80=a:1-3,a:2                        | a:2 stands in it twice",
        "80=a:1,dns:a:1                      | a:1 stands in it twice",
        "80=${NOWHERE}                       | NOWHERE=\"10.0.0.1:80 10.0.0.2:80\"",
        "80=${STATIC_BACKENDS}               | did you mean STATIC_BACKEND?",
        "80=${BLANK}                         | the variable BLANK is empty",
        "80=${A-B}                           | no variable can be called that",
        "80=${}                              | no variable can be called that",
        "80=${LOOP}                          | is not looked up",
        "80=a:1?weight=1,2                   | it has 1 upstream and 2 weights",
        "80=${STATIC_BACKEND}?weight=1,2,3   | it has 2 upstreams and 3 weights",
        "80=a:1?weight=0                     | between 1 and 1000",
        "80=a:1?weight=                      | between 1 and 1000",
        "80=a:1?strip                        | nothing to strip",
        "80/$=a:1?strip                      | nothing to strip",
        "80=a:1?strip=maybe                  | strip maybe: it is true or false",
        "80=a:1?healthpath=/                 | did you mean health-path?",
        "80=a:1?x=/                          | known: strip, weight",
        "80=a:1?hold=1&hold=2                | the option hold stands in it twice",
        "80=a:1?protocol=h2                  | http/1.1 or h2c",
        "80=a:1?host=a%0d%0ab                | no host can be called",
        "80=a:1?health=http&health-host=     | no host can be called nothing",
        "80=a:1?health=ftp                   | off, tcp, http",
        "80=a:1?health=tcp&health-path=/h    | health-path belongs to a check by HTTP",
        "80=a:1?health-status=200            | add health-path=/PATH",
        "80=a:1?health-path=h                | begins with a slash",
        "80=a:1?health-path=/a%20HTTP/1.1    | begins with a slash",
        "80=a:1?health-path=/&health-status=299-200 | a range goes up",
        "80=a:1?health-path=/&health-status=2xx     | such as 204 or 200-299",
        "80=a:1?health-interval=0            | health-interval 0: it must be between 100ms and 1h",
        "80=a:1?health-rise=0                | health-rise 0: it must be between 1 and 100",
        "80=a:1?refresh=often                | it is no duration",
        "80=a:1?resolver=dns.example         | named by its address",
        "80=a:1?max-body=-1                  | it is no size",
        "80=a:1?hold-time=5                  | such as hold=100",
        "tcp:80@h=a:1                        | a tcp route has a port and nothing else",
        "tcp:80/x=a:1                        | a tcp route has a port and nothing else",
        "tcp:80=cookie:a:1                   | a tcp route sees no cookies",
        "tcp:80=a:1?strip                    | strip: a tcp route knows no requests",
        "tcp:80=a:1?idle-timeout=1            | tunnel-timeout says how long",
        "tcp:80=a:1?max-body=1               | max-body: a tcp route knows no requests",
    })
    void whatIsWrongIsNamedWithItsRemedy(String text, String remedy) {
        Problems problems = new Problems();
        RouteText read = parse(text, problems);
        assertThat(read.rule()).isEmpty();
        assertThat(problems.list()).isNotEmpty().allSatisfy(problem -> assertThat(problem).startsWith("--route " + text + ": "));
        assertThat(problems.list()).anySatisfy(problem -> assertThat(problem).contains(remedy));
    }

    @Test
    void everythingThatIsWrongWithARouteIsToldAtOnce() {
        Problems problems = new Problems();
        parse("0@b\u00fccher/\u00fc=a,${NOWHERE}?helth=off&hold=many&refresh=0", problems);
        assertThat(problems.list()).hasSize(8);
        assertThat(String.join("\n", problems.list())).contains("no port 0", "xn--", "percent-encoded", "write a:80", "NOWHERE", "helth", "hold many", "refresh 0");
    }

    @Test
    void noTextBreaksTheReading() {
        String letters = "80:@/$={}*.,?&%- []tcpdnsh\u00fc\n1";
        Seeds.each(3000, random -> {
            String text = IntStream.range(0, random.nextInt(30)).mapToObj(i -> "" + letters.charAt(random.nextInt(letters.length()))).collect(Collectors.joining());
            String route = random.nextBoolean() ? text : "80" + text + "=a:1" + text;
            Problems problems = new Problems();
            assertThat(parse(route, problems).rule().isPresent()).as(route).isEqualTo(problems.isEmpty());
        });
    }

    private static Upstream fixed(String host, int port) {
        return new Upstream.Fixed(host, port, 1);
    }

    private static Rule rule(String text) {
        Problems problems = new Problems();
        RouteText read = parse(text, problems);
        assertThat(problems.list()).as(text).isEmpty();
        return read.rule().orElseThrow();
    }

    private static RouteText parse(String text, Problems problems) {
        return RouteText.parse(new Flags.Value("--route", text), ENVIRONMENT, RouteOptions.USUAL, problems);
    }
}
