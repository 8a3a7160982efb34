package dev.dewpoint.telemetry;

import dev.dewpoint.host.Log;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** What libraries log ends in our log, from warning up; below that some of them print credentials. */
public final class LibraryLog extends Handler {
    private final Log log;
    private final SimpleFormatter formatter = new SimpleFormatter();

    private LibraryLog(Log log) {
        this.log = log;
    }

    public static void into(Log log) {
        LogManager.getLogManager().reset();
        Logger root = Logger.getLogger("");
        root.setLevel(Level.WARNING);
        root.addHandler(new LibraryLog(log));
    }

    @Override
    public void publish(LogRecord line) {
        boolean severe = line.getLevel().intValue() >= Level.SEVERE.intValue();
        log.write(severe ? Log.Level.ERROR : Log.Level.WARN, formatter.formatMessage(line), "library", line.getLoggerName(), "error", String.valueOf(line.getThrown()));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
