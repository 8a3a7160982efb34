package dev.dewpoint.replica.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/containers.md says which run options are taken and which aren't; problems send people there. */
class RunOptionsPageTest {
    private static final Pattern CODE = Pattern.compile("`(-[^` ]+)[^`]*`");
    private static final Set<Option> DANGEROUS = EnumSet.of(Option.PRIVILEGED, Option.PID, Option.IPC, Option.UTS, Option.USERNS, Option.CGROUPNS, Option.DEVICE, Option.CAP_ADD, Option.SECURITY_OPT, Option.VOLUMES_FROM);

    @Test
    void everyOptionStandsWhereItBelongs() throws IOException {
        List<String> section = Files.readString(Path.of("docs/containers.md")).lines().dropWhile(line -> !line.equals("## Run options")).skip(1).takeWhile(line -> !line.startsWith("## ")).toList();
        Set<Option> taken = EnumSet.noneOf(Option.class);
        Set<Option> refused = EnumSet.noneOf(Option.class);
        Arrays.stream(Option.values()).filter(option -> option.stance() == Option.Stance.TAKEN && !DANGEROUS.contains(option)).forEach(taken::add);
        Arrays.stream(Option.values()).filter(option -> option.stance() == Option.Stance.REFUSED).forEach(refused::add);
        assertThat(named(section, "| taken |")).isEqualTo(taken);
        assertThat(named(section, "| refused: Dewpoint's own")).containsAll(refused).doesNotContainAnyElementsOf(DANGEROUS);
        assertThat(named(section, "**Dangerous**")).containsExactlyInAnyOrderElementsOf(DANGEROUS);
    }

    /** Of the line that begins so. Flags of Dewpoint's own are none of them. */
    private static Set<Option> named(List<String> section, String beginning) {
        String line = section.stream().filter(text -> text.startsWith(beginning)).findFirst().orElseThrow(() -> new AssertionError("no line begins with " + beginning));
        Set<Option> found = EnumSet.noneOf(Option.class);
        CODE.matcher(line).results().map(result -> result.group(1)).filter(word -> !word.equals("--") && !word.equals("--port") && !word.equals("--allow-dangerous-run-options"))
                .forEach(word -> found.add((word.startsWith("--") ? Option.named(word.substring(2)) : Option.lettered(word.charAt(1))).orElseThrow(() -> new AssertionError(word + " is no run option"))));
        return found;
    }
}
