package dev.dewpoint.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dewpoint.host.Redaction;
import dev.dewpoint.host.Secret;
import dev.dewpoint.notify.Channel;
import dev.dewpoint.testing.Vectors;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class NotifierUrlTest {
    private static final Map<String, String> SLACK = Map.of("SLACK_TOKEN", "xoxb-canary-token");
    private static final Vectors VECTORS = Vectors.of("notifier.json");

    static Stream<JsonNode> slackUrls() {
        return VECTORS.block("slack_url");
    }

    /** Two of them differ from dewy on purpose: a slash is no part of a name, and a channel that is missing is an error. */
    @ParameterizedTest
    @MethodSource("slackUrls")
    void slackUrlsMeanWhatTheyDidBefore(JsonNode vector) {
        String rest = vector.path("rest").asText();
        if (rest.startsWith("?")) {
            assertThatIllegalArgumentException().isThrownBy(() -> slack("slack://" + rest)).withMessageContaining("names no channel");
            return;
        }
        Channel.Slack slack = slack("slack://" + rest);
        if (vector.has("channel")) {
            String name = rest.startsWith("#") ? "general" : vector.path("channel").asText().replaceFirst("^/", "");
            assertThat(slack.channel()).isEqualTo(name);
        }
        Vectors.text(vector.path("title")).ifPresent(title -> assertThat(slack.title()).contains(title));
        Vectors.text(vector.path("title_url")).ifPresent(url -> assertThat(slack.link()).contains(URI.create(url)));
        assertThat(slack.manner().quiet()).isEqualTo(vector.path("quiet").asBoolean());
        assertThat(slack.thread()).isTrue();
    }

    static Stream<JsonNode> quietUrls() {
        return VECTORS.block("quiet_flag");
    }

    @ParameterizedTest
    @MethodSource("quietUrls")
    void quietIsAFlag(JsonNode vector) {
        assertThat(slack("slack:/" + vector.path("url").asText()).manner().quiet()).isEqualTo(vector.path("quiet").asBoolean());
    }

    static Stream<JsonNode> mailUrls() {
        return VECTORS.block("mail_url").filter(vector -> !vector.path("rest").asText().startsWith("..."));
    }

    @ParameterizedTest
    @MethodSource("mailUrls")
    void mailUrlsMeanWhatTheyDidBefore(JsonNode vector) {
        String rest = vector.path("rest").asText();
        if (vector.path("error").asBoolean()) {
            assertThatIllegalArgumentException().isThrownBy(() -> parse(rest, Map.of()));
            return;
        }
        Map<String, String> environment = new HashMap<>();
        vector.path("env").properties().forEach(e -> environment.put(e.getKey(), e.getValue().asText()));
        for (String scheme : List.of("mail://", "smtp://")) {
            Channel.Mail mail = (Channel.Mail) parse(scheme + rest, environment);
            Vectors.text(vector.path("host")).ifPresent(host -> assertThat(mail.host()).isEqualTo(host));
            if (vector.has("port")) {
                assertThat(mail.port()).isEqualTo(vector.path("port").asInt());
            }
            Vectors.text(vector.path("user")).ifPresent(user -> assertThat(mail.login().orElseThrow().user()).isEqualTo(user));
            Vectors.text(vector.path("from")).ifPresent(from -> assertThat(mail.from()).isEqualTo(from));
            Vectors.text(vector.path("to")).ifPresent(to -> assertThat(mail.to()).containsExactly(to));
            Vectors.text(vector.path("subject")).filter(subject -> !subject.startsWith("Dewy")).ifPresent(subject -> assertThat(mail.subject()).isEqualTo(subject));
            if (vector.path("tls").asBoolean()) {
                assertThat(mail.encryption()).isEqualTo(Channel.Encryption.STARTTLS);
            }
        }
    }

    @Test
    void w51AMissingSlackTokenIsAnErrorThatSaysWhatToDo() {
        assertThatIllegalArgumentException().isThrownBy(() -> parse("slack://deploys", Map.of())).withMessageContaining("SLACK_TOKEN is not set").withMessageContaining("chat:write");
        assertThatIllegalArgumentException().isThrownBy(() -> parse("slack+webhook://", Map.of())).withMessageContaining("SLACK_WEBHOOK_URL is not set");
        assertThatIllegalArgumentException().isThrownBy(() -> parse("slack+webhook://", Map.of("SLACK_WEBHOOK_URL", "canary"))).withMessageContaining("https://hooks.slack.com").withMessageNotContaining("canary");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            slack://                                | names no channel
            slack://#                               | names no channel
            slack://two words                       | no Slack channel is called
            slack://x?threat=true                   | did you mean thread?
            slack://x?quiet=maybe                   | true or false
            slack://x?url=ftp://e                   | no http or https URL
            slack://x?hook-output=none              | on or off
            slak://x                                | did you mean slack?
            teams://x                               | there is no notifier teams://
            x                                       | the form scheme://place
            mail://h/to@e.org                       | names no sender
            mail://h/?from=a@e.org                  | names no recipient
            mail://h?from=a@e.org                   | names no recipient
            mail:///to@e.org?from=a@e.org           | names no mail server
            mail://h:0/to@e.org?from=a@e.org        | no port 0
            mail://h:99999/to@e.org?from=a@e.org    | no port 99999
            mail://h/to?from=a@e.org                | no mail address
            mail://h/a@e.org%0d%0aBcc:x@e.org?from=a@e.org | no mail address
            mail://h/to@e.org?from=a                | no mail address
            mail://h/to@e.org?from=a@e.org%0aBcc:x@e | no mail address
            mail://h/to@e.org?username=a@e.org      | no password; set MAIL_PASSWORD
            mail://h/to@e.org?from=a@e.org&password=canary-password | no user name
            mail://h/to@e.org?from=a@e.org&tls=startls | did you mean starttls?
            mail://h/to@e.org?usrname=a@e.org       | did you mean username?
            webhook+https://                        | no http or https URL
            webhook+https://u:p@e.org/              | must not carry a user name
            webhook+https://e.org/?quiet=maybe      | true or false
            """)
    void whatIsWrongIsSaid(String url, String why) {
        assertThatIllegalArgumentException().isThrownBy(() -> parse(url.replace("&#32;", " "), SLACK)).withMessageContaining(why);
    }

    @Test
    void slackDefaultsAndOverrides() {
        Channel.Slack slack = slack("slack://deploys");
        assertThat(slack).isEqualTo(new Channel.Slack("deploys", new Secret("xoxb-canary-token"), URI.create("https://slack.com/api/"), Optional.empty(), Optional.empty(), true, new Channel.Manner(false, true)));
        assertThat(slack("slack://deploys?thread=false&hook-output=off")).satisfies(quieter -> {
            assertThat(quieter.thread()).isFalse();
            assertThat(quieter.manner().hookOutput()).isFalse();
        });
        assertThat(((Channel.Slack) parse("slack://x", Map.of("SLACK_TOKEN", "t", "SLACK_API_URL", "http://127.0.0.1:1/api"))).api()).isEqualTo(URI.create("http://127.0.0.1:1/api/"));
        assertThat(slack("slack://x?title=a%2Bb").title()).as("an encoded plus stays one").contains("a+b");
    }

    @ParameterizedTest
    @CsvSource({"'', STARTTLS, 587", "tls=true, STARTTLS, 587", "tls=starttls, STARTTLS, 587", "tls=implicit, TLS, 465", "tls=false, NONE, 587", "tls=none, NONE, 587"})
    void mailIsEncryptedUnlessToldOtherwise(String option, Channel.Encryption encryption, int port) {
        Channel.Mail mail = (Channel.Mail) parse("smtp://mail.example.org/a@e.org,b@e.org?from=d@e.org&" + option, Map.of());
        assertThat(mail.encryption()).isEqualTo(encryption);
        assertThat(mail.port()).isEqualTo(port);
        assertThat(mail.to()).containsExactly("a@e.org", "b@e.org");
        assertThat(mail.login()).as("a server may need none").isEmpty();
        assertThat(mail.subject()).isEqualTo("Dewpoint");
    }

    @Test
    void port465MeansTlsFromTheStart() {
        assertThat(((Channel.Mail) parse("smtp://[::1]:465/a@e.org?from=d@e.org", Map.of()))).satisfies(mail -> {
            assertThat(mail.encryption()).isEqualTo(Channel.Encryption.TLS);
            assertThat(mail.host()).isEqualTo("::1");
        });
    }

    @Test
    void aWebhookKeepsItsReceiversOptions() {
        Channel.Webhook webhook = (Channel.Webhook) parse("webhook+https://e.org/hook?token=can+ary%2F1&quiet=true&x", Map.of("WEBHOOK_SECRET", "shared"));
        assertThat(webhook.address()).isEqualTo(URI.create("https://e.org/hook?token=can+ary%2F1&x"));
        assertThat(webhook.secret()).contains(new Secret("shared"));
        assertThat(webhook.manner().quiet()).isTrue();
        assertThat(((Channel.Webhook) parse("webhook+http://127.0.0.1:8080/", Map.of())).address()).isEqualTo(URI.create("http://127.0.0.1:8080/"));
    }

    @Test
    void secretsOfUrlsAreKeptOutOfEveryOutput() {
        Problems problems = new Problems();
        Secrets secrets = new Secrets(Map.of(), problems);
        assertThatIllegalArgumentException().isThrownBy(() -> NotifierUrl.parse("mail://h/to@e.org?password=canary-1&bogus=1", secrets));
        Channel webhook = NotifierUrl.parse("webhook+https://e.org/?key=canary-2", secrets);
        assertThat(new Redaction(secrets.given()).apply("…?password=canary-1&bogus and ?key=canary-2")).doesNotContain("canary");
        assertThat(webhook.toString() + webhook.name() + webhook.key()).doesNotContain("canary");
        assertThat(slack("slack://x").toString() + slack("slack://x").key()).doesNotContain("canary");
    }

    @Test
    void aKeyBelongsToThePlaceNotToTheCredential() {
        assertThat(parse("slack://a", Map.of("SLACK_TOKEN", "1")).key()).isEqualTo(parse("slack://a?quiet=true", Map.of("SLACK_TOKEN", "2")).key()).matches("[a-z0-9-]+");
        assertThat(slack("slack://a").key()).isNotEqualTo(slack("slack://b").key());
    }

    private static Channel.Slack slack(String url) {
        return (Channel.Slack) parse(url, SLACK);
    }

    private static Channel parse(String url, Map<String, String> environment) {
        return NotifierUrl.parse(url, new Secrets(environment, new Problems()));
    }
}
