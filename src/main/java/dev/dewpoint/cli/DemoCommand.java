package dev.dewpoint.cli;

import picocli.CommandLine;

final class DemoCommand {
    /** What the releases of the demo start; nobody types it, and no help lists it. */
    static final String APP = "demo-app";

    private DemoCommand() {}

    static CommandLine command(Verbs verbs) {
        return Command.of("demo", "See releases arrive: the real agent, three processes behind its proxy, updated under load; no account, nothing left behind.")
                .flag("--containers", "The same with containers. Needs a Docker engine.")
                .help()
                .does(given -> verbs.demo(given.flag("--containers")));
    }

    static CommandLine app(Verbs verbs) {
        return Command.of(APP, "The web app that the demo releases.")
                .required("--port", "PORT", "Where it is asked, on 127.0.0.1.")
                .required("--release", "VERSION", "Which one it is.")
                .required("--replica", "NAME", "Which of several.")
                .help()
                .does(given -> verbs.demoApp(Integer.parseInt(given.one("--port").orElseThrow()), given.one("--release").orElseThrow(), given.one("--replica").orElseThrow()));
    }
}
