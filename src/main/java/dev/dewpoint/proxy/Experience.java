package dev.dewpoint.proxy;

/** What traffic tells of a backend. Called on IO threads for every request: it must be cheap and never block. */
public interface Experience {
    Experience IGNORED = new Experience() {
        @Override
        public void unreachable() {}

        @Override
        public void brokeOff() {}

        @Override
        public void answered(int status) {}
    };

    /** No connection could be made. */
    void unreachable();

    /** The connection ended, or nothing came in time, before the response was whole. */
    void brokeOff();

    void answered(int status);
}
