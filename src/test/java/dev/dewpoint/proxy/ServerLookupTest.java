package dev.dewpoint.proxy;

import static dev.dewpoint.testing.FakeNames.A;
import static dev.dewpoint.testing.FakeNames.AAAA;
import static dev.dewpoint.testing.FakeNames.CNAME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.host.Time;
import dev.dewpoint.testing.FakeNames;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ServerLookupTest {
    private static final Duration PATIENT = Duration.ofSeconds(20);
    private static final Duration HASTY = Duration.ofMillis(150);

    private final FakeNames names = FakeNames.start();
    private final Lookup lookup = lookup(PATIENT);

    @AfterEach
    void close() {
        names.close();
    }

    @Test
    void addressesOfBothKindsComeSortedAndOnce() throws InterruptedException {
        names.set("api.example.com", "10.0.0.10", "10.0.0.9", "10.0.0.10", "fd00::2", "fd00::1", "200.0.0.1");
        assertThat(texts(lookup.addresses("api.example.com"))).containsExactly("10.0.0.9", "10.0.0.10", "200.0.0.1", "fd00:0:0:0:0:0:0:1", "fd00:0:0:0:0:0:0:2");
        assertThat(lookup.addresses("api.example.com.").ttl()).contains(Duration.ofSeconds(60));
        assertThat(names.asked()).extracting(FakeNames.Question::type).containsExactly(A, AAAA, A, AAAA);
        assertThat(names.asked()).extracting(FakeNames.Question::id).doesNotHaveDuplicates();
    }

    @Test
    void theShortestTimeToLiveCounts() throws InterruptedException {
        names.set("a", new FakeNames.Record(A, "10.0.0.1", 300), new FakeNames.Record(A, "10.0.0.2", 7), new FakeNames.Record(AAAA, "::2", 9));
        assertThat(lookup.addresses("a").ttl()).contains(Duration.ofSeconds(7));
        names.set("a", new FakeNames.Record(A, "10.0.0.1", 0xffffffffL));
        assertThat(lookup.addresses("a").ttl()).contains(Duration.ZERO);
    }

    @Test
    void aliasesAreFollowedWithinTheAnswer() throws InterruptedException {
        names.bend((question, _) -> {
            Map<String, List<FakeNames.Record>> records = new LinkedHashMap<>();
            records.put("other", List.of(new FakeNames.Record(A, "10.9.9.9", 1)));
            records.put("WWW", List.of(new FakeNames.Record(CNAME, "B.example", 30)));
            records.put("c.example", List.of(new FakeNames.Record(A, "10.0.0.1", 60)));
            records.put("b.example", List.of(new FakeNames.Record(CNAME, "c.example", 20)));
            return List.of(FakeNames.answer(question, 0, question.type() == A ? records : Map.of()));
        });
        Lookup.Found found = lookup.addresses("www");
        assertThat(texts(found)).containsExactly("10.0.0.1");
        assertThat(found.ttl()).contains(Duration.ofSeconds(20));
    }

    @Test
    void aliasesInACircleEnd() {
        names.bend((question, _) -> List.of(FakeNames.answer(question, 0,
                Map.of("a", List.of(new FakeNames.Record(CNAME, "b", 1)), "b", List.of(new FakeNames.Record(CNAME, "a", 1))))));
        assertFails(lookup, "a", Failure.Kind.MISSING, "it has no address");
    }

    @Test
    void whatIsTooLongIsAskedByTcp() throws InterruptedException {
        String[] many = new String[200];
        Arrays.setAll(many, i -> "10.0.1." + i);
        names.set("many", many);
        names.bend((question, usual) -> List.of(question.tcp() || usual.length <= 512 ? usual : FakeNames.withFlags(Arrays.copyOf(usual, 512), 0x8380)));
        assertThat(lookup.addresses("many").addresses()).hasSize(200);
        assertThat(names.asked()).extracting(FakeNames.Question::tcp).containsExactly(false, true, false);
    }

    @Test
    void noMoreAddressesThanARouteCanDoWithAreTaken() throws InterruptedException {
        String[] many = new String[3000];
        Arrays.setAll(many, i -> "10.1." + i / 250 + "." + i % 250);
        names.set("many", many);
        names.bend((question, usual) -> List.of(question.tcp() || usual.length <= 512 ? usual : FakeNames.withFlags(Arrays.copyOf(usual, 512), 0x8380)));
        assertThat(lookup.addresses("many").addresses()).hasSize(256);
    }

    @Test
    void forgedAnswersAreWaitedOut() throws InterruptedException {
        names.set("api", "10.0.0.1");
        names.bend((question, usual) -> {
            FakeNames.Question other = new FakeNames.Question(question.id(), "apx", question.type(), false, 0, question.bytes());
            FakeNames.Question kind = new FakeNames.Question(question.id(), "api", 15, false, 0, question.bytes());
            Map<String, List<FakeNames.Record>> evil = Map.of("api", List.of(new FakeNames.Record(question.type(), question.type() == A ? "6.6.6.6" : "::6", 60)));
            return List.of(FakeNames.withId(FakeNames.answer(question, 0, evil), question.id() ^ 1), FakeNames.answer(other, 0, evil), FakeNames.answer(kind, 0, evil),
                    FakeNames.withFlags(FakeNames.answer(question, 0, evil), 0x0180), question.bytes(), usual);
        });
        assertThat(texts(lookup.addresses("api"))).containsExactly("10.0.0.1");
    }

    @Test
    void addressesOfOtherNamesAreNotTaken() {
        names.bend((question, _) -> List.of(FakeNames.answer(question, 0, Map.of("evil", List.of(new FakeNames.Record(question.type(), question.type() == A ? "6.6.6.6" : "::6", 60))))));
        assertFails(lookup, "api", Failure.Kind.MISSING, "it has no address");
    }

    @Test
    void silenceEndsAfterTwoTries() {
        names.bend((_, _) -> List.of());
        assertFails(lookup(HASTY), "api", Failure.Kind.TIMED_OUT, "it gave no answer within 300ms");
        assertThat(names.asked()).hasSize(4);
        assertThat(names.asked()).extracting(FakeNames.Question::sourcePort).doesNotHaveDuplicates();
    }

    @Test
    void aLostQuestionIsAskedAgain() throws InterruptedException {
        names.set("api", "10.0.0.1");
        names.bend((_, usual) -> names.asked().size() == 1 ? List.of() : List.of(usual));
        assertThat(texts(lookup(HASTY).addresses("api"))).containsExactly("10.0.0.1");
    }

    @Test
    void whatTheServerSaysIsTold() {
        assertFails(lookup, "nowhere", Failure.Kind.MISSING, "there is no such name");
        assertThat(names.asked()).hasSize(1);
        names.bend((question, _) -> List.of(FakeNames.answer(question, 2, Map.of())));
        assertFails(lookup, "api", Failure.Kind.UNREACHABLE, "it failed");
        names.bend((question, _) -> List.of(FakeNames.answer(question, 5, Map.of())));
        assertFails(lookup, "api", Failure.Kind.UNREACHABLE, "it refuses to answer us");
        names.close();
        assertFails(lookup, "api", Failure.Kind.UNREACHABLE, "nobody listens there");
        assertFails(lookup, "a..b", Failure.Kind.MISCONFIGURED, "it is no name");
        assertFails(lookup, "a".repeat(64), Failure.Kind.MISCONFIGURED, "it is no name");
    }

    @Test
    void aKindOfAddressThatNeverWasMayFailOneThatWasMayNot() throws InterruptedException {
        names.set("api", "10.0.0.1", "::1");
        names.bend((question, usual) -> List.of(question.type() == AAAA ? FakeNames.answer(question, 2, Map.of()) : usual));
        assertThat(texts(lookup.addresses("api"))).containsExactly("10.0.0.1");
        names.bend((_, usual) -> List.of(usual));
        assertThat(lookup.addresses("api").addresses()).hasSize(2);
        names.bend((question, usual) -> List.of(question.type() == AAAA ? FakeNames.answer(question, 2, Map.of()) : usual));
        assertFails(lookup, "api", Failure.Kind.UNREACHABLE, "it failed");
    }

    @Test
    void damagedAnswersByTcpAreFailures() {
        names.bend((question, usual) -> List.of(question.tcp() ? new byte[] {1, 2, 3} : FakeNames.withFlags(usual, 0x8380)));
        names.set("api", "10.0.0.1");
        assertFails(lookup, "api", Failure.Kind.TIMED_OUT, "its answer can't be used: it ends too early");
    }

    @Test
    void aRouteAsksItsOwnServer() throws InterruptedException {
        names.set("api", "10.0.0.1");
        Lookup system = _ -> new Lookup.Found(List.of(), Optional.empty());
        String server = "127.0.0.1:" + names.address().getPort();
        RouteOptions.Names own = new RouteOptions.Names(Duration.ofSeconds(1), Optional.of(server), Optional.empty());
        assertThat(texts(Lookup.of(own, system, Time.system(), new SplittableRandom(1)).addresses("api"))).containsExactly("10.0.0.1");
        RouteOptions.Names six = new RouteOptions.Names(Duration.ofSeconds(1), Optional.of("[::1]:53"), Optional.empty());
        assertThat(Lookup.of(six, system, Time.system(), new SplittableRandom(1))).isInstanceOf(ServerLookup.class);
        assertThat(Lookup.of(RouteOptions.USUAL.names(), system, Time.system(), new SplittableRandom(1))).isSameAs(system);
    }

    @Test
    void theSystemKnowsLocalhostAndNoInvalidName() throws InterruptedException {
        Lookup system = Lookup.system(Duration.ofSeconds(20));
        assertThat(system.addresses("localhost").addresses()).isNotEmpty().allMatch(InetAddress::isLoopbackAddress);
        assertThatThrownBy(() -> system.addresses("nowhere.invalid")).isInstanceOf(Failure.class).hasMessageStartingWith("Tried to look up nowhere.invalid, but the system's resolver says: ").hasMessageNotContaining("nowhere.invalid:");
    }

    private Lookup lookup(Duration patience) {
        InetSocketAddress server = names.address();
        return new ServerLookup(server, Time.system(), new SplittableRandom(7), patience);
    }

    private static void assertFails(Lookup lookup, String name, Failure.Kind kind, String why) {
        assertThatThrownBy(() -> lookup.addresses(name)).isInstanceOfSatisfying(Failure.class, failure -> {
            assertThat(failure.why()).isEqualTo(why);
            assertThat(failure.kind()).isEqualTo(kind);
        });
    }

    private static List<String> texts(Lookup.Found found) {
        List<String> texts = new ArrayList<>();
        found.addresses().forEach(address -> texts.add(address.getHostAddress()));
        return Collections.unmodifiableList(texts);
    }
}
