package dev.dewpoint.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.dewpoint.failure.Failure;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** docs/architecture.md, executed. */
class ArchitectureTest {
    private static final String ROOT = "dev.dewpoint";
    private static final Path SOURCES = Path.of("src/main/java/dev/dewpoint");

    /** Who may know whom. A package that isn't here fails. */
    private static final Map<String, Set<String>> MAY_SEE = new TreeMap<>(Map.ofEntries(
            row("release"),
            row("host"),
            row("failure"),
            row("unit"),
            row("http", "host", "failure"),
            row("registry", "release", "host", "failure", "http"),
            row("cache", "release", "host", "failure"),
            row("artifact", "release", "host", "failure", "http", "cache"),
            row("hook", "release", "host", "failure"),
            row("replica", "release", "host", "failure", "http", "artifact"),
            row("health", "host", "failure", "http"),
            row("proxy", "health", "host", "failure"),
            row("cert", "host", "failure"),
            row("deploy", "release", "registry", "cache", "artifact", "replica", "health", "proxy", "hook", "host", "failure"),
            row("notify", "deploy", "hook", "proxy", "release", "host", "failure", "http"),
            row("telemetry", "deploy", "hook", "proxy", "replica", "cache", "notify", "release", "host", "failure", "http"),
            row("admin", "deploy", "release", "telemetry", "notify", "host", "failure"),
            row("config", "artifact", "health", "hook", "host", "notify", "proxy", "registry", "release", "replica"),
            row("cli", "config", "admin"),
            row("demo")));

