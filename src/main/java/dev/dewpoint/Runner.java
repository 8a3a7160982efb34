package dev.dewpoint;

import dev.dewpoint.deploy.Running;
import java.util.Optional;

/** What runs an app's replicas, and the proxy before them if there is one. */
interface Runner extends AutoCloseable {
    Optional<DataPlane> plane();

    Running running();

    /** Whether the replicas end with the agent. */
    boolean endsWithAgent();

    /** Whoever is still ending ends now. */
    void hasten();

    @Override
    void close();
}
