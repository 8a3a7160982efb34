package dev.dewpoint.artifact;

/** How much proof an artifact needs. */
public enum Verify {
    /** Whatever is offered must match; nothing offered: the first digest that served is remembered. */
    AUTO,
    /** Nothing offered: no deploy. */
    REQUIRE,
    /** Nothing is compared. */
    OFF
}
