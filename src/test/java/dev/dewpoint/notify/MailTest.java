package dev.dewpoint.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import dev.dewpoint.host.Secret;
import dev.dewpoint.testing.ManualTime;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class MailTest {
    private static final Channel.Manner MANNER = new Channel.Manner(false, true);
    private static final Optional<Channel.Login> NO_LOGIN = Optional.empty();
    private static final char[] PASSWORD = "changeit".toCharArray();
    private static GreenMail server;
    private static SSLContext tls;

    private final ManualTime time = new ManualTime();
    private final Story story = new Story(time);
    private final Wording wording = new Wording("web-1", text -> text);

    @BeforeAll
    static void aMailServerAndACertificate(@TempDir Path directory) throws Exception {
        server = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
        server.start();
        server.setUser("agent@example.org", "agent@example.org", "right-password");
        server.setUser("one@example.org", "one");
        server.setUser("two@example.org", "two");
        Path store = directory.resolve("keys.p12");
        Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair", "-alias", "mail", "-keyalg", "EC", "-dname", "CN=localhost",
                "-ext", "san=dns:localhost", "-validity", "2", "-storetype", "PKCS12", "-storepass", "changeit", "-keystore", store.toString()).redirectErrorStream(true).start();
        assertThat(keytool.waitFor(30, TimeUnit.SECONDS)).isTrue();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD);
        }
        KeyManagerFactory ours = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        ours.init(keys, PASSWORD);
        TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(keys);
        tls = SSLContext.getInstance("TLS");
        tls.init(ours.getKeyManagers(), trusted.getTrustManagers(), null);
    }

    @AfterAll
    static void stop() {
        server.stop();
    }

    @BeforeEach
    void emptyMailboxes() throws Exception {
        server.purgeEmailFromAllMailboxes();
    }

    @Test
    void anOutcomeArrivesAsPlainTextWithEverythingInIt() throws Exception {
        Sent sent = sender("localhost", port(), Channel.Encryption.NONE, NO_LOGIN, Optional.empty()).send(notice("a"), Optional.empty());

        assertThat(sent).isInstanceOf(Sent.Done.class);
        assertThat(received()).as("one for each recipient").hasSize(2);
        MimeMessage mail = received().getFirst();
        assertThat(mail.getSubject()).isEqualTo("Grüße: shop: Deployment completed successfully (total: 15s), v1.2.2 → v1.2.3");
        assertThat(mail.getFrom()[0]).hasToString("agent@example.org");
        assertThat(mail.getRecipients(Message.RecipientType.TO)).extracting(Object::toString).containsExactly("one@example.org", "two@example.org");
        assertThat(mail.getContentType()).isEqualTo("text/plain; charset=UTF-8");
        assertThat(mail.getContent().toString()).contains("Deployment completed successfully (total: 15s)", "Version: v1.2.2 → v1.2.3", "Host: web-1", "Release: https://github.com/acme/shop/releases/tag/v1.2.3");
        assertThat(mail.getHeader("Auto-Submitted")).containsExactly("auto-generated");
    }

    @Test
    void mailsOfAnAttemptAnswerToItsFirst() throws Exception {
        MailSender sender = sender("localhost", port(), Channel.Encryption.NONE, NO_LOGIN, Optional.empty());
        Sent.Done first = (Sent.Done) sender.send(wording.of(story.started("a"), new Telling.Plain()).orElseThrow(), Optional.empty());
        Sent.Done second = (Sent.Done) sender.send(notice("a"), first.thread());
        assertThat(second.thread()).isEqualTo(first.thread());
        MimeMessage root = received("Deployment started");
        MimeMessage answer = received("Deployment completed");
        assertThat(root.getMessageID()).isEqualTo(first.thread().orElseThrow());
        assertThat(root.getHeader("In-Reply-To")).isNull();
        assertThat(answer.getHeader("In-Reply-To")).containsExactly(root.getMessageID());
        assertThat(answer.getHeader("References")).containsExactly(root.getMessageID());
        assertThat(answer.getMessageID()).isNotEqualTo(root.getMessageID());
    }

    @Test
    void aLineBreakAddsNoHeader() throws Exception {
        String evil = "v1\r\nBcc: evil@example.org\r\n\r\nbody";
        Notice notice = new Notice("id\r\nBcc: evil@example.org", Optional.of("a"), Notice.Importance.OUTCOME, Notice.Tone.BAD, "failed", evil, List.of(), List.of(), Optional.empty(), evil, evil, Optional.empty(), Optional.of(evil), time.now(), Optional.empty());
        Channel.Mail channel = new Channel.Mail("localhost", port(), Channel.Encryption.NONE, List.of("one@example.org"), "agent@example.org", NO_LOGIN, evil, MANNER);
        assertThat(new MailSender(channel, evil, Duration.ofSeconds(5), Optional.empty()).send(notice, Optional.of("<x>\r\nBcc: evil@example.org"))).isInstanceOf(Sent.Done.class);
        assertThat(received()).hasSize(1);
        MimeMessage mail = received().getFirst();
        assertThat(mail.getHeader("Bcc")).isNull();
        assertThat(mail.getAllRecipients()).extracting(Object::toString).containsExactly("one@example.org");
    }

    @Test
    void aServerThatWantsALoginGetsIt() throws Exception {
        assertThat(sender("localhost", port(), Channel.Encryption.NONE, login("right-password"), Optional.empty()).send(notice("a"), Optional.empty())).isInstanceOf(Sent.Done.class);
        assertThat(received()).isNotEmpty();
    }

    @Test
    void aWrongPasswordIsGivenUpWithARemedy() {
        assertThat(sender("localhost", port(), Channel.Encryption.NONE, login("wrong-password"), Optional.empty()).send(notice("a"), Optional.empty()))
                .isInstanceOfSatisfying(Sent.Never.class, never -> assertThat(never.why()).contains("MAIL_USERNAME and MAIL_PASSWORD").doesNotContain("wrong-password"));
    }

    @Test
    void startTlsAndTlsCarryTheLogin() throws Exception {
        for (Channel.Encryption encryption : List.of(Channel.Encryption.STARTTLS, Channel.Encryption.TLS)) {
            server.purgeEmailFromAllMailboxes();
            try (FakeSmtp front = FakeSmtp.tlsBefore(port(), tls, encryption == Channel.Encryption.STARTTLS)) {
                Sent sent = sender("localhost", front.port(), encryption, login("right-password"), Optional.of(tls.getSocketFactory())).send(notice("a"), Optional.empty());
                assertThat(sent).as(encryption.name()).isInstanceOf(Sent.Done.class);
                assertThat(received()).hasSize(2);
            }
        }
    }

    @Test
    void nothingIsSentInTheClearUnlessAllowed() throws Exception {
        assertThat(sender("localhost", port(), Channel.Encryption.STARTTLS, login("right-password"), Optional.empty()).send(notice("a"), Optional.empty()))
                .isInstanceOfSatisfying(Sent.Later.class, later -> assertThat(later.why()).contains("STARTTLS"));
        assertThat(received()).isEmpty();
    }

    @Test
    void aCertificateThatIsNotTrustedOrNamesAnotherHostEndsTheConnection() throws Exception {
        for (Channel.Encryption encryption : List.of(Channel.Encryption.STARTTLS, Channel.Encryption.TLS)) {
            try (FakeSmtp front = FakeSmtp.tlsBefore(port(), tls, encryption == Channel.Encryption.STARTTLS)) {
                assertThat(sender("localhost", front.port(), encryption, NO_LOGIN, Optional.empty()).send(notice("a"), Optional.empty())).as("not trusted").isInstanceOf(Sent.Later.class);
                assertThat(sender("127.0.0.1", front.port(), encryption, NO_LOGIN, Optional.of(tls.getSocketFactory())).send(notice("a"), Optional.empty())).as("another name").isInstanceOf(Sent.Later.class);
            }
        }
        assertThat(received()).isEmpty();
    }

    @Test
    void whatTheServerAnswersDecidesWhetherItIsTriedAgain() throws Exception {
        assertThat(answer(line -> line.startsWith("RCPT") ? Optional.of("550 no such user") : Optional.empty())).isInstanceOf(Sent.Never.class);
        assertThat(answer(line -> line.startsWith("RCPT") ? Optional.of("450 greylisted") : Optional.empty())).isInstanceOf(Sent.Later.class);
        assertThat(answer(line -> line.startsWith("MAIL") ? Optional.of("554 go away") : Optional.empty())).isInstanceOf(Sent.Never.class);
        assertThat(answer(line -> line.startsWith("DATA") ? Optional.of("452 no space") : Optional.empty())).isInstanceOf(Sent.Later.class);
        assertThat(answer(line -> line.equals(".") ? Optional.of("554 it looks like spam") : Optional.empty())).isInstanceOf(Sent.Never.class);
        assertThat(answer(line -> line.equals(".") ? Optional.of("451 try again") : Optional.empty())).isInstanceOf(Sent.Later.class);
        assertThat(answer(_ -> Optional.empty())).isInstanceOf(Sent.Done.class);
    }

    @Test
    void oneRecipientThatIsGoneDoesNotTakeItFromTheOther() throws Exception {
        try (FakeSmtp smtp = FakeSmtp.answering(line -> line.startsWith("RCPT TO:<two") ? Optional.of("550 no such user") : Optional.empty())) {
            assertThat(sender("localhost", smtp.port(), Channel.Encryption.NONE, NO_LOGIN, Optional.empty()).send(notice("a"), Optional.empty()))
                    .isInstanceOfSatisfying(Sent.Never.class, never -> assertThat(never.why()).contains("for some recipients"));
            assertThat(smtp.heard).contains("DATA", ".");
        }
    }

    @Test
    void aMailThatWasTakenIsDoneHoweverTheConnectionEnds() throws Exception {
        try (FakeSmtp smtp = FakeSmtp.answering(line -> line.equals("QUIT") ? Optional.of("500 never heard of it") : Optional.empty())) {
            assertThat(sender("localhost", smtp.port(), Channel.Encryption.NONE, NO_LOGIN, Optional.empty()).send(notice("a"), Optional.empty())).isInstanceOf(Sent.Done.class);
        }
    }

    @Test
    void silenceAndClosedDoorsAreTriedLater() throws Exception {
        try (FakeSmtp silent = FakeSmtp.silent()) {
            Channel.Mail channel = channel("localhost", silent.port(), Channel.Encryption.NONE, NO_LOGIN);
            assertThat(new MailSender(channel, "web-1", Duration.ofMillis(200), Optional.empty()).send(notice("a"), Optional.empty())).isInstanceOf(Sent.Later.class);
        }
        int closed;
        try (FakeSmtp gone = FakeSmtp.silent()) {
            closed = gone.port();
        }
        assertThat(sender("localhost", closed, Channel.Encryption.NONE, NO_LOGIN, Optional.empty()).send(notice("a"), Optional.empty())).isInstanceOf(Sent.Later.class);
    }

    private Sent answer(java.util.function.Function<String, Optional<String>> answer) throws Exception {
        try (FakeSmtp smtp = FakeSmtp.answering(answer)) {
            return sender("localhost", smtp.port(), Channel.Encryption.NONE, NO_LOGIN, Optional.empty()).send(notice("a"), Optional.empty());
        }
    }

    private static List<MimeMessage> received() {
        return Arrays.asList(server.getReceivedMessages());
    }

    private static MimeMessage received(String subject) throws MessagingException {
        for (MimeMessage mail : received()) {
            if (mail.getSubject().contains(subject)) {
                return mail;
            }
        }
        throw new AssertionError("no mail about " + subject);
    }

    private static int port() {
        return server.getSmtp().getPort();
    }

    private static Optional<Channel.Login> login(String password) {
        return Optional.of(new Channel.Login("agent@example.org", new Secret(password)));
    }

    private static Channel.Mail channel(String host, int port, Channel.Encryption encryption, Optional<Channel.Login> login) {
        return new Channel.Mail(host, port, encryption, List.of("one@example.org", "two@example.org"), "agent@example.org", login, "Grüße", MANNER);
    }

    private static MailSender sender(String host, int port, Channel.Encryption encryption, Optional<Channel.Login> login, Optional<SSLSocketFactory> trust) {
        return new MailSender(channel(host, port, encryption, login), "web-1", Duration.ofSeconds(5), trust);
    }

    private Notice notice(String id) {
        return wording.of(story.deployed(id), new Telling.Plain()).orElseThrow();
    }
}
