package dev.dewpoint.cli;

import picocli.CommandLine;

final class DemoCommand {
    private DemoCommand() {}

    static CommandLine command(Verbs verbs) {
        return Command.of("demo", "See a release arrive: the real agent, a registry in a directory; no account, nothing left behind.")
                .flag("--containers", "The same with containers: three replicas behind the proxy, updated under load. Needs a Docker engine.")
                .help()
                .does(given -> verbs.demo(given.flag("--containers")));
    }
}
