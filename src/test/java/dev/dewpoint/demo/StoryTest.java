package dev.dewpoint.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StoryTest {
    @Test
    void aSwapIsToldInAFewWords() {
        assertThat(Story.of("2026-11-22T01:23:53Z INFO: Deployment started app=\"shop\" from=\"v1.0.0\" to=\"v1.1.0\" attempt=\"mwr5\" strategy=\"swap\"")).contains("v1.1.0 has come; before it: v1.0.0");
        assertThat(Story.of("INFO: Start server name=\"shop-1795310633-2\" port_mapping=\"127.0.0.1::18123\" replica=\"2\" total=\"3\"")).contains("r2 is starting");
        assertThat(Story.of("INFO: Starting new container name=\"shop-1795310633-2.1\" port_mapping=\"1\" replica=\"2\" total=\"3\"")).contains("r2 is starting");
        assertThat(Story.of("INFO: Health check passed server=\"shop-1795310633-3\" url=\"http://127.0.0.1:24945/\" status=\"200 OK\" duration=\"1.6s\"")).contains("r3 is ready after 1.6s: http://127.0.0.1:24945/");
        assertThat(Story.of("INFO: Server added to load balancer server=\"shop-1795310633-1\" backend_count=\"2\"")).contains("r1 has joined");
        assertThat(Story.of("INFO: Proxy backend updated successfully backends=\"3\"")).contains("swapped: from now on these 3 answer");
        assertThat(Story.of("INFO: Stopping old container gracefully container=\"shop-1795310629-1\"")).contains("r1 of before has no request left and is asked to end");
        assertThat(Story.of("INFO: Deployment completed successfully app=\"shop\" tag=\"v1.1.0\" from=\"v1.0.0\" duration=\"1.8s\"")).contains("v1.1.0 is deployed, in 1.8s");
    }

    @Test
    void whatIsNoPartOfItIsLeftOutAndWhatWentWrongIsNot() {
        assertThat(Story.of("2026-11-22T01:23:55Z INFO: Send SIGHUP for server restart pid=\"24002\"")).isEmpty();
        String wrong = "2026-11-22T01:23:55Z WARN: Replica died app=\"shop\" replica=\"shop-1795310629-1\"";
        assertThat(Story.of(wrong)).contains(wrong);
        assertThat(Story.of("Exception in thread main")).contains("Exception in thread main");
    }
}
