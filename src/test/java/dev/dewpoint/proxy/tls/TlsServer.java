package dev.dewpoint.proxy.tls;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** A real listener over a context, and clients of it. */
final class TlsServer implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 10_000;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpsServer server;

    TlsServer(SSLContext context) throws IOException {
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            byte[] body = "hello".getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** Who answered a client that asked for this name; null asks for none. */
    String shown(SSLContext client, String sni) throws IOException {
        return shown(client, sni, parameters -> parameters);
    }

    String shown(SSLContext client, String sni, UnaryOperator<SSLParameters> more) throws IOException {
        try (SSLSocket socket = connect(client, sni, more)) {
            return name(socket);
        }
    }

    SSLSocket connect(SSLContext client, String sni, UnaryOperator<SSLParameters> more) throws IOException {
        SSLSocket socket = (SSLSocket) client.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port());
        try {
            socket.setSoTimeout(PATIENCE_MILLIS);
            SSLParameters parameters = more.apply(socket.getSSLParameters());
            parameters.setServerNames(sni == null ? List.of() : List.of(new SNIHostName(sni)));
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    static String name(SSLSocket socket) throws IOException {
        return ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSubjectX500Principal().getName().substring("CN=".length());
    }

    /** One request on an open connection. */
    static String get(SSLSocket socket) throws IOException {
        socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII), 1);
        String status = in.readLine();
        String line = in.readLine();
        while (!line.isEmpty()) {
            line = in.readLine();
        }
        char[] body = new char[5];
        for (int i = 0; i < body.length; i++) {
            body[i] = (char) in.read();
        }
        return status + " " + new String(body);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
