package dev.dewpoint.health;

import dev.dewpoint.host.Time;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Asks one address once. The time limit is one for all of it, so that an answer that drips in can't hold it longer.
 * Meant for a virtual thread, where an interrupt ends it at once.
 */
public final class Prober {
    private static final int LONGEST_LINE = 1024;
    private static final int MOST_BYTES = 16 * 1024;
    private static final Duration COURTESY = Duration.ofMillis(100);
    private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.[01] ([1-9][0-9]{2})( .*)?");

    private final Time time;

    public Prober(Time time) {
        this.time = time;
    }

    /** The answer was complete enough to say what is wrong with it. */
    private static final class Odd extends IOException {
        private static final long serialVersionUID = 1;

        Odd(String why) {
            super(why);
        }
    }

    public Verdict probe(Check check, InetSocketAddress address, Duration timeout) {
        return switch (check) {
            case Check.Http http -> connected(address, timeout, (socket, start) -> ask(http, address, socket, start, timeout, _ -> { }));
            case Check.Tcp _ -> connected(address, timeout, (_, start) -> new Verdict.Ready("accepts connections", time.since(start)));
            case Check.Held held -> connected(address, timeout, (socket, start) -> hold(socket, held.time(), start));
            case Check.None _ -> new Verdict.Ready("not checked", Duration.ZERO);
        };
    }

    /** What an answer said, and the value of one of its headers. */
    public record Heard(Verdict verdict, Optional<String> value) {}

    /** Asks like {@link #probe}, and listens for a header. */
    public Heard hear(Check.Http check, InetSocketAddress address, Duration timeout, String header) {
        AtomicReference<Optional<String>> value = new AtomicReference<>(Optional.empty());
        Verdict verdict = connected(address, timeout, (socket, start) -> ask(check, address, socket, start, timeout, answer -> value.set(answer.header(header))));
        return new Heard(verdict, value.get());
    }

    private interface Listening {
        void to(Answer answer) throws IOException;
    }

    private interface Conversation {
        Verdict over(Socket socket, long startNanos) throws IOException;
    }

    private Verdict connected(InetSocketAddress address, Duration timeout, Conversation conversation) {
        long start = time.nanos();
        boolean connected = false;
        try (Socket socket = new Socket()) {
            if (address.isUnresolved()) {
                return new Verdict.Unready("its name has no address", false, Duration.ZERO);
            }
            socket.connect(address, left(start, timeout));
            connected = true;
            return conversation.over(socket, start);
        } catch (IOException e) {
            return new Verdict.Unready(why(e, connected, timeout), connected, time.since(start));
        }
    }

    private Verdict hold(Socket socket, Duration time, long start) throws IOException {
        socket.setSoTimeout((int) time.toMillis());
        try {
            if (socket.getInputStream().read() < 0) {
                throw new Odd("it closes connections at once");
            }
        } catch (SocketTimeoutException open) {
            // nobody is in a hurry to speak first
        }
        return new Verdict.Ready("accepts connections", this.time.since(start));
    }

    private Verdict ask(Check.Http check, InetSocketAddress address, Socket socket, long start, Duration timeout, Listening listening) throws IOException {
        socket.setTcpNoDelay(true);
        String request = "GET " + check.path() + " HTTP/1.1\r\nHost: " + check.host().orElseGet(() -> host(address))
                + "\r\nUser-Agent: Dewpoint-Health\r\nAccept: */*\r\nConnection: close\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
        Answer answer = new Answer(socket, start, timeout);
        int status = answer.status();
        Duration took = time.since(start);
        listening.to(answer);
        answer.hearOut();
        if (status >= check.lowest() && status <= check.highest()) {
            return new Verdict.Ready(status == 200 ? "200 OK" : "status " + status, took);
        }
        return new Verdict.Unready("status " + status + (status / 100 == 3 ? ", and redirects are not followed" : ""), true, took);
    }

