package dev.dewpoint;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** What this program was built from. */
record Build(String version, String commit, String date) {
    static Build read() {
        Properties properties = new Properties();
        try (InputStream in = Build.class.getResourceAsStream("/dewpoint.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Build(properties.getProperty("version"), properties.getProperty("commit"), properties.getProperty("date"));
    }

    @Override
    public String toString() {
        return "dewpoint version " + version + " [" + commit + ", " + date + "]";
    }
}
