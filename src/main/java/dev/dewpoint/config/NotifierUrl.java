package dev.dewpoint.config;

import dev.dewpoint.host.Secret;
import dev.dewpoint.notify.Channel;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** {@code --notifier}, understood. */
final class NotifierUrl {
    static final URI SLACK = URI.create("https://slack.com/api/");

    private static final List<String> SCHEMES = List.of("slack", "slack+webhook", "mail", "smtp", "webhook+https", "webhook+http");
    private static final List<String> SLACK_OPTIONS = List.of("title", "url", "quiet", "thread", "hook-output");
    private static final List<String> SLACK_WEBHOOK_OPTIONS = List.of("title", "url", "quiet", "hook-output");
    private static final List<String> MAIL_OPTIONS = List.of("username", "password", "from", "subject", "tls", "quiet", "hook-output");
    private static final List<String> TLS = List.of("true", "false", "starttls", "implicit", "none");
    private static final List<String> ON_OR_OFF = List.of("on", "off");
    private static final Pattern SLACK_CHANNEL = Pattern.compile("[^\\s\\p{Cntrl}<>&?/#]{1,80}");
    private static final Pattern HOST_AND_PORT = Pattern.compile("(\\[[0-9A-Fa-f:.]+\\]|[0-9A-Za-z._-]+)(?::(\\d{1,5}))?");
    private static final Pattern MAIL_ADDRESS = Pattern.compile("[^\\s\\p{Cntrl}@<>,;:\"()\\[\\]]{1,64}@[^\\s\\p{Cntrl}@<>,;:\"()]{1,255}");
    /** Where people write a blank as a plus. */
    private static final Pattern TEXT_OPTION = Pattern.compile("(?<=[?&])(?:title|subject)=[^&]*");
    private static final int SUBMISSION = 587;
    private static final int SUBMISSION_TLS = 465;

    private final Url url;
    private final Secrets secrets;

    private NotifierUrl(Url url, Secrets secrets) {
        this.url = url;
        this.secrets = secrets;
    }

    /** @throws IllegalArgumentException saying what is wrong with it, and what to do */
    static Channel parse(String text, Secrets secrets) {
        NotifierUrl notifier = new NotifierUrl(Url.parse(withBlanks(text)), secrets);
        return switch (notifier.url.scheme()) {
            case "slack" -> notifier.slack();
            case "slack+webhook" -> notifier.slackWebhook();
            case "mail", "smtp" -> notifier.mail();
            case "webhook+https", "webhook+http" -> notifier.webhook(text);
            default -> throw new IllegalArgumentException("there is no notifier " + notifier.url.scheme() + "://" + Problems.didYouMean(notifier.url.scheme(), SCHEMES)
                    + " (known: " + SCHEMES.stream().map(scheme -> scheme + "://").collect(Collectors.joining(", ")) + ")");
        };
    }

    private static String withBlanks(String text) {
        return TEXT_OPTION.matcher(text).replaceAll(match -> Matcher.quoteReplacement(match.group().replace("+", "%20")));
    }

    private Channel slack() {
        url.allowOnly(SLACK_OPTIONS);
        String channel = Url.decoded(url.rest()).replaceFirst("^[/#]+", "").replaceFirst("/$", "");
        if (channel.isEmpty()) {
            throw new IllegalArgumentException("it names no channel; write slack://CHANNEL, such as slack://deploys");
        }
        if (!SLACK_CHANNEL.matcher(channel).matches()) {
            throw new IllegalArgumentException("no Slack channel is called " + channel);
        }
        Channel.Manner manner = manner();
        Optional<URI> link = link();
        boolean thread = !url.options().containsKey("thread") || url.yes("thread");
        URI api = secrets.plain("SLACK_API_URL").map(value -> web("SLACK_API_URL", value.endsWith("/") ? value : value + "/")).orElse(SLACK);
        Secret token = secrets.find("SLACK_TOKEN").orElseThrow(() -> new IllegalArgumentException(
                "SLACK_TOKEN is not set: put the bot token (xoxb-…, with the scope chat:write) there, or use slack+webhook:// with SLACK_WEBHOOK_URL"));
        return new Channel.Slack(channel, token, api, url.option("title"), link, thread, manner);
    }

    private Channel slackWebhook() {
        url.allowOnly(SLACK_WEBHOOK_OPTIONS);
        if (!url.rest().isEmpty() && !url.rest().equals("/")) {
            throw new IllegalArgumentException("a webhook belongs to one channel; write slack+webhook:// and put the webhook's URL into SLACK_WEBHOOK_URL");
        }
        Secret address = secrets.find("SLACK_WEBHOOK_URL").orElseThrow(() -> new IllegalArgumentException("SLACK_WEBHOOK_URL is not set: put the URL of an incoming webhook there"));
        try {
            web("SLACK_WEBHOOK_URL", address.value());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("SLACK_WEBHOOK_URL is no http or https URL; it looks like https://hooks.slack.com/services/…");
        }
        return new Channel.SlackWebhook(address, url.option("title"), link(), manner());
    }

