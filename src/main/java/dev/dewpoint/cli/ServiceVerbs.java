package dev.dewpoint.cli;

import dev.dewpoint.admin.AdminClient;
import dev.dewpoint.config.Flags;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Has the unit of a command printed where the command would be run. */
record ServiceVerbs(Verbs verbs, Wanted wanted) implements Verbs {
    @Override
    public int assets(Flags flags) {
        return verbs.service(wanted, flags, List.of());
    }

    @Override
    public int container(Flags flags, List<String> runOptions) {
        return verbs.service(wanted, flags, runOptions);
    }

    @Override
    public int proxy(Flags flags) {
        return verbs.service(wanted, flags, List.of());
    }

    @Override
    public int server(Flags flags, List<String> command) {
        return verbs.service(wanted, flags, command);
    }

    @Override
    public int cert(Flags flags, List<String> hosts) {
        throw endsByItself();
    }

    @Override
    public int run(Flags flags, Path file, Set<String> proxyFlags) {
        throw endsByItself();
    }

    @Override
    public int service(Wanted other, Flags flags, List<String> behind) {
        throw endsByItself();
    }

    @Override
    public int logs(Printed printed) {
        throw endsByItself();
    }

    @Override
    public AdminClient agent(Path root) {
        throw endsByItself();
    }

    @Override
    public int demo(boolean containers) {
        throw endsByItself();
    }

    @Override
    public int demoApp(int port, String release, String replica) {
        throw endsByItself();
    }

    @Override
    public Path workingDirectory() {
        return verbs.workingDirectory();
    }

    @Override
    public String version() {
        return verbs.version();
    }

    private IllegalStateException endsByItself() {
        return new IllegalStateException("`dewpoint " + wanted.command() + "` has no unit");
    }
}
