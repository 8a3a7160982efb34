package dev.dewpoint.host;

/** What is written to one end is read at the other. Closing one end leaves the other open. */
public record Pipe(Descriptor readEnd, Descriptor writeEnd) implements AutoCloseable {
    @Override
    public void close() {
        readEnd.close();
        writeEnd.close();
    }
}
