package dev.dewpoint.notify;

import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.MessagingException;
import jakarta.mail.Message;
import jakarta.mail.SendFailedException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Date;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;
import javax.net.ssl.SSLSocketFactory;
import org.eclipse.angus.mail.smtp.SMTPSendFailedException;
import org.eclipse.angus.mail.smtp.SMTPSenderFailedException;

/** Sends plain text by SMTP, one connection a mail. Mails of one attempt answer to its first. */
final class MailSender implements Sender {
    static final Duration SILENCE = Duration.ofSeconds(30);
    private static final int LONGEST_SUBJECT = 200;
    private static final int LONGEST_REASON = 500;

    private final Channel.Mail channel;
    private final String host;
    private final Session session;

    /** {@code silence} ends a try; {@code trust}: instead of the certificates that Java trusts. */
    MailSender(Channel.Mail channel, String host, Duration silence, Optional<SSLSocketFactory> trust) {
        this.channel = channel;
        this.host = host.replaceAll("[^0-9A-Za-z.-]", "-");
        this.session = Session.getInstance(properties(channel, this.host, silence, trust));
    }

    private static Properties properties(Channel.Mail channel, String host, Duration silence, Optional<SSLSocketFactory> trust) {
        Properties properties = new Properties();
        properties.put("mail.transport.protocol", "smtp");
        properties.put("mail.smtp.host", channel.host());
        properties.put("mail.smtp.port", String.valueOf(channel.port()));
        properties.put("mail.smtp.localhost", host.isEmpty() ? "localhost" : host);
        properties.put("mail.smtp.connectiontimeout", String.valueOf(silence.toMillis()));
        properties.put("mail.smtp.timeout", String.valueOf(silence.toMillis()));
        properties.put("mail.smtp.writetimeout", String.valueOf(silence.toMillis()));
        properties.put("mail.smtp.quitwait", "false");
        properties.put("mail.smtp.sendpartial", "true");
        properties.put("mail.smtp.auth", String.valueOf(channel.login().isPresent()));
        properties.put("mail.smtp.ssl.enable", String.valueOf(channel.encryption() == Channel.Encryption.TLS));
        properties.put("mail.smtp.starttls.enable", String.valueOf(channel.encryption() == Channel.Encryption.STARTTLS));
        properties.put("mail.smtp.starttls.required", String.valueOf(channel.encryption() == Channel.Encryption.STARTTLS));
        properties.put("mail.smtp.ssl.checkserveridentity", "true");
        trust.ifPresent(factory -> properties.put("mail.smtp.ssl.socketFactory", factory));
        return properties;
    }

    @Override
    public Sent send(Notice notice, Optional<String> thread) {
        String id = messageId(notice);
        try {
            transmit(message(notice, id, thread));
            return new Sent.Done(notice.attempt().map(_ -> thread.orElse(id)));
        } catch (AuthenticationFailedException e) {
            return isPassing(e) ? Sent.later(why(e)) : new Sent.Never("the mail server refused the user name or the password; check MAIL_USERNAME and MAIL_PASSWORD (" + why(e) + ")");
        } catch (SendFailedException e) {
            return refused(e);
        } catch (MessagingException e) {
            return Sent.later(why(e));
        }
    }

    /** What fails after the mail was taken, while the connection ends, changes nothing. */
    private void transmit(Message message) throws MessagingException {
        Transport transport = session.getTransport();
        try {
            transport.connect(channel.login().map(Channel.Login::user).orElse(null), channel.login().map(login -> login.password().value()).orElse(null));
            transport.sendMessage(message, message.getAllRecipients());
        } finally {
            try {
                transport.close();
            } catch (MessagingException e) {
                // it was closed by the other side
            }
        }
    }

    /** Whoever has it already must not get it again with the next try. */
    private Sent refused(SendFailedException e) {
        if (e.getValidSentAddresses() != null && e.getValidSentAddresses().length > 0) {
            return new Sent.Never("the mail server took it for some recipients and refused others: " + why(e));
        }
        int code = e instanceof SMTPSendFailedException send ? send.getReturnCode() : e instanceof SMTPSenderFailedException from ? from.getReturnCode() : 0;
        boolean isFinal = code >= 500 || code == 0 && e.getInvalidAddresses() != null && e.getInvalidAddresses().length > 0;
        return isFinal ? new Sent.Never("the mail server refused it: " + why(e) + "; check the addresses in ?from= and after the host") : Sent.later(why(e));
    }

    private Message message(Notice notice, String id, Optional<String> thread) throws MessagingException {
        MimeMessage message = new Named(session, id);
        message.setFrom(new InternetAddress(oneLine(channel.from())));
        for (String to : channel.to()) {
            message.addRecipient(Message.RecipientType.TO, new InternetAddress(oneLine(to)));
        }
        message.setSubject(oneLine(cut(channel.subject() + ": " + notice.headline())), StandardCharsets.UTF_8.name());
        message.setSentDate(Date.from(notice.at()));
        message.setHeader("Auto-Submitted", "auto-generated");
        message.setHeader("X-Dewpoint-Id", oneLine(notice.id()));
        if (thread.isPresent() && !thread.get().equals(id)) {
            message.setHeader("In-Reply-To", oneLine(thread.get()));
            message.setHeader("References", oneLine(thread.get()));
        }
        message.setText(body(notice), StandardCharsets.UTF_8.name());
        message.saveChanges();
        return message;
    }

    static String body(Notice notice) {
        StringBuilder body = new StringBuilder(notice.title()).append("\n\n");
        notice.lines().forEach(line -> body.append(line).append('\n'));
        notice.outputs().forEach(output -> body.append('\n').append(output.name()).append(":\n").append(output.text().lines().map(line -> "  " + line).collect(Collectors.joining("\n"))).append('\n'));
        body.append("\nApp: ").append(notice.app()).append("\nHost: ").append(notice.host());
        notice.versions().ifPresent(versions -> body.append("\nVersion: ").append(versions));
        notice.took().ifPresent(took -> body.append("\nDuration: ").append(Wording.words(took)));
        notice.link().ifPresent(link -> body.append("\nRelease: ").append(link));
        return body.append("\nTime: ").append(Wording.at(notice.at())).append('\n').toString();
    }

    /** The same for a notice that is sent again, so that a mailbox can tell. */
    private String messageId(Notice notice) {
        return "<" + notice.id().replaceAll("[^0-9A-Za-z-]", ".") + "@" + host + ".dewpoint>";
    }

    private static String cut(String subject) {
        return subject.length() <= LONGEST_SUBJECT ? subject : subject.substring(0, subject.offsetByCodePoints(0, Math.min(LONGEST_SUBJECT, subject.codePointCount(0, subject.length())))) + "…";
    }

    /** A header ends with its line: what follows a line break would be another one. */
    private static String oneLine(String text) {
        return text.replaceAll("[\\r\\n\\u0000]+", " ");
    }

    private static boolean isPassing(MessagingException e) {
        return String.valueOf(e.getMessage()).startsWith("4");
    }

    private static String why(MessagingException e) {
        String cause = e.getNextException() == null ? "" : ": " + e.getNextException().getMessage();
        return new Outside(text -> text).line(e.getMessage() + cause, LONGEST_REASON);
    }

    /** Keeps the id that it is given. */
    private static final class Named extends MimeMessage {
        private final String id;

        Named(Session session, String id) {
            super(session);
            this.id = id;
        }

        @Override
        protected void updateMessageID() throws MessagingException {
            setHeader("Message-ID", id);
        }
    }
}
