package dev.dewpoint.notify;

import com.slack.api.Slack;
import com.slack.api.SlackConfig;
import com.slack.api.audit.AuditConfig;
import com.slack.api.methods.MethodsConfig;
import com.slack.api.rate_limits.metrics.MetricsDatastore;
import com.slack.api.scim.SCIMConfig;
import com.slack.api.scim2.SCIM2Config;
import com.slack.api.util.http.SlackHttpClient;
import dev.dewpoint.http.Http;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Slack's own client over our HTTP, without what it does unasked: statistics with a dozen threads, and logging. */
final class SlackClient {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private SlackClient() {}

    static Slack open(Http http, Optional<URI> api) {
        SlackConfig config = new SlackConfig();
        withoutStatistics(config);
        config.setHttpClientResponseHandlers(List.of());
        api.ifPresent(url -> config.setMethodsEndpointUrlPrefix(url.toString()));
        return Slack.getInstance(config, new SlackHttpClient(http.client(DEADLINE)));
    }

    /** Those of this client, and those that its classes start when they are loaded. */
    private static void withoutStatistics(SlackConfig config) {
        SlackConfig shared = SlackConfig.DEFAULT;
        Stream<MetricsDatastore> stores = Stream.of(
                MethodsConfig.DEFAULT_SINGLETON.getMetricsDatastore(), shared.getMethodsConfig().getMetricsDatastore(),
                AuditConfig.DEFAULT_SINGLETON.getMetricsDatastore(), shared.getAuditConfig().getMetricsDatastore(),
                SCIMConfig.DEFAULT_SINGLETON.getMetricsDatastore(), shared.getSCIMConfig().getMetricsDatastore(),
                SCIM2Config.DEFAULT_SINGLETON.getMetricsDatastore(), shared.getSCIM2Config().getMetricsDatastore());
        try {
            config.close();
            for (MetricsDatastore store : stores.toList()) {
                store.close();
            }
        } catch (Exception e) {
            throw new IllegalStateException("Slack's client could not be told to keep no statistics", e);
        }
    }

    static Optional<Duration> retryAfter(Optional<String> header) {
        try {
            return header.map(value -> Duration.ofSeconds(Math.max(1, Long.parseLong(value.strip()))));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
