package dev.dewpoint.hook;

import java.util.Optional;
import java.util.stream.Stream;

/**
 * The hooks of one app, and how they bear on a deploy.
 *
 * @param abortOnBefore what the before hook does not let pass is not deployed
 * @param afterAtSwitch the after hook runs before the new release is started, not once it serves
 */
public record DeployHooks(Optional<Hook> before, Optional<Hook> after, Optional<Hook> rolledBack, boolean abortOnBefore, boolean afterAtSwitch) {
    public static DeployHooks none() {
        return new DeployHooks(Optional.empty(), Optional.empty(), Optional.empty(), false, false);
    }

    public boolean isEmpty() {
        return Stream.of(before, after, rolledBack).allMatch(Optional::isEmpty);
    }
}
