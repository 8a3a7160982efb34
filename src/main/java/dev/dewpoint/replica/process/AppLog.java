package dev.dewpoint.replica.process;

import dev.dewpoint.host.Log;
import dev.dewpoint.host.Time;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What an app's processes print. They print to files of their own, never to a pipe: nothing that we do, or our end, makes
 * them wait. Those files are followed, and what they hold is written to {@code APP.log}, or passed on.
 */
public interface AppLog extends AutoCloseable {
    /** If there is no room for its files the process prints to nowhere, and {@link Output#tail} says why. */
    Output begin(String replica) throws IOException;

    /** Takes down what is there. Processes that still run go on printing to their files. */
    @Override
    void close();

    /**
     * Takes down first what the processes of an agent before us printed and nobody has read; they must have ended.
     *
     * @param directory {@code ROOT/.dewpoint/log}
     */
    static AppLog open(Path directory, String app, Log.Format format, Time time) throws IOException {
        return AppLogFollower.open(directory, app, time, known -> AppLogFile.open(directory.resolve(app + ".log"), format, known));
    }

    /** Everything goes on to our own stdout and stderr; only the last of it is kept. */
    static AppLog passingOn(Path directory, String app, Time time) throws IOException {
        return AppLogFollower.open(directory, app, time, _ -> AppLogPassedOn.toOurOutputs());
    }
}
