package dev.dewpoint.proxy.lane;

import dev.dewpoint.proxy.Stage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** nginx and HAProxy of this host, each before a backend of its own, with as much leave as we give. */
final class Controls implements AutoCloseable {
    private record Control(Process process, InetSocketAddress address, RecordingBackend behind) {}

    private final List<Control> controls = new ArrayList<>();

    private Controls() {}

    static Controls start(Path scratch) throws IOException {
        Controls started = new Controls();
        Path nginx = Path.of("/usr/sbin/nginx");
        Path haproxy = Path.of("/usr/sbin/haproxy");
        if (!Files.isExecutable(nginx) || !Files.isExecutable(haproxy)) {
            System.err.println("SKIPPED: nginx and HAProxy as controls of hostile requests, because one of them is not installed (src/test/sh/tools.sh).");
            return started;
        }
        started.start(scratch, "nginx", (port, behind) -> List.of(nginx.toString(), "-p", scratch.toString(), "-e", scratch.resolve("nginx.log").toString(), "-c", nginx(scratch, port, behind).toString()));
        started.start(scratch, "haproxy", (port, behind) -> List.of(haproxy.toString(), "-db", "-f", haproxy(scratch, port, behind).toString()));
        return started;
    }

    private interface Command {
        List<String> of(int port, InetSocketAddress behind) throws IOException;
    }

    private void start(Path scratch, String name, Command command) throws IOException {
        int port = Stage.freePort();
        RecordingBackend behind = new RecordingBackend();
        Process process = new ProcessBuilder(command.of(port, behind.address())).directory(scratch.toFile()).redirectErrorStream(true).redirectOutput(scratch.resolve(name + ".out").toFile()).start();
        InetSocketAddress address = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port);
        controls.add(new Control(process, address, behind));
        Given.eventually(name + " listens", () -> listens(address));
    }

    private static boolean listens(InetSocketAddress address) {
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    boolean present() {
        return !controls.isEmpty();
    }

    /** How many requests got through each, whatever they had become; it is enough to know whether there are so many. */
    List<Integer> counts(String bytes, int enough) throws IOException {
        List<Integer> counts = new ArrayList<>();
        for (Control control : controls) {
            control.behind.forget();
            talk(control.address, bytes, enough);
            counts.add(control.behind.requests().size() + control.behind.broken().size());
        }
        return counts;
    }

    /** Without ending a half: HAProxy answers one request after that. */
    private static void talk(InetSocketAddress to, String bytes, int enough) throws IOException {
        try (Socket socket = new Socket(to.getAddress(), to.getPort())) {
            socket.setSoTimeout(300);
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
            StringBuilder answers = new StringBuilder();
            byte[] piece = new byte[8192];
            while (answers.toString().split("HTTP/1\\.1 200 ", -1).length <= enough) {
                int read = socket.getInputStream().read(piece);
                if (read < 0) {
                    return;
                }
                answers.append(new String(piece, 0, read, StandardCharsets.ISO_8859_1));
            }
        } catch (SocketException | SocketTimeoutException e) {
            // refused, or no more comes
        }
    }

    private static Path nginx(Path scratch, int port, InetSocketAddress behind) throws IOException {
        return Files.writeString(scratch.resolve("nginx.conf"), """
                daemon off;
                master_process off;
                pid nginx.pid;
                error_log stderr crit;
                events { worker_connections 500; }
                http {
                  access_log off;
                  client_body_temp_path body;
                  proxy_temp_path proxy;
                  fastcgi_temp_path fastcgi;
                  uwsgi_temp_path uwsgi;
                  scgi_temp_path scgi;
                  client_header_buffer_size 64k;
                  large_client_header_buffers 8 128k;
                  client_max_body_size 0;
                  lingering_close off;
                  server {
                    listen 127.0.0.1:%d;
                    location / {
                      proxy_pass http://127.0.0.1:%d;
                      proxy_http_version 1.1;
                      proxy_set_header Connection "";
                      proxy_set_header Host $http_host;
                      proxy_ignore_client_abort on;
                      proxy_next_upstream off;
                      proxy_read_timeout 2s;
                    }
                  }
                }
                """.formatted(port, behind.getPort()));
    }

    private static Path haproxy(Path scratch, int port, InetSocketAddress behind) throws IOException {
        return Files.writeString(scratch.resolve("haproxy.cfg"), """
                global
                  tune.bufsize 131072
                  tune.http.maxhdr 300
                  maxconn 500
                defaults
                  mode http
                  timeout connect 2s
                  timeout client 2s
                  timeout server 2s
                  timeout http-request 2s
                frontend f
                  bind 127.0.0.1:%d
                  default_backend b
                backend b
                  server s 127.0.0.1:%d
                """.formatted(port, behind.getPort()));
    }

    @Override
    public void close() {
        for (Control control : controls) {
            control.process.destroy();
            try {
                if (!control.process.waitFor(5, TimeUnit.SECONDS)) {
                    control.process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            control.behind.close();
        }
    }
}
