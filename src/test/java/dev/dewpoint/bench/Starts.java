package dev.dewpoint.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** From fork to the first proxied response, in turns. */
final class Starts {
    private static final byte[] REQUEST = "GET /2b HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private record Start(double open, double answered, double cpu) {}

    private final Setup setup;
    private final int[] backends;
    private final int runs;

    Starts(Setup setup, int[] backends, int runs) {
        this.setup = setup;
        this.backends = backends;
        this.runs = runs;
    }

    void run() throws Exception {
        int port = Rival.freePort();
        Map<String, List<String>> commands = new LinkedHashMap<>();
        commands.put("nginx", setup.nginxCommand("nginx", 1, port, backends));
        commands.put("haproxy", setup.haproxyCommand("haproxy", 1, port, backends));
        commands.put("caddy", setup.caddyCommand(port, Rival.freePort(), backends));
        commands.put("dewpoint", setup.dewpointCommand(port, backends));
        Map<String, List<Start>> starts = new LinkedHashMap<>();
        List<Double> versions = new ArrayList<>();
        for (int i = 0; i < runs; i++) {
            for (Map.Entry<String, List<String>> command : commands.entrySet()) {
                starts.computeIfAbsent(command.getKey(), _ -> new ArrayList<>()).add(start(command.getKey(), port, command.getValue()));
            }
            long began = System.nanoTime();
            Rival.begin("version", port, setup.folder, List.of(dev.dewpoint.e2e.Packaged.launcher().toString(), "--version")).process.waitFor();
            versions.add((System.nanoTime() - began) / 1e6);
        }
        System.out.println("\nFrom fork to the first proxied response, median of " + runs + ":");
        starts.forEach((name, list) -> System.out.printf(Locale.ROOT, "  %s: %.0f ms, best %.0f (port open after %.0f, CPU until then %.0f ms)%n", name, median(list.stream().map(Start::answered).toList()), list.stream().mapToDouble(Start::answered).min().orElseThrow(),
                median(list.stream().map(Start::open).toList()), median(list.stream().map(Start::cpu).toList())));
        System.out.printf(Locale.ROOT, "  of that, `dewpoint --version` whole: %.0f ms%n", median(versions));
    }

    private Start start(String name, int port, List<String> command) throws Exception {
        long began = System.nanoTime();
        try (Rival rival = Rival.begin(name, port, setup.folder, command)) {
            double open = Double.NaN;
            while (System.nanoTime() - began < 20_000_000_000L) {
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                    open = Double.isNaN(open) ? (System.nanoTime() - began) / 1e6 : open;
                    socket.getOutputStream().write(REQUEST);
                    if (new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).startsWith("HTTP/1.1 200")) {
                        return new Start(open, (System.nanoTime() - began) / 1e6, rival.cpu());
                    }
                } catch (IOException notYet) {
                    Rival.pause(1);
                }
            }
            throw new IllegalStateException(name + " did not answer");
        }
    }

    private static double median(List<Double> values) {
        return Rounds.median(values);
    }
}