    /** Classes that hold state on purpose, and why. */
    private static final Map<String, String> STATEFUL = Map.ofEntries(
            Map.entry("artifact.StrictGzip", "whether it is at the end"),
            Map.entry("artifact.Links", "how many are held"),
            Map.entry("artifact.Meter", "how much came out"),
            Map.entry("artifact.RandomAccess", "its window"),
            Map.entry("artifact.ReadAhead", "the chunk in hand"),
            Map.entry("artifact.Source", "how far it has been read"),
            Map.entry("artifact.StrictTar", "what extensions said of the next entry"),
            Map.entry("artifact.Tape", "what is to be read again"),
            Map.entry("artifact.Tree", "what has been made so far"),
            Map.entry("artifact.ZipReader", "how much was read"),
            Map.entry("artifact.ZstdFrames", "where in its frame it is"),
            Map.entry("artifact.Incoming", "the download as far as it is"),
            Map.entry("proxy.AccessLogFile", "the file that is open"),
            Map.entry("proxy.Backend", "whether it is ready"),
            Map.entry("proxy.Route", "the live generation and the gate"),
            Map.entry("proxy.http2.Ends", "who listens at a stream; like all of it, of one IO thread"),
            Map.entry("proxy.http2.Inward", "the frame that is not whole yet"),
            Map.entry("proxy.http2.Listed", "how much was decoded"),
            Map.entry("proxy.http2.Loop", "whether it looks after its connections"),
            Map.entry("proxy.http2.Outward", "frames that wait for the socket"),
            Map.entry("proxy.http2.Pile", "the bytes on it"),
            Map.entry("proxy.http2.Pump", "who waits to hear and to write"),
            Map.entry("proxy.http2.Strand", "how far its stream is"),
            Map.entry("proxy.http2.Streams", "which streams live"),
            Map.entry("proxy.http2.Toll", "what the other side has cost"),
            Map.entry("proxy.http2.Unframing", "where in the message it is"),
            Map.entry("proxy.http2.Upstream", "whether it connects"),
            Map.entry("proxy.http2.Windows", "how much may be sent"),
            Map.entry("proxy.http2.Wire", "the ends of its connection"),
            Map.entry("proxy.lane.Answered", "the response so far; like all of the lane, of one IO thread"),
            Map.entry("proxy.lane.Asked", "the request in hand"),
            Map.entry("proxy.lane.Behind", "whom it serves"),
            Map.entry("proxy.lane.Dial", "the attempt that is under way"),
            Map.entry("proxy.lane.Exchange", "how far it is"),
            Map.entry("proxy.lane.Farewell", "since when it is silent"),
            Map.entry("proxy.lane.Fields", "the fields read last"),
            Map.entry("proxy.lane.Framing", "where in the body it is"),
            Map.entry("proxy.lane.Front", "whether it serves or ends"),
            Map.entry("proxy.lane.Hold", "how long it may last"),
            Map.entry("proxy.lane.Intake", "what was read and is not used up"),
            Map.entry("proxy.lane.Lane", "the clock of its thread, what waits"),
            Map.entry("proxy.lane.Outlet", "what the client has not taken yet"),
            Map.entry("proxy.lane.Pace", "how much has moved"),
            Map.entry("proxy.lane.Patience", "since when it is whose turn"),
            Map.entry("proxy.lane.Relay", "what waits for the slower side"),
            Map.entry("proxy.lane.RequestHead", "the head read last"),
            Map.entry("proxy.lane.ResponseHead", "the head read last"),
            Map.entry("proxy.lane.Search", "who was tried and whose turn it is"),
            Map.entry("proxy.lane.Stream", "whom it is joined with"),
            Map.entry("registry.GitHubRegistry", "the last listing"),
            Map.entry("registry.GitHubAuthorization", "the app's token, under its lock"),
            Map.entry("registry.OciAuthorization", "the login that was shown last"),
            Map.entry("registry.OciListing", "the pages read last"),
            Map.entry("registry.OciRegistry", "the last listing"),
            Map.entry("registry.LocalImages", "the last listing"),
            Map.entry("registry.DirectoryRegistry", "since when a file hasn't changed"),
            Map.entry("host.Tail", "how much has been printed"),
            Map.entry("http.WatchedBody", "how much has been read"),
            Map.entry("deploy.LedgerFile", "the ledger now"),
            Map.entry("deploy.DeployLoop", "the polls so far"),
            Map.entry("deploy.Upkeep", "failures in a row, of the loop's thread"),
            Map.entry("deploy.Herd", "who serves, and what is heard of them"),
            Map.entry("deploy.Shepherd", "what has gone wrong lately, of the loop's thread"),
            Map.entry("deploy.Starter", "what the checks of one replica have said"),
            Map.entry("replica.docker.DockerLauncher", "the last event seen, of the watcher's thread"),
            Map.entry("replica.process.AppLogFile", "how long it is; like the next one, under its follower's lock"),
            Map.entry("replica.process.AppLogSource", "how much of it was taken down"),
            Map.entry("replica.process.AppLogReader", "how far it has read, of the one thread that reads"),
            Map.entry("deploy.Cut", "under its lock"),
            Map.entry("deploy.Pulse", "the last beat"),
            Map.entry("notify.Forgotten", "when it last looked"),
            Map.entry("notify.Lane", "what waits and whether it rests, under its lock"),
            Map.entry("notify.Outbox", "whether it is closed, under its lock"),
            Map.entry("notify.Repeats", "whether there is something to write down"),
            Map.entry("notify.SlackSender", "whether it may post under our name"),
            Map.entry("notify.Spool", "the next turn; under its lane's lock"),
            Map.entry("proxy.Errands", "whether it is closed"),
            Map.entry("proxy.Member", "what its membership's thread knows of it"),
            Map.entry("proxy.Membership", "who is in it, of its thread alone"),
            Map.entry("proxy.Whereabouts", "the last lookup, of its membership's thread"),
            Map.entry("telemetry.ProgressLine", "whether the line is shown"));

    private static JavaClasses classes;

    @BeforeAll
    static void read() {
        classes = of(Failure.class);
        assertThat(classes.size()).as("classes read").isGreaterThan(80);
    }

    @Test
    void everyPackageSeesOnlyWhatItsRowAllows() {
        for (Map.Entry<String, Set<String>> row : MAY_SEE.entrySet()) {
            if (!Files.isDirectory(SOURCES.resolve(row.getKey()))) {
                continue;
            }
            Set<String> forbidden = new TreeSet<>(MAY_SEE.keySet());
            forbidden.removeAll(row.getValue());
            forbidden.remove(row.getKey());
            check(noClasses().that().resideInAPackage(in(row.getKey())).should().dependOnClassesThat(resideInAnyPackage(forbidden.stream().map(ArchitectureTest::in).toArray(String[]::new)))
                    .because("a release passes the stations in one order"));
        }
    }

    @Test
    void everyPackageHasARow() throws IOException {
        try (Stream<Path> folders = Files.list(SOURCES)) {
            assertThat(folders.filter(Files::isDirectory).map(folder -> folder.getFileName().toString())).isSubsetOf(MAY_SEE.keySet());
        }
    }

