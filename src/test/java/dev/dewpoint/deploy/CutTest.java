package dev.dewpoint.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CutTest {
    private final Cut cut = new Cut();

    @AfterEach
    void uncut() {
        boolean _ = Thread.interrupted();
    }

    @Test
    void whoMayBeCutIsCutAtOnce() {
        cut.cut(Thread.currentThread());
        assertThat(cut.forbid()).isTrue();
    }

    @Test
    void whoMayNotBeCutIsCutOnceHeMay() {
        assertThat(cut.forbid()).isFalse();
        cut.cut(Thread.currentThread());
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        cut.allow();
        assertThat(Thread.interrupted()).isTrue();
        cut.allow();
        assertThat(Thread.interrupted()).as("once").isFalse();
    }
}
