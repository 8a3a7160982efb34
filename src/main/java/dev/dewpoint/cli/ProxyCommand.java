package dev.dewpoint.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "proxy",
        sortOptions = false,
        header = "Balance requests over hosts that already run.",
        description = {"", "Takes requests on public ports and forwards each to one backend that passed its check. Backends that fail leave the rotation, requests that nobody has read yet go to another.", ""},
        footer = {
            "",
            "Routes: [tcp:]PORT[@HOST][/PATH]=[BALANCE:]UPSTREAM[,UPSTREAM...][?OPTIONS]",
            "  HOST      example.com; *.example.com for every name below it; none: any host",
            "  PATH      a prefix: /api takes /api and /api/x, not /apix; /api$ that alone",
            "  BALANCE   round-robin (default), least-requests, ip-hash, cookie",
            "  UPSTREAM  HOST:PORT, [::1]:PORT, HOST:FIRST-LAST, $${NAME} (a list from the",
            "            environment), dns:NAME:PORT (every address); by commas or blanks",
            "  OPTIONS   NAME=VALUE&NAME=VALUE: strip, weight, host, protocol, health,",
            "            health-path, health-status, health-host, health-interval,",
            "            health-timeout, health-rise, health-fall, eject, refresh, resolver,",
            "            valid, max-body, connect-timeout, response-timeout, idle-timeout,",
            "            tunnel-timeout, hold, hold-time, drain-time",
            "  tcp:      passes bytes on as they are",
            "",
            "Two replicas of one app:",
            "  dewpoint proxy --route '8000=127.0.0.1:3001-3002?health-path=/health'",
            "Pages for all, the API from elsewhere without its prefix:",
            "  dewpoint proxy --route '80=cookie:10.0.0.1:80,10.0.0.2:80' \\",
            "      --route '80/api=least-requests:10.0.0.3:3000-3003?strip'",
            "Whatever DNS says, asked every 60 seconds:",
            "  dewpoint proxy --dns-interval 60s --route '13003=ip-hash:dns:api:13004'",
            "From the environment, one route a line:",
            "  export BACKENDS='10.0.0.1:80 10.0.0.2:80' DEWPOINT_ROUTE='80=$${BACKENDS}'",
            "  dewpoint proxy",
            "TLS, and plain HTTP sent there:",
            "  dewpoint proxy --route 443@example.com=127.0.0.1:3001 \\",
            "      --tls-cert chain.pem --tls-key key.pem --redirect-https 80"
        })
final class ProxyCommand implements Callable<Integer> {
    @Option(names = "--route", paramLabel = "ROUTE", description = "What goes where, see below. Repeatable; required.")
    List<String> route;

    @Option(names = "--bind", paramLabel = "ADDRESS", description = "Listen on this address only. Default: all.")
    String bind;

    @Option(names = "--tls-cert", paramLabel = "FILE", description = "Certificate with its chain, in PEM; chosen by the name that the client asks for. Repeatable.")
    List<String> tlsCert;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "Its private key, in PEM. As often as --tls-cert, in the same order.")
    List<String> tlsKey;

    @Option(names = "--tls-port", paramLabel = "PORT", description = "Which ports of routes speak TLS. Repeatable. Default: 443 and 8443, or all if no route has one of these.")
    List<String> tlsPort;

    @Option(names = "--redirect-https", paramLabel = "PORT", description = "Answers plain HTTP on this port with the same address under https. Repeatable.")
    List<String> redirectHttps;

    @Option(names = "--trusted-proxy", paramLabel = "CIDR", description = "Whose X-Forwarded-For is believed, such as 10.0.0.0/8. Repeatable. Default: nobody.")
    List<String> trustedProxy;

    @Option(names = "--dns-interval", paramLabel = "TIME", description = "How often dns: upstreams are looked up; a route's refresh goes before. Default: 10s.")
    String dnsInterval;

    @Option(names = "--drain-time", paramLabel = "TIME", description = "How long requests in flight may go on behind an upstream that leaves, and at the end; a route's drain-time goes before. Default: 30s.")
    String drainTime;

    @Option(names = "--expose-status", paramLabel = "PATH", description = "Page with the state of all backends at PATH, JSON at PATH/status, on every HTTP port.")
    String exposeStatus;

    @Option(names = "--health-page", description = "Answer /health, for a balancer before this one.")
    boolean healthPage;

    @Option(names = "--client-ip-page", description = "Answer /api/client-ip with the address of the client.")
    boolean clientIpPage;

    @Option(names = "--access-log", paramLabel = "FORMAT", description = "off, combined or json: a line for each request, with the backend that answered it. Default: off.")
    String accessLog;

    @Option(names = "--access-log-file", paramLabel = "FILE", description = "Where these lines go. Default: standard output.")
    String accessLogFile;

    @Option(names = "--io-threads", paramLabel = "N", description = "Threads that forward; 0: by the number of processors. Default: 0.")
    String ioThreads;

    @Option(names = "--max-connections", paramLabel = "N", description = "Clients at a time. Default: 10000.")
    String maxConnections;

    @Option(names = "--max-header", paramLabel = "SIZE", description = "Request line and headers of one request together. Default: 64k.")
    String maxHeader;

    @Option(names = "--notifier", paramLabel = "URL", description = "Who is told when backends come and go; as with `dewpoint assets`. Repeatable.")
    List<String> notifier;

    @Option(names = "--root", paramLabel = "DIR", description = "Keeps notices that wait; used with --notifier only. Default: the working directory.")
    String root;

    @Mixin
    LogOptions log;

    @Spec
    CommandSpec spec;

    private final Verbs verbs;

    ProxyCommand(Verbs verbs) {
        this.verbs = verbs;
    }

    @Override
    public Integer call() {
        return verbs.proxy(Dewpoint.flags(spec.commandLine()));
    }
}
