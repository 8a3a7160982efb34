package dev.dewpoint.bench;

import dev.dewpoint.host.Durable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What docs/benchmarks.md reports of the proxy: the packaged one with its default flags, in turns with nginx, HAProxy and Caddy. */
public final class ProxyBench {
    private static final List<String> PARTS = List.of("load", "close", "bulk", "features", "syscalls", "memory", "start", "swap", "jmh");
    private static final String BETTER = "better of nginx and HAProxy";

    private final Setup setup;
    private final boolean quick;
    private final int[] backends;

    private ProxyBench(Path folder, boolean quick) throws Exception {
        this.setup = new Setup(folder);
        this.quick = quick;
        this.backends = Rival.freePorts(3);
    }

    public static void main(String... arguments) throws Exception {
        List<String> words = List.of(arguments).subList(1, arguments.length);
        Set<String> wanted = Set.copyOf(words.stream().anyMatch(PARTS::contains) ? words : PARTS);
        Path folder = Files.createTempDirectory(Path.of(arguments[0]).toAbsolutePath(), "bench-proxy-");
        try {
            ProxyBench bench = new ProxyBench(folder, words.contains("quick"));
            try (Replicas uploads = new Replicas(Duration.ZERO); Rival _ = bench.setup.backends(bench.backends, uploads.ports()[0])) {
                bench.run(wanted);
            }
            if (wanted.contains("swap")) {
                new Swaps(bench.setup, bench.quick).run();
            }
        } finally {
            Durable.deleteTree(folder);
        }
    }

    private void run(Set<String> wanted) throws Exception {
        if (wanted.contains("load") || wanted.contains("close") || wanted.contains("bulk")) {
            traffic(wanted);
        }
        if (wanted.contains("features")) {
            features();
        }
        if (wanted.contains("syscalls")) {
            syscalls();
        }
        if (wanted.contains("memory")) {
            new Memory(setup, backends, quick).run();
        }
        if (wanted.contains("start")) {
            new Starts(setup, backends, quick ? 3 : 9).run();
        }
    }

    private int seconds() {
        return quick ? 1 : 2;
    }

    private void traffic(Set<String> wanted) throws Exception {
        try (Rival nginx1 = setup.nginx(1, Rival.freePort(), backends);
                Rival nginx2 = setup.nginx(2, Rival.freePort(), backends);
                Rival haproxy1 = setup.haproxy(1, Rival.freePort(), backends);
                Rival haproxy2 = setup.haproxy(2, Rival.freePort(), backends);
                Rival caddy = setup.caddy(Rival.freePort(), Rival.freePort(), backends);
                Rival dewpoint = setup.dewpoint(Rival.freePort(), backends)) {
            List<Rival> all = List.of(nginx1, nginx2, haproxy1, haproxy2, dewpoint);
            warm(dewpoint);
            if (wanted.contains("load")) {
                loads(all, caddy);
            }
            if (wanted.contains("close")) {
                Wrk.run(dewpoint.port, "/2b", 16, 2 * seconds(), "-H", "Connection: close");
                System.out.println("\nOne connection per request, 16 at a time; columns as above.\n");
                header(List.of(nginx1, haproxy1, dewpoint, caddy));
                System.out.println(Rounds.of(List.of(nginx1, haproxy1, dewpoint, caddy), quick ? 1 : 3, rival -> Wrk.run(rival.port, "/2b", 16, seconds(), "-H", "Connection: close")).row("2 B"));
            }
            if (wanted.contains("bulk")) {
                bulk(List.of(nginx1, haproxy1, haproxy2, dewpoint));
            }
        }
    }

    /** The JIT compiles what is used much; a proxy runs for weeks. */
    private void warm(Rival dewpoint) throws Exception {
        for (String path : List.of("/2b", "/100k", "/2b")) {
            Wrk.run(dewpoint.port, path, 64, quick ? 2 : 10);
        }
    }

