package dev.dewpoint.cli;

import picocli.CommandLine;

final class ProxyCommand {
    private ProxyCommand() {}

    static CommandLine command(Verbs verbs) {
        return Command.configured("proxy", "Balance requests over hosts that already run.")
                .describeApart("Takes requests on public ports and forwards each to one backend that passed its check. Backends that fail leave the rotation, requests that nobody has read yet go to another.")
                .many("--route", "ROUTE", "What goes where, see below. Repeatable; required.")
                .one("--bind", "ADDRESS", "Listen on this address only. Default: all.")
                .many("--tls-cert", "FILE", "Certificate with its chain, in PEM; chosen by the name that the client asks for. Repeatable.")
                .many("--tls-key", "FILE", "Its private key, in PEM. As often as --tls-cert, in the same order.")
                .many("--tls-port", "PORT", "Which ports of routes speak TLS. Repeatable. Default: 443 and 8443, or all if no route has one of these.")
                .many("--redirect-https", "PORT", "Answers plain HTTP on this port with the same address under https. Repeatable.")
                .many("--trusted-proxy", "CIDR", "Whose X-Forwarded-For is believed, such as 10.0.0.0/8. Repeatable. Default: nobody.")
                .one("--dns-interval", "TIME", "How often dns: upstreams are looked up; a route's refresh goes before. Default: 10s.")
                .one("--drain-time", "TIME", "How long requests in flight may go on behind an upstream that leaves, and at the end; a route's drain-time goes before. Default: 30s.")
                .one("--expose-status", "PATH", "Page with the state of all backends at PATH, JSON at PATH/status, on every HTTP port.")
                .flag("--health-page", "Answer /health, for a balancer before this one.")
                .flag("--client-ip-page", "Answer /api/client-ip with the address of the client.")
                .one("--access-log", "FORMAT", "off, combined or json: a line for each request, with the backend that answered it. Default: off.")
                .one("--access-log-file", "FILE", "Where these lines go. Default: standard output.")
                .one("--io-threads", "N", "Threads that forward; 0: by the number of processors. Default: 0.")
                .one("--max-connections", "N", "Clients at a time. Default: 10000.")
                .one("--max-header", "SIZE", "Request line and headers of one request together. Default: 64k.")
                .many("--notifier", "URL", "Who is told when backends come and go; as with `dewpoint assets`. Repeatable.")
                .one("--root", "DIR", "Keeps notices that wait; used with --notifier only. Default: the working directory.")
                .log()
                .footer(
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
                        "      --tls-cert chain.pem --tls-key key.pem --redirect-https 80")
                .does(given -> verbs.proxy(Dewpoint.flags(given)));
    }
}
