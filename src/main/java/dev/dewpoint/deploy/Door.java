package dev.dewpoint.deploy;

import dev.dewpoint.health.Check;
import dev.dewpoint.health.Rhythm;
import dev.dewpoint.proxy.Membership;
import dev.dewpoint.proxy.Route;
import java.util.OptionalInt;

/** A public port of an app: its route, who stands behind it, and the port of a replica that it leads to, if that was said. */
public record Door(Route route, Membership membership, OptionalInt inside) {
    Check check() {
        return route.options().health().check();
    }

    Rhythm rhythm() {
        return route.options().health().rhythm();
    }
}