    /** What comes back, read no further than to its status. */
    private final class Answer {
        private final Socket socket;
        private final InputStream in;
        private final long start;
        private final Duration timeout;

        Answer(Socket socket, long start, Duration timeout) throws IOException {
            this.socket = socket;
            this.in = new BufferedInputStream(socket.getInputStream(), LONGEST_LINE);
            this.start = start;
            this.timeout = timeout;
        }

        /** Of the final response: those that only announce one are passed over. */
        int status() throws IOException {
            int bytes = 0;
            while (true) {
                String line = line();
                Matcher matcher = STATUS_LINE.matcher(line);
                if (!matcher.matches()) {
                    throw new Odd("the answer is not HTTP/1.1");
                }
                int status = Integer.parseInt(matcher.group(1));
                if (status >= 200 || status == 101) {
                    return status;
                }
                while (!line.isEmpty()) {
                    line = line();
                    bytes += line.length() + 2;
                    if (bytes > MOST_BYTES) {
                        throw new Odd("the answer has too many headers");
                    }
                }
            }
        }

        /** After the status. */
        Optional<String> header(String name) throws IOException {
            int bytes = 0;
            for (String line = line(); !line.isEmpty(); line = line()) {
                int colon = line.indexOf(':');
                if (colon > 0 && line.substring(0, colon).equalsIgnoreCase(name)) {
                    return Optional.of(line.substring(colon + 1).strip());
                }
                bytes += line.length() + 2;
                if (bytes > MOST_BYTES) {
                    throw new Odd("the answer has too many headers");
                }
            }
            return Optional.empty();
        }

        private String line() throws IOException {
            StringBuilder line = new StringBuilder(80);
            for (int b = next(); b != '\n'; b = next()) {
                if (b < 0) {
                    throw new Odd("it closed the connection without an answer");
                }
                if (line.length() == LONGEST_LINE) {
                    throw new Odd("the answer is not HTTP/1.1");
                }
                line.append((char) b);
            }
            int length = line.length();
            return length > 0 && line.charAt(length - 1) == '\r' ? line.substring(0, length - 1) : line.toString();
        }

        private int next() throws IOException {
            socket.setSoTimeout(left(start, timeout));
            return in.read();
        }

        /** Closing on a server that still writes looks like an abort in its log. */
        void hearOut() {
            long from = time.nanos();
            byte[] rest = new byte[4096];
            try {
                for (int seen = 0; seen < MOST_BYTES;) {
                    socket.setSoTimeout(left(from, COURTESY));
                    int read = in.read(rest);
                    if (read < 0) {
                        return;
                    }
                    seen += read;
                }
            } catch (IOException e) {
                // it had its chance
            }
        }
    }

    private int left(long startNanos, Duration timeout) throws SocketTimeoutException {
        long millis = timeout.minus(time.since(startNanos)).toMillis();
        if (millis <= 0) {
            throw new SocketTimeoutException();
        }
        return (int) Math.min(millis, Integer.MAX_VALUE);
    }

    private static String why(IOException e, boolean connected, Duration timeout) {
        return switch (e) {
            case Odd odd -> odd.getMessage();
            case SocketTimeoutException _ -> (connected ? "no answer within " : "no connection within ") + words(timeout);
            case NoRouteToHostException _ -> "no route to it";
            case ConnectException refused when "Connection refused".equals(refused.getMessage()) -> "connection refused";
            case IOException _ -> connected ? "it broke the connection off" : "no connection: " + e.getMessage();
        };
    }

    private static String words(Duration timeout) {
        return timeout.toMillisPart() == 0 ? timeout.toSeconds() + "s" : timeout.toMillis() + "ms";
    }

    private static String host(InetSocketAddress address) {
        String ip = address.getAddress().getHostAddress();
        if (address.getAddress() instanceof Inet6Address) {
            int scope = ip.indexOf('%');
            ip = "[" + (scope < 0 ? ip : ip.substring(0, scope)) + "]";
        }
        return ip + ":" + address.getPort();
    }
}