    @Test
    void nobodySeesMain() {
        check(noClasses().that().resideInAPackage(ROOT + ".*..").should().dependOnClassesThat().resideInAPackage(ROOT).because("objects are put together in one place"));
    }

    @Test
    void packagesFormNoCycle() {
        check(slices().matching(ROOT + ".(*)..").should().beFreeOfCycles());
    }

    @Test
    void leavesSeeOnlyTheJdk() {
        check(noClasses().that().resideInAnyPackage(in("release"), in("host"), in("failure"), in("unit")).should()
                .dependOnClassesThat(DescribedPredicate.not(resideInAnyPackage("java..", in("release"), in("host"), in("failure"), in("unit")))));
    }

    @Test
    void librariesStayInTheirStations() {
        confine("io.undertow..", "proxy", "admin", "demo");
        confine("org.xnio..", "proxy", "admin", "demo");
        confine("okhttp3..", "http", "notify");
        confine("okio..", "http");
        confine("org.apache.commons.compress..", "artifact");
        confine("org.tukaani..", "artifact");
        confine("io.airlift..", "artifact");
        confine("com.fasterxml..", "config", "admin", "registry", "replica.docker", "notify", "deploy");
        confine("com.slack..", "notify");
        confine("jakarta..", "notify");
        confine("picocli..", "cli");
        confine("java.lang.foreign..", "host");
        confine("com.github.dockerjava..", "replica.docker");
        confine("java.util.logging..", "telemetry");
    }

    @Test
    void certificatesOfTheProxyKnowNothingOfTheProxy() {
        check(noClasses().that().resideInAPackage(ROOT + ".proxy.tls").should().dependOnClassesThat().resideInAnyPackage(ROOT + ".proxy", in("health"), "io.undertow..", "org.xnio..").because("they serve any listener"));
    }

    @Test
    void onlyNotifyHandsTheHttpClientOnAndOnlyToSlack() {
        check(noClasses().that().resideInAPackage(in("notify")).and().haveSimpleNameNotContaining("Slack").should().dependOnClassesThat().resideInAPackage("okhttp3..")
                .because("everything else goes through http.Http"));
    }

    @Test
    void timeAndChanceComeFromHost() {
        DescribedPredicate<JavaClass> elsewhere = DescribedPredicate.not(resideInAnyPackage(in("host")));
        ArchRule rule = noClasses().that(elsewhere).should().callMethod(System.class, "nanoTime").orShould().callMethod(System.class, "currentTimeMillis")
                .orShould().callMethod(java.time.Instant.class, "now").orShould().callMethod(java.time.LocalDateTime.class, "now").orShould().callMethod(java.time.ZonedDateTime.class, "now")
                .orShould().callMethod(Thread.class, "sleep", long.class).orShould().callMethod(Thread.class, "sleep", java.time.Duration.class)
                .orShould().callMethod(java.util.concurrent.TimeUnit.class, "sleep", long.class)
                .orShould().callConstructor(java.util.Random.class).orShould().callMethod(Math.class, "random");
        check(rule.because("tests must be able to set the clock"));
    }

    @Test
    void environmentAndExitBelongToMain() {
        DescribedPredicate<JavaClass> elsewhere = DescribedPredicate.not(resideInAnyPackage(ROOT));
        check(noClasses().that(elsewhere).and().resideOutsideOfPackage(in("demo")).should().callMethod(System.class, "getenv").orShould().callMethod(System.class, "getenv", String.class)
                .orShould().callMethod(System.class, "getProperty", String.class).orShould().callMethod(System.class, "exit", int.class).because("settings arrive by constructor"));
    }

    @Test
    void namesSayWhatThingsAre() {
        Pattern banned = Pattern.compile(".*(Manager|Impl|Utils?|Helper|Service|Processor|Data|Info|Dto)|(Base|Abstract)[A-Z].*|I[A-Z][a-z].*");
        assertThat(classes.stream().map(JavaClass::getSimpleName).filter(name -> banned.matcher(name).matches())).isEmpty();
        check(noClasses().should().resideInAnyPackage("..impl..", "..util..", "..utils..", "..common.."));
    }

