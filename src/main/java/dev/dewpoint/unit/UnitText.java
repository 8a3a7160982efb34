package dev.dewpoint.unit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** The settings of a unit, and why they are as they are. */
final class UnitText {
    private final Unit unit;

    UnitText(Unit unit) {
        this.unit = unit;
    }

    Lines write(Lines lines) {
        unit(lines);
        lines.section("Service");
        process(lines);
        lines.gap();
        sandbox(lines);
        lines.section("Install");
        lines.set("WantedBy", "multi-user.target");
        return lines;
    }

    private void unit(Lines lines) {
        String engine = unit.podman() ? " podman.socket" : " docker.socket docker.service";
        lines.section("Unit");
        lines.set("Description", "Dewpoint: " + switch (unit.kind()) {
            case ASSETS -> "keeps the files of " + unit.name() + " equal to the newest release";
            case CONTAINER -> "keeps the containers of " + unit.name() + " equal to the newest image";
            case PROXY -> "balances requests over hosts";
            case SERVER -> "keeps the processes of " + unit.name() + " equal to the newest release";
        });
        lines.set("Documentation", "file://" + Words.line(unit.home().toString()) + "/docs/" + switch (unit.kind()) {
            case ASSETS -> "assets.md";
            case CONTAINER -> "containers.md";
            case PROXY -> "proxy.md";
            case SERVER -> "server.md";
        });
        lines.set("Wants", "network-online.target");
        if (unit.kind() == Unit.Kind.CONTAINER) {
            lines.comment("the agent waits for an engine that isn't there, and finds it again after a restart");
        }
        lines.set("After", "network-online.target" + (unit.kind() == Unit.Kind.CONTAINER ? engine : ""));
        lines.comment("never given up: a full disk or a taken port is put right without a restart by hand");
        lines.set("StartLimitIntervalSec", "0");
    }

    private void process(Lines lines) {
        boolean feeds = unit.kind() != Unit.Kind.PROXY;
        lines.set("Type", "notify");
        lines.set("NotifyAccess", "main");
        if (unit.kind() == Unit.Kind.CONTAINER) {
            lines.comment("where `docker login` has left what the registry wants; the user has no home");
            lines.set("Environment", "DOCKER_CONFIG=/etc/dewpoint/docker");
        }
        lines.comment("what isn't given below, as DEWPOINT_<FLAG>=…; " + switch (unit.kind()) {
            case ASSETS, CONTAINER -> "hooks see what else stands there";
            case PROXY -> "routes may name what else stands there";
            case SERVER -> "hooks and the app see what else stands there";
        });
        lines.set("EnvironmentFile", "-/etc/dewpoint/" + unit.name() + ".env");
        secrets(lines);
        lines.set("ExecStart", unit.command());
        if (unit.kind() == Unit.Kind.PROXY) {
            lines.comment("reads certificates again");
            lines.set("ExecReload", "/bin/kill -HUP $MAINPID");
        }
        if (unit.kind() == Unit.Kind.SERVER) {
            lines.comment("starts the app anew, the way a deployment does");
            lines.set("ExecReload", "/bin/kill -HUP $MAINPID");
        }
        if (feeds) {
            lines.comment("the loop feeds it; a loop that hangs beyond the time of its step is restarted");
            lines.set("WatchdogSec", "30");
        }
        lines.set("Restart", "always");
        if (feeds && unit.kind() != Unit.Kind.ASSETS) {
            lines.comment("nobody takes requests while no agent runs");
        }
        lines.set("RestartSec", unit.kind() == Unit.Kind.ASSETS ? "5" : "1");
        lines.comment("what a JVM says that was stopped before it had begun");
        lines.set("SuccessExitStatus", "143");
        lines.comment("2: the configuration is wrong, 3: another agent owns this root");
        lines.set("RestartPreventExitStatus", "2 3");
        if (feeds) {
            lines.comment("an after hook that a crash cut off runs before the agent is ready: longer than --hook-timeout");
        }
        lines.set("TimeoutStartSec", words(unit.patience().start()));
        lines.comment(switch (unit.kind()) {
            case ASSETS -> "a hook that runs gets a minute to end by itself";
            case CONTAINER, SERVER -> "longer than --drain-time and a hook that runs";
            case PROXY -> "longer than --drain-time";
        });
        lines.set("TimeoutStopSec", words(unit.patience().stop()));
        lines.comment("SIGTERM to the agent alone: it ends what it has started; what is left then is killed");
        lines.set("KillMode", "mixed");
        if (unit.kind() == Unit.Kind.SERVER) {
            lines.comment("an app that takes too much memory is ended and started again, the agent goes on");
            lines.set("OOMPolicy", "continue");
        }
    }

