package dev.dewpoint.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** What each proxy takes after load, and how much more while a gigabyte passes or thousands are slow. */
final class Memory {
    private static final int SLOW = 2000;

    private final Setup setup;
    private final int[] backends;
    private final boolean quick;

    Memory(Setup setup, int[] backends, boolean quick) {
        this.setup = setup;
        this.backends = backends;
        this.quick = quick;
    }

    void run() throws Exception {
        System.out.println("\nMemory (RSS):");
        try (Rival nginx = setup.nginx(1, Rival.freePort(), backends);
                Rival haproxy = setup.haproxy(1, Rival.freePort(), backends);
                Rival caddy = setup.caddy(Rival.freePort(), Rival.freePort(), backends);
                Rival dewpoint = setup.dewpoint(Rival.freePort(), backends)) {
            for (Rival rival : List.of(nginx, haproxy, caddy, dewpoint)) {
                measure(rival);
            }
        }
    }

    private void measure(Rival rival) throws Exception {
        Wrk.run(rival.port, "/2b", 256, quick ? 2 : 6);
        Wrk.run(rival.port, "/100k", 64, quick ? 1 : 3);
        long loaded = rival.rss();
        String url = "http://127.0.0.1:" + rival.port;
        long down = peak(rival, List.of("curl", "-sf", "-o", "/dev/null", url + "/big"));
        Path big = setup.folder.resolve("www").resolve("big");
        long up = peak(rival, List.of("curl", "-sf", "-o", "/dev/null", "-H", "Expect:", "-X", "POST", "-T", big.toString(), url + "/upload"));
        long before = rival.rss();
        long slow = slow(rival) - before;
        System.out.printf(Locale.ROOT, "  %s: after load %d MB; 1 GiB down +%d MB, up +%d MB; %d slow clients +%d MB%n", rival.name, loaded >> 10, down - loaded >> 10, Math.max(0, up - Math.max(loaded, down)) >> 10, SLOW, Math.max(0, slow) >> 10);
    }

    private static long peak(Rival rival, List<String> command) throws Exception {
        Process curl = new ProcessBuilder(command).start();
        long most = rival.rss();
        while (!curl.waitFor(20, TimeUnit.MILLISECONDS)) {
            most = Math.max(most, rival.rss());
        }
        if (curl.exitValue() != 0) {
            System.out.println("  (" + rival.name + ": " + command.getLast() + " failed with " + curl.exitValue() + ")");
        }
        return most;
    }

    /** Each sends half a head and then nothing. */
    private static long slow(Rival rival) throws IOException {
        List<Socket> clients = new ArrayList<>();
        try {
            for (int i = 0; i < SLOW; i++) {
                Socket client = new Socket(InetAddress.getLoopbackAddress(), rival.port);
                clients.add(client);
                client.getOutputStream().write("GET /2b HTTP/1.1\r\nHost: bench\r\nX-Slow: ".getBytes(StandardCharsets.US_ASCII));
            }
            Rival.pause(1500);
            return rival.rss();
        } finally {
            for (Socket client : clients) {
                client.close();
            }
        }
    }
}
