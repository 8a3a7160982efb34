package dev.dewpoint.hook;

import dev.dewpoint.release.Digest;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a hook is told about the attempt, by environment alone: no value ever becomes part of a command line.
 *
 * @param version the new one, as people see it; of the rolled-back hook the one that failed
 * @param previousVersion the one that served before, or serves again; none at the first deploy
 * @param artifact the artifact's file name, or an image's reference
 * @param releaseDirectory none before it is unpacked, and for an image
 * @param outcome how the attempt ended; empty while it hasn't
 */
public record HookContext(
        String app, String version, Optional<String> previousVersion, String tag, Optional<Digest> digest, String artifact, Optional<Path> releaseDirectory, Path root, String outcome) {

    /** All of them, always: an empty one is easier on a script with {@code set -u} than a missing one. */
    Map<String, String> variables(Hook.Kind kind) {
        Map<String, String> variables = new TreeMap<>();
        variables.put("DEWPOINT_HOOK_APP", app);
        variables.put("DEWPOINT_HOOK_VERSION", version);
        variables.put("DEWPOINT_HOOK_PREVIOUS_VERSION", previousVersion.orElse(""));
        variables.put("DEWPOINT_HOOK_TAG", tag);
        variables.put("DEWPOINT_HOOK_DIGEST", digest.map(Digest::toString).orElse(""));
        variables.put("DEWPOINT_HOOK_ARTIFACT", artifact);
        variables.put("DEWPOINT_HOOK_RELEASE_DIR", releaseDirectory.map(Path::toString).orElse(""));
        variables.put("DEWPOINT_HOOK_ROOT", root.toString());
        variables.put("DEWPOINT_HOOK_EVENT", kind.event());
        variables.put("DEWPOINT_HOOK_OUTCOME", outcome);
        return variables;
    }
}
