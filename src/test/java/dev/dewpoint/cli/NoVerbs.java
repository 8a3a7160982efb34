package dev.dewpoint.cli;

import dev.dewpoint.admin.AdminClient;
import dev.dewpoint.config.Flags;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** None of them is expected; tests override those that are. */
class NoVerbs implements Verbs {
    @Override
    public int assets(Flags flags) {
        throw new AssertionError("assets");
    }

    @Override
    public int container(Flags flags, List<String> runOptions) {
        throw new AssertionError("container");
    }

    @Override
    public int server(Flags flags, List<String> command) {
        throw new AssertionError("server");
    }

    @Override
    public int proxy(Flags flags) {
        throw new AssertionError("proxy");
    }

    @Override
    public int cert(Flags flags, List<String> hosts) {
        throw new AssertionError("cert");
    }

    @Override
    public int run(Flags flags, Path file, Set<String> proxyFlags) {
        throw new AssertionError("run");
    }

    @Override
    public int service(Wanted wanted, Flags flags, List<String> behind) {
        throw new AssertionError("service");
    }

    @Override
    public int logs(Printed wanted) {
        throw new AssertionError("logs");
    }

    @Override
    public AdminClient agent(Path root) {
        throw new AssertionError("agent");
    }

    @Override
    public int demo(boolean containers) {
        throw new AssertionError("demo");
    }

    @Override
    public int demoApp(int port, String release, String replica) {
        throw new AssertionError("demo-app");
    }

    @Override
    public Path workingDirectory() {
        return Path.of("");
    }

    @Override
    public String version() {
        return "none";
    }
}