    private void secrets(Lines lines) {
        if (unit.secrets().isEmpty()) {
            return;
        }
        lines.comment("Everybody may read this unit, so secrets come from files that root alone may read, such as");
        for (String secret : unit.secrets()) {
            String credential = secret.toLowerCase(Locale.ROOT).replace('_', '-');
            lines.offer("LoadCredential", credential + ":/etc/dewpoint/" + unit.name() + "." + credential);
        }
    }

    private void sandbox(Lines lines) {
        lines.set("User", "dewpoint");
        engine(lines);
        switch (unit.kind()) {
            case ASSETS -> lines.comment("the web server reads the releases as another user").set("UMask", "0022");
            case CONTAINER, PROXY -> lines.set("UMask", "0077");
            case SERVER -> lines.comment("What is set here holds for the app as well. UMask=, LimitNOFILE=, ProtectHome=, MemoryMax=, TasksMax= and",
                    "SystemCallFilter= are left out: how much it takes, what it calls and whom it lets read its files, only you know.",
                    "`systemctl edit` is the place for them, and for ReadWritePaths= if it writes elsewhere.");
        }
        files(lines);
        if (unit.lowPorts()) {
            lines.comment("ports below 1024");
            lines.set("AmbientCapabilities", "CAP_NET_BIND_SERVICE");
        }
        lines.set("CapabilityBoundingSet", unit.lowPorts() ? "CAP_NET_BIND_SERVICE" : "");
        if (unit.kind() == Unit.Kind.CONTAINER || unit.kind() == Unit.Kind.PROXY) {
            lines.set("LimitNOFILE", "65536");
        }
        lines.set("ProtectSystem", "strict");
        for (String name : List.of("PrivateDevices", "NoNewPrivileges", "ProtectKernelTunables", "ProtectKernelModules", "ProtectKernelLogs", "ProtectControlGroups", "ProtectClock", "ProtectHostname")) {
            lines.set(name, "yes");
        }
        lines.set("ProtectProc", "invisible");
        // netlink: how programs ask for the addresses of their host
        lines.set("RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6" + (unit.kind() == Unit.Kind.SERVER ? " AF_NETLINK" : ""));
        for (String name : List.of("RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID", "RemoveIPC", "LockPersonality")) {
            lines.set(name, "yes");
        }
        lines.comment("MemoryDenyWriteExecute= must stay away: a JVM makes code as it runs");
        lines.set("SystemCallArchitectures", "native");
        if (unit.kind() != Unit.Kind.SERVER) {
            lines.set("SystemCallFilter", "@system-service");
            lines.set("SystemCallFilter", "~@privileged @resources");
            lines.set("SystemCallErrorNumber", "EPERM");
            lines.set("MemoryMax", "512M");
            lines.set("TasksMax", "512");
        }
    }

    private void engine(Lines lines) {
        if (unit.kind() != Unit.Kind.CONTAINER) {
            return;
        }
        lines.comment("Whoever reaches the engine's socket is as powerful as root: " + (unit.podman() ? "that" : "the group below") + " is what this sandbox can't take",
                "away. The engine runs the containers, not this unit: they go on when it is stopped, and MemoryMax=",
                "doesn't count them. Secrets of theirs belong into a file of --env-file, not behind -e.");
        if (unit.podman()) {
            lines.comment("podman's socket is root's: `systemctl edit podman.socket` gives it to SocketGroup=dewpoint");
        } else {
            lines.set("SupplementaryGroups", "docker");
        }
    }

    private void files(Lines lines) {
        Reach reach = unit.reach();
        if (!reach.states().isEmpty()) {
            lines.set("StateDirectory", Words.paths(reach.states()));
        }
        lines.set("WorkingDirectory", Words.line(reach.directory().toString()));
        List<Path> elsewhere = reach.ownedByOthers();
        if (!elsewhere.isEmpty()) {
            lines.set("ReadWritePaths", Words.paths(elsewhere));
        }
        if (reach.temporary().isEmpty()) {
            lines.set("PrivateTmp", "yes");
        } else {
            lines.comment("PrivateTmp= would hide " + Words.paths(reach.temporary()));
        }
        if (unit.kind() == Unit.Kind.SERVER) {
            return;
        }
        List<Path> writtenAtHome = reach.writtenAtHome();
        List<Path> readAtHome = reach.readAtHome();
        if (writtenAtHome.isEmpty() && readAtHome.isEmpty()) {
            lines.set("ProtectHome", "yes");
            return;
        }
        lines.comment("of all homes only what stands here");
        lines.set("ProtectHome", "tmpfs");
        if (!writtenAtHome.isEmpty()) {
            lines.set("BindPaths", Words.paths(writtenAtHome));
        }
        if (!readAtHome.isEmpty()) {
            lines.set("BindReadOnlyPaths", Words.paths(readAtHome));
        }
    }

    /** Minutes where they are whole, else seconds, rounded up. */
    static String words(Duration duration) {
        long seconds = duration.plusMillis(999).toSeconds();
        return seconds >= 300 && seconds % 60 == 0 ? seconds / 60 + "min" : String.valueOf(seconds);
    }
}
