package dev.dewpoint.proxy;

/** Which of several ready backends takes a request. */
public enum Balance {
    /** One after the other, by weight. */
    ROUND_ROBIN,
    /** The one with the fewest in flight for its weight. */
    LEAST_REQUESTS,
    /** Always the same for one client address; a lost backend moves only its own clients. */
    IP_HASH,
    /** The one named by a cookie that we set. */
    COOKIE
}