    private void loads(List<Rival> all, Rival caddy) throws Exception {
        System.out.println("\nCPU time per 1,000 requests, throughput, p99; everybody but the first as a ratio to it.\n");
        header(all);
        Map<String, String> best = new TreeMap<>();
        for (String path : List.of("/2b", "/1k", "/100k")) {
            for (int connections : quick ? List.of(16, 64) : List.of(1, 16, 64, 256)) {
                Rounds rounds = Rounds.of(all, quick ? 1 : path.equals("/2b") ? 3 : 2, rival -> Wrk.run(rival.port, path, connections, seconds()));
                System.out.println(rounds.row(path.substring(1) + ", c=" + connections));
                List<String> others = all.stream().map(rival -> rival.name).filter(name -> !name.equals("dewpoint")).toList();
                best.put("%s c=%03d".formatted(path, connections), String.format(Locale.ROOT, "CPU %.2f, throughput %.2f, p99 %.2f, failures %d",
                        rounds.cpu("dewpoint") / others.stream().mapToDouble(rounds::cpu).min().orElseThrow(),
                        rounds.perSecond("dewpoint") / others.stream().mapToDouble(rounds::perSecond).max().orElseThrow(),
                        rounds.p99("dewpoint") / others.stream().mapToDouble(rounds::p99).min().orElseThrow(), rounds.failures("dewpoint")));
            }
        }
        System.out.println("\nDewpoint against the " + BETTER + " in each figure:");
        best.forEach((what, ratios) -> System.out.println("  " + what + ": " + ratios));
        List<Rival> two = List.of(all.getFirst(), caddy);
        System.out.println("\nCaddy:\n");
        header(two);
        System.out.println(Rounds.of(two, 1, rival -> Wrk.run(rival.port, "/2b", 64, seconds())).row("2b, c=64"));
    }

    static void header(List<Rival> rivals) {
        StringBuilder names = new StringBuilder("| load |");
        StringBuilder line = new StringBuilder("|---|");
        rivals.forEach(rival -> {
            names.append(' ').append(rival.name).append(" |");
            line.append("---|");
        });
        System.out.println(names + "\n" + line);
    }

    /** Small requests of four clients while two others download without end. */
    private void bulk(List<Rival> rivals) throws Exception {
        System.out.println("\nSmall requests of 4 clients beside 2 endless downloads:");
        int length = quick ? 2 : 5;
        Rounds rounds = Rounds.of(rivals, quick ? 1 : 3, rival -> {
            Process curl = new ProcessBuilder("sh", "-c", "for i in 1 2; do curl -s -o /dev/null 'http://127.0.0.1:" + rival.port + "/big?[1-100000]' & done; wait").start();
            try {
                Rival.pause(300);
                return Wrk.run(rival.port, "/2b", 4, length);
            } finally {
                curl.descendants().forEach(ProcessHandle::destroyForcibly);
                curl.destroyForcibly();
            }
        });
        String first = rivals.getFirst().name;
        for (Rival rival : rivals) {
            System.out.printf(Locale.ROOT, "  %s: %,.0f/s, p50 %.2f ms, p99 %.2f ms (%.2f of %s), failures %d%n", rival.name, rounds.perSecond(rival.name), rounds.p50(rival.name), rounds.p99(rival.name), rounds.p99(rival.name) / rounds.p99(first), first,
                    rounds.failures(rival.name));
        }
    }

    /** What is off by default, against the same without it. */
    private void features() throws Exception {
        Map<String, String[]> flags = Map.of("dewpoint combined", new String[] {"--access-log", "combined", "--access-log-file", setup.folder.resolve("combined.log").toString()}, "dewpoint json",
                new String[] {"--access-log", "json", "--access-log-file", setup.folder.resolve("json.log").toString()}, "dewpoint status", new String[] {"--expose-status", "/lb"});
        List<Rival> rivals = new ArrayList<>();
        try {
            int plain = Rival.freePort();
            rivals.add(Rival.start("dewpoint", plain, setup.folder, setup.dewpointCommand(plain, backends)));
            for (String name : flags.keySet().stream().sorted().toList()) {
                int port = Rival.freePort();
                rivals.add(Rival.start(name, port, setup.folder, setup.dewpointCommand(port, backends, flags.get(name))));
            }
            for (Rival rival : rivals) {
                Wrk.run(rival.port, "/2b", 64, quick ? 2 : 4);
            }
            System.out.println("\nWhat features cost; columns as above.\n");
            header(rivals);
            System.out.println(Rounds.of(rivals, quick ? 1 : 4, rival -> Wrk.run(rival.port, "/2b", 64, seconds())).row("2b, c=64"));
        } finally {
            rivals.forEach(Rival::close);
        }
    }

    private void syscalls() throws Exception {
        try (Rival nginx = setup.nginx(1, Rival.freePort(), backends);
                Rival haproxy = setup.haproxy(1, Rival.freePort(), backends);
                Rival dewpoint = setup.dewpoint(Rival.freePort(), backends)) {
            Wrk.run(dewpoint.port, "/2b", 16, quick ? 2 : 5);
            System.out.println("\nSystem calls per request, 16 connections (then with one connection per request):");
            for (Rival rival : List.of(nginx, haproxy, dewpoint)) {
                System.out.println("  " + rival.name + ": " + Strace.perRequest(rival, setup.folder) + "\n    closing: " + Strace.perRequest(rival, setup.folder, "-H", "Connection: close"));
            }
        }
    }
}