    private Channel mail() {
        Optional<Secret> given = url.option("password").map(secrets::noted);
        url.allowOnly(MAIL_OPTIONS);
        int slash = url.rest().indexOf('/');
        Matcher place = HOST_AND_PORT.matcher(slash < 0 ? url.rest() : url.rest().substring(0, slash));
        if (!place.matches()) {
            throw new IllegalArgumentException("it names no mail server; write smtp://HOST:PORT/TO");
        }
        boolean implicit = tls().equals("implicit") || tls().equals("true") && String.valueOf(SUBMISSION_TLS).equals(place.group(2));
        Channel.Encryption encryption = implicit ? Channel.Encryption.TLS : switch (tls()) {
            case "false", "none" -> Channel.Encryption.NONE;
            default -> Channel.Encryption.STARTTLS;
        };
        int port = place.group(2) == null ? implicit ? SUBMISSION_TLS : SUBMISSION : Integer.parseInt(place.group(2));
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("there is no port " + port);
        }
        List<String> to = recipients(slash < 0 ? "" : url.rest().substring(slash + 1));
        Optional<String> user = url.option("username").or(() -> secrets.plain("MAIL_USERNAME"));
        Optional<Channel.Login> login = login(user, given.or(() -> secrets.find("MAIL_PASSWORD")));
        String from = url.option("from").or(() -> secrets.plain("MAIL_FROM")).or(() -> user)
                .orElseThrow(() -> new IllegalArgumentException("it names no sender; add ?from=ADDRESS or set MAIL_FROM"));
        if (!MAIL_ADDRESS.matcher(from).matches()) {
            throw new IllegalArgumentException("the sender " + from + " is no mail address; add ?from=ADDRESS or set MAIL_FROM");
        }
        return new Channel.Mail(place.group(1).replaceAll("[\\[\\]]", ""), port, encryption, to, from, login, url.option("subject").orElse("Dewpoint"), manner());
    }

    private String tls() {
        String value = url.option("tls").orElse("true").toLowerCase(Locale.ROOT);
        if (!TLS.contains(value)) {
            throw new IllegalArgumentException("the option tls is one of " + String.join(", ", TLS) + ", not " + value + Problems.didYouMean(value, TLS));
        }
        return value;
    }

    private static List<String> recipients(String path) {
        List<String> to = Arrays.stream(path.split(",")).map(Url::decoded).map(String::strip).filter(address -> !address.isEmpty()).toList();
        if (to.isEmpty()) {
            throw new IllegalArgumentException("it names no recipient; write smtp://HOST:PORT/TO, several separated by commas");
        }
        to.stream().filter(address -> !MAIL_ADDRESS.matcher(address).matches()).findFirst().ifPresent(address -> {
            throw new IllegalArgumentException("the recipient " + address + " is no mail address");
        });
        return to;
    }

    private static Optional<Channel.Login> login(Optional<String> user, Optional<Secret> password) {
        if (user.isPresent() && password.isEmpty()) {
            throw new IllegalArgumentException("there is a user name and no password; set MAIL_PASSWORD, or name only a sender (?from=) if the server needs no login");
        }
        if (user.isEmpty() && password.isPresent()) {
            throw new IllegalArgumentException("there is a password and no user name; add ?username= or set MAIL_USERNAME");
        }
        return user.map(name -> new Channel.Login(name, password.get()));
    }

    /** Options that are not ours belong to the receiver and stay as they are written. */
    private Channel webhook(String text) {
        String plain = text.substring("webhook+".length());
        int question = plain.indexOf('?');
        String theirs = question < 0 ? "" : Arrays.stream(plain.substring(question + 1).split("&"))
                .filter(pair -> !pair.isEmpty() && !List.of("quiet", "hook-output").contains(pair.split("=", 2)[0])).collect(Collectors.joining("&"));
        if (!theirs.isEmpty()) {
            secrets.noted(theirs);
        }
        URI address = web("the address", (question < 0 ? plain : plain.substring(0, question)) + (theirs.isEmpty() ? "" : "?" + theirs));
        return new Channel.Webhook(address, secrets.find("WEBHOOK_SECRET"), manner());
    }

    private Channel.Manner manner() {
        String output = url.option("hook-output").orElse("on").toLowerCase(Locale.ROOT);
        if (!ON_OR_OFF.contains(output)) {
            throw new IllegalArgumentException("the option hook-output is on or off, not " + output);
        }
        return new Channel.Manner(url.yes("quiet"), output.equals("on"));
    }

    private Optional<URI> link() {
        return url.option("url").map(value -> web("the option url", value));
    }

    private static URI web(String what, String value) {
        try {
            URI uri = URI.create(value);
            if (("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) && uri.getHost() != null) {
                if (uri.getUserInfo() != null) {
                    throw new IllegalArgumentException(what + " must not carry a user name or password");
                }
                return uri;
            }
        } catch (IllegalArgumentException e) {
            if (e.getCause() == null) {
                throw e;
            }
        }
        throw new IllegalArgumentException(what + " is no http or https URL");
    }
}
