import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Requests for a proxy, and the backend that answers them: prints the backend's port and two free ones, waits until a proxy
 * listens at the first, sends for the seconds given, and ends.
 */
void main(String[] arguments) throws Exception {
    InetAddress here = InetAddress.getByName("127.0.0.1");
    ServerSocket backend = new ServerSocket(0, 100, here);
    Thread.ofPlatform().daemon().start(() -> accept(backend));
    int port;
    int another;
    try (ServerSocket free = new ServerSocket(0, 1, here); ServerSocket second = new ServerSocket(0, 1, here)) {
        port = free.getLocalPort();
        another = second.getLocalPort();
    }
    System.out.println(backend.getLocalPort() + " " + port + " " + another);
    long end = System.nanoTime() + 60_000_000_000L;
    while (!answers(here, port)) {
        if (System.nanoTime() > end) {
            throw new IllegalStateException("no proxy came up");
        }
        Thread.sleep(50); // a port that opens tells nobody; bounded by the end above
    }
    long until = System.nanoTime() + Long.parseLong(arguments[0]) * 1_000_000_000L;
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
        int number = i;
        clients.add(Thread.ofPlatform().start(() -> send(here, port, number, until)));
    }
    for (Thread client : clients) {
        client.join();
    }
}

private static boolean answers(InetAddress here, int port) {
    try (Socket probe = new Socket(here, port)) {
        return true;
    } catch (IOException e) {
        return false;
    }
}

/** Small requests, one in 50 with a body, one in 100 the last on its connection. */
private static void send(InetAddress here, int port, int number, long until) {
    String head = " /some/path?number=" + number + " HTTP/1.1\r\nHost: example.com\r\nUser-Agent: training\r\nAccept: */*\r\n";
    byte[] get = ("GET" + head + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    byte[] last = ("GET" + head + "Connection: close\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
    byte[] post = ("POST" + head + "Content-Length: 5\r\n\r\nhello").getBytes(StandardCharsets.ISO_8859_1);
    while (System.nanoTime() < until) {
        try (Socket client = new Socket(here, port)) {
            client.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(client.getInputStream());
            for (int i = 1; i <= 100; i++) {
                client.getOutputStream().write(i == 100 ? last : i % 50 == 0 ? post : get);
                read(in);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}

/** One head and the body that its Content-Length announces; false at the end. */
private static boolean read(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (!head.toString().endsWith("\r\n\r\n")) {
        int next = in.read();
        if (next < 0) {
            return false;
        }
        head.append((char) next);
    }
    int length = head.indexOf("Content-Length: ");
    in.readNBytes(length < 0 ? 0 : Integer.parseInt(head.substring(length + 16, head.indexOf("\r", length))));
    return true;
}

private static void accept(ServerSocket backend) {
    while (true) {
        try {
            Socket connection = backend.accept();
            Thread.ofPlatform().daemon().start(() -> answer(connection));
        } catch (IOException e) {
            return;
        }
    }
}

private static void answer(Socket connection) {
    byte[] answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok".getBytes(StandardCharsets.ISO_8859_1);
    try (connection) {
        connection.setTcpNoDelay(true);
        InputStream in = new BufferedInputStream(connection.getInputStream());
        while (read(in)) {
            connection.getOutputStream().write(answer);
        }
    } catch (IOException e) {
        // the proxy has gone
    }
}
