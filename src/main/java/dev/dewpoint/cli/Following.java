package dev.dewpoint.cli;

/** What commands take that follow a registry, each flag told once. */
final class Following {
    private Following() {}

    /** All of them. */
    static Command registry(Command command) {
        return command
                .one("--root", "DIR", "Everything Dewpoint writes is below it. Default: the working directory.")
                .one("-n --name", "NAME", "What the app is called. Default: the last segment of the registry's path.")
                .one("-i --interval", "TIME", "Time between polls: 10, 10s, 5m. Default: 10s.")
                .one("-s --slot", "SLOT", "Follow only releases of this slot: v1.2.0+blue is in slot blue, and so is the image tag v1.2.0_blue.")
                .one("--calver", "FORMAT", "Versions are calendar versions, such as YYYY.0M.MICRO. Default: SemVer.")
                .one("--keep", "N", "Releases kept on this host. Default: 7.")
                .many("--notifier", "URL", "Who is told: slack://, slack+webhook://, mail:// or webhook+https://. Repeatable.")
                .one("--admin-port", "PORT", "Loopback port for `dewpoint status` and the others. Default: 17539, or the next free of ten.")
                .one("--before-deploy-hook", "COMMAND", "Run by /bin/sh once a release is here, before anything of it is unpacked or started.")
                .one("--after-deploy-hook", "COMMAND", "Run by /bin/sh once the release serves.")
                .one("--hook-timeout", "TIME", "After this a hook is ended, with all it started. Default: 10m.")
                .one("--before-hook-failure", "WHAT", "continue or abort. Default: continue.");
    }

    /** Those whose releases are files. */
    static Command files(Command command) {
        return command
                .one("--verify", "HOW", "auto: what is offered must match, else the first digest is remembered; require: something must be offered; off. Default: auto.")
                .one("-c --cache", "URL", "Where verified artifacts are kept. Default: file://ROOT/.dewpoint/cache.")
                .one("--cache-size", "SIZE", "Beyond it the longest unused are removed. Default: 2G.")
                .flag("--report", "Leave a note of each deployment at the release (needs a token that may write).");
    }

    /** Those that start what they deploy. */
    static Command starting(Command command) {
        return command
                .one("--after-hook-at", "WHEN", "serving: the after hook runs once the release serves; switched: once it is here, before anything of it is started. Default: serving.")
                .one("--rolled-back-hook", "COMMAND", "Run by /bin/sh once a release has failed and the one before serves again.")
                .one("--replicas", "N", "Copies of a release that run, behind the proxy. Default: 1.")
                .one("--strategy", "HOW", "Behind the proxy: swap: all at once; rolling: one by one; hold: requests wait while the old ones end. Default: swap.")
                .one("--balance", "HOW", "Behind the proxy: round-robin, least-requests, ip-hash or cookie. Default: round-robin.")
                .one("--replica-port-start", "PORT", "Replica 1 is at this port of 127.0.0.1, replica 2 at the next, …; the next release at those behind. Default: free ports.")
                .one("--health-timeout", "TIME", "How long a replica may take to become ready. Default: 30s.")
                .one("--health-interval", "TIME", "Behind the proxy: time between checks. Default: 1s.")
                .one("--rollback-on-crash", "YES", "Whether a release that ends again and again within 60 s of its start gives way to the one before. Default: true.")
                .one("--bind", "ADDRESS", "Behind the proxy: take requests on this address only. Default: all.")
                .many("--tls-cert", "FILE", "Behind the proxy: certificate with its chain, in PEM. Repeatable.")
                .many("--tls-key", "FILE", "Its private key, in PEM. As often as --tls-cert, in the same order.")
                .many("--tls-port", "PORT", "Which ports speak TLS. Repeatable. Default: 443 and 8443, or all if there is none of these.")
                .many("--redirect-https", "PORT", "Answers plain HTTP on this port with the same address under https. Repeatable.")
                .many("--trusted-proxy", "CIDR", "Whose X-Forwarded-For is believed. Repeatable. Default: nobody.")
                .one("--expose-status", "PATH", "Page with the state of the replicas at PATH, JSON at PATH/status.")
                .one("--access-log", "FORMAT", "off, combined or json. Default: off.")
                .one("--access-log-file", "FILE", "Where these lines go. Default: standard output.")
                .flag("--once", "Refused: nothing would look after what runs.");
    }
}
