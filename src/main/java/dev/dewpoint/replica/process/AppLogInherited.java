package dev.dewpoint.replica.process;

import dev.dewpoint.host.Descriptor;
import java.io.IOException;

/** Our own outputs, for whoever keeps them already, such as journald. */
record AppLogInherited(Descriptor stdout, Descriptor stderr) implements AppLog, Output {

    static AppLog open() throws IOException {
        Descriptor stdout = Descriptor.ofOurStdout();
        try {
            return new AppLogInherited(stdout, Descriptor.ofOurStderr());
        } catch (IOException e) {
            stdout.close();
            throw e;
        }
    }

    @Override
    public Output begin(String replica) {
        return this;
    }

    @Override
    public String tail(int lines) {
        return "";
    }

    @Override
    public void ended() {
        // nothing is kept
    }

    @Override
    public void close() {
        stdout.close();
        stderr.close();
    }
}
