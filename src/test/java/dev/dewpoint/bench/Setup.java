package dev.dewpoint.bench;

import dev.dewpoint.e2e.Packaged;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** How each of the contenders is set up, all for the same job. */
final class Setup {
    final Path folder;

    Setup(Path folder) {
        this.folder = folder;
    }

    /** One nginx worker on three ports: /2b, /1k, /100k and a gigabyte; what is sent to /upload goes to another server, which reads it. */
    Rival backends(int[] ports, int upload) throws IOException {
        Path www = Files.createDirectories(folder.resolve("www"));
        Files.write(www.resolve("2b"), new byte[2]);
        Files.write(www.resolve("1k"), new byte[1000]);
        Files.write(www.resolve("100k"), new byte[100_000]);
        try (RandomAccessFile big = new RandomAccessFile(www.resolve("big").toFile(), "rw")) {
            big.setLength(1 << 30);
        }
        StringBuilder listen = new StringBuilder();
        IntStream.of(ports).forEach(port -> listen.append(" listen 127.0.0.1:").append(port).append(" backlog=4096;"));
        return Rival.start("backends", ports[0], folder, nginx("backends", 1, "server {" + listen + " client_max_body_size 0; location = /2b { return 200 \"ok\"; } location = /upload { proxy_pass http://127.0.0.1:" + upload + "; proxy_request_buffering off; proxy_http_version 1.1; } location / { root " + www + "; } }"));
    }

    Rival nginx(int workers, int port, int[] backends) throws IOException {
        return Rival.start("nginx " + workers, port, folder, nginxCommand("nginx " + workers, workers, port, backends));
    }

    List<String> nginxCommand(String name, int workers, int port, int[] backends) throws IOException {
        return nginx(name, workers, "upstream b { " + Rival.addresses(backends, "server ", "; ") + "; keepalive 256; keepalive_requests 100000000; } server { listen 127.0.0.1:" + port
                + " backlog=4096; client_max_body_size 0; location / { proxy_pass http://b; proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_set_header Host $http_host;"
                + " proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme; proxy_buffers 16 16k; } }");
    }

    private List<String> nginx(String name, int workers, String http) throws IOException {
        String key = name.replace(' ', '-');
        Path home = Files.createDirectories(folder.resolve(key));
        StringBuilder temporary = new StringBuilder();
        for (String use : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
            temporary.append(use).append("_temp_path ").append(home.resolve(use)).append("; ");
        }
        Path file = home.resolve("nginx.conf");
        Files.writeString(file, "user " + System.getProperty("user.name") + "; worker_processes " + workers + "; pid " + home.resolve("pid") + "; error_log " + home.resolve("error.log") + "; daemon off;\n"
                + "events { worker_connections 8192; }\nhttp { access_log off; keepalive_requests 100000000; " + temporary + "\n" + http + "\n}\n");
        return List.of("nginx", "-p", home.toString(), "-c", file.toString(), "-e", home.resolve("error.log").toString());
    }

    Rival haproxy(int threads, int port, int[] backends, String... flags) throws IOException {
        String name = "haproxy " + threads;
        return Rival.start(name, port, folder, haproxyCommand(name, threads, port, backends, flags));
    }

    List<String> haproxyCommand(String name, int threads, int port, int[] backends, String... flags) throws IOException {
        String key = name.replace(' ', '-');
        StringBuilder servers = new StringBuilder();
        for (int i = 0; i < backends.length; i++) {
            servers.append("  server s").append(i + 1).append(" 127.0.0.1:").append(backends[i]).append('\n');
        }
        Path file = folder.resolve(key + ".cfg");
        Files.writeString(file, "global\n  nbthread " + threads + "\n  maxconn 8000\n  stats socket " + folder.resolve(key + ".sock") + " mode 600 level admin expose-fd listeners\n"
                + "defaults\n  mode http\n  timeout connect 3s\n  timeout client 60s\n  timeout server 60s\n  option forwardfor\n  http-reuse always\n"
                + "frontend f\n  bind 127.0.0.1:" + port + "\n  default_backend b\nbackend b\n  balance roundrobin\n" + servers);
        List<String> command = new ArrayList<>(List.of("haproxy", "-f", file.toString()));
        command.addAll(flags.length == 0 ? List.of("-db") : List.of(flags));
        return command;
    }

    Rival caddy(int port, int admin, int[] backends) throws IOException {
        return Rival.start("caddy", port, folder, caddyCommand(port, admin, backends));
    }

    List<String> caddyCommand(int port, int admin, int[] backends) throws IOException {
        Path file = folder.resolve("Caddyfile");
        Files.writeString(file, caddyfile(port, admin, backends));
        return List.of("caddy", "run", "--config", file.toString(), "--adapter", "caddyfile");
    }

    static String caddyfile(int port, int admin, int[] backends) {
        return "{\n  admin 127.0.0.1:" + admin + "\n  auto_https off\n}\nhttp://:" + port + " {\n  bind 127.0.0.1\n  reverse_proxy " + Rival.addresses(backends, "", " ") + "\n}\n";
    }

    Rival dewpoint(int port, int[] backends, String... more) throws IOException {
        return Rival.start("dewpoint", port, folder, dewpointCommand(port, backends, more));
    }

    List<String> dewpointCommand(int port, int[] backends, String... more) {
        List<String> command = new ArrayList<>(List.of(Packaged.launcher().toString(), "proxy", "--bind", "127.0.0.1", "--route", port + "=" + Rival.addresses(backends, "", ",")));
        command.addAll(List.of(more));
        return command;
    }
}