    @Test
    void classesAreFinalOrSealedOrTiny() {
        check(classes().that().areNotInterfaces().and().areNotAnonymousClasses().should(new ArchCondition<>("be final or sealed") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                boolean closed = type.getModifiers().contains(JavaModifier.FINAL) || type.isEnum() || type.reflect().isSealed();
                events.add(new SimpleConditionEvent(type, closed, type.getName() + (closed ? " is closed" : " is open for inheritance")));
            }
        }));
    }

    @Test
    void fieldsAreFinalOutsideTheListedClasses() {
        List<String> stateful = STATEFUL.keySet().stream().map(name -> ROOT + "." + name).toList();
        check(fields().that().areDeclaredInClassesThat(new DescribedPredicate<>("are not listed as stateful") {
            @Override
            public boolean test(JavaClass type) {
                String outer = type.getName().replaceAll("\\$.*", "");
                return !stateful.contains(outer) && !outer.startsWith(ROOT + ".cli.");
            }
        }).should().beFinal().because("state has few, named homes"));
    }

    @Test
    void failuresAreFailures() {
        check(noClasses().that().areNotAssignableTo(Throwable.class).should().callConstructor(RuntimeException.class, String.class).orShould().callConstructor(Exception.class, String.class)
                .orShould().callConstructor(RuntimeException.class, String.class, Throwable.class).because("Failure says what was tried, why not, and what follows"));
        check(noClasses().that().resideOutsideOfPackages(ROOT, in("demo")).should().accessField(System.class, "out").orShould().accessField(System.class, "err").because("output leaves by the log or by a command"));
    }

    @Test
    void testsUseNoMockLibrary() {
        JavaClasses tests = of(ArchitectureTest.class);
        assertThat(tests.size()).isGreaterThan(20);
        check(noClasses().should().dependOnClassesThat().resideInAnyPackage("org.mockito..", "org.easymock..").because("what is ours is faked by hand"), tests);
    }

    @Test
    void aNewCaseBreaksEverySwitch() throws IOException {
        Set<String> overTextsAndNumbers = Set.of("config/NotifierUrl.java", "config/RegistryUrl.java", "config/RouteOptionsText.java", "config/Url.java", "config/Values.java", "host/Log.java", "host/pem/PrivateKeys.java", "http/Answer.java", "proxy/DnsMessage.java", "proxy/http2/Heard.java", "proxy/http2/Inward.java", "proxy/lane/Pages.java",
                "registry/DirectoryRegistry.java", "registry/GitHubApi.java", "registry/GitHubAppKey.java", "registry/GitHubAuthorization.java", "registry/ReleaseReader.java", "release/AssetName.java", "release/Constraint.java", "replica/docker/Answers.java", "replica/docker/DockerLauncher.java", "replica/docker/Endpoint.java", "replica/docker/EngineFailures.java", "replica/docker/MountReader.java");
        assertThat(sources().filter(file -> read(file).contains("default ->")).map(file -> SOURCES.relativize(file).toString()).filter(file -> !file.startsWith("artifact/")))
                .as("files with `default ->`: over a type of ours it would hide a new case").isSubsetOf(overTextsAndNumbers);
    }

    @Test
    void everyPackageSaysInOneSentenceWhatItIsFor() throws IOException {
        List<Path> packages = sources().map(Path::getParent).distinct().toList();
        assertThat(packages).isNotEmpty().allSatisfy(folder -> {
            Path file = folder.resolve("package-info.java");
            assertThat(file).exists();
            assertThat(read(file)).containsPattern("(?s)/\\*\\* .+\\. \\*/\\s+package ");
        });
    }

    private static Stream<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void confine(String library, String... stations) {
        String[] inside = Stream.concat(Stream.of(stations).map(ArchitectureTest::in), Stream.of(library)).toArray(String[]::new);
        check(noClasses().that().resideOutsideOfPackages(inside).should().dependOnClassesThat().resideInAPackage(library).because(library + " belongs to " + String.join(", ", stations)));
    }

    /** Everything that was compiled together with a class. */
    private static JavaClasses of(Class<?> one) {
        try {
            return new ClassFileImporter().importPath(Path.of(one.getProtectionDomain().getCodeSource().getLocation().toURI()));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void check(ArchRule rule) {
        check(rule, classes);
    }

    private static void check(ArchRule rule, JavaClasses of) {
        rule.check(of);
    }

    private static String in(String station) {
        return ROOT + "." + station + "..";
    }

    private static Map.Entry<String, Set<String>> row(String station, String... sees) {
        return Map.entry(station, Set.of(sees));
    }
}
