package dev.dewpoint.proxy;

/** One line an ended request: which replica answered, and how long it took. */
public interface AccessLog {
    AccessLog OFF = new AccessLog() {
        @Override
        public boolean wanted() {
            return false;
        }

        @Override
        public void write(Line line) {}
    };

    /** {@code backend}: empty if none answered; {@code backendNanos}: until its response began, -1 if it never did. */
    record Line(long wallMillis, String client, String method, String target, String version, String host, int status, long bytes, long nanos, String backend, long backendNanos, String requestId,
            String referer, String agent) {}

    boolean wanted();

    /** Never waits. */
    void write(Line line);
}
