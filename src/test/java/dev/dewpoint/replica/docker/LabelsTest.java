package dev.dewpoint.replica.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LabelsTest {
    private static final Labels LABELS = Apps.labels(new Owner("/srv/api", "api"), 3);

    @Test
    void whatIsPrintedIsReadAgain() {
        assertThat(LABELS.print()).containsOnlyKeys("dewpoint.managed", "dewpoint.app", "dewpoint.registry", "dewpoint.root", "dewpoint.version", "dewpoint.digest", "dewpoint.replica", "dewpoint.attempt", "dewpoint.config", "dewpoint.deployed_at");
        assertThat(Labels.parse(LABELS.print())).contains(LABELS);
        Map<String, String> more = new HashMap<>(LABELS.print());
        more.put("team", "blue");
        assertThat(Labels.parse(more)).contains(LABELS);
    }

    @Test
    void whatIsNotWholeIsNotOurs() {
        assertThat(Labels.parse(Map.of())).isEmpty();
        for (String name : new String[] {"managed", "app", "root", "digest", "replica", "deployed_at"}) {
            for (String value : new String[] {"", "0", "-", "TRUE"}) {
                Map<String, String> changed = new HashMap<>(LABELS.print());
                changed.put("dewpoint." + name, value);
                boolean stillAnOwner = (name.equals("app") || name.equals("root")) && !value.isEmpty();
                assertThat(Labels.parse(changed).filter(LABELS::equals)).as(name + "=" + value).isEmpty();
                assertThat(Labels.parse(changed).isPresent()).as(name + "=" + value).isEqualTo(stillAnOwner);
            }
            Map<String, String> without = new HashMap<>(LABELS.print());
            without.remove("dewpoint." + name);
            assertThat(Labels.parse(without)).as("without " + name).isEmpty();
        }
    }

    @Test
    void theHubsRepositoriesHaveSeveralNames() {
        assertThat(ImageName.familiar("docker.io/library/redis")).isEqualTo("redis");
        assertThat(ImageName.familiar("index.docker.io/team/app")).isEqualTo("team/app");
        assertThat(ImageName.familiar("localhost/app")).isEqualTo("app");
        assertThat(ImageName.familiar("ghcr.io/library/app")).isEqualTo("ghcr.io/library/app");
    }
}
