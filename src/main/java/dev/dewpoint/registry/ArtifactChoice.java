package dev.dewpoint.registry;

import dev.dewpoint.release.ArtifactPattern;
import dev.dewpoint.release.Pick;
import dev.dewpoint.release.Platform;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Which of a release's files is the artifact here: by the operator's pattern, else by the platform. */
record ArtifactChoice(Platform platform, Optional<ArtifactPattern> pattern, String repository) {
    private static final int MOST_NAMED = 10;

    Pick among(List<String> names) {
        List<String> files = names.stream().filter(name -> !ShipmentNote.isOne(name)).toList();
        return pattern.map(p -> p.pick(files, platform, repository)).orElseGet(() -> platform.pick(files, repository));
    }

    /** Why nothing was chosen. */
    String nothing(List<String> names) {
        List<String> files = names.stream().filter(name -> !ShipmentNote.isOne(name)).toList();
        String wanted = pattern.map(p -> "no file called " + p.text()).orElse("no artifact for " + platform.os() + "/" + platform.arch());
        String there = files.stream().limit(MOST_NAMED).collect(Collectors.joining(", "));
        String more = files.size() > MOST_NAMED ? " and " + (files.size() - MOST_NAMED) + " more" : "";
        return "there is " + wanted + (files.isEmpty() ? ", nor any other file" : "; there are " + there + more);
    }
}
