package dev.dewpoint.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.proxy.Rule;
import dev.dewpoint.proxy.RouteOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/routes.md, read as a user reads it. */
class RoutesPageTest {
    private static final Pattern EXAMPLE = Pattern.compile("(?:--route |DEWPOINT_ROUTE=)'([^']+)'");
    private static final Map<String, String> ENVIRONMENT = Map.of("STATIC_BACKEND", "10.0.0.1:80 10.0.0.2:80", "BACKENDS", "10.0.0.1:80");
    /** What an option makes sense with. */
    private static final Map<String, String> COMPANY = Map.of("health-path", "health=http", "health-status", "health=http", "hold-time", "hold=1");

    @Test
    void everyExampleIsARoute() throws IOException {
        String shown = page().replaceAll("(?s)```sh.*?```", "").replaceAll("(?s)<!-- output -->.*?```\n.*?```", "").replaceAll("(?s)## What is refused.*", "");
        String help = Files.readString(Path.of("src/main/java/dev/dewpoint/cli/ProxyCommand.java")).replace("$$", "$");
        List<String> examples = Stream.of(shown, help).flatMap(text -> EXAMPLE.matcher(text).results()).map(found -> found.group(1)).toList();
        assertThat(examples).hasSizeGreaterThan(9);
        examples.forEach(example -> assertThat(rule(example)).isNotNull());
    }

    @Test
    void theTableHoldsEveryOptionWithItsDefaultAndBounds() throws IOException {
        List<List<String>> rows = page().lines().dropWhile(line -> !line.equals("## Options")).dropWhile(line -> !line.startsWith("|")).takeWhile(line -> line.startsWith("|")).skip(2)
                .map(line -> Arrays.stream(line.substring(1).split("\\|")).map(cell -> cell.replace("`", "").strip()).toList()).toList();
        assertThat(rows).extracting(List::getFirst).isEqualTo(RouteOptionsText.KNOWN);
        for (List<String> row : rows) {
            String option = row.getFirst();
            String company = COMPANY.containsKey(option) ? COMPANY.get(option) + "&" : "";
            if (!row.get(2).equals("–")) {
                assertThat(rule("80/x=a:1?" + company + option + "=" + row.get(2)).options()).as("default of %s", option).isEqualTo(rule("80/x=a:1?" + company).options());
            }
            String bounds = row.get(3).replace(" … ", " and ");
            assertThat(problems("80/x=a:1?" + company + option + "=99999999")).as("bounds of %s", option).satisfies(problem -> {
                assertThat(problem.contains("between")).isEqualTo(!bounds.equals("–"));
                assertThat(problem).contains(bounds.equals("–") ? "" : "between " + bounds);
            });
        }
    }

    @Test
    void theHelpNamesEveryOption() throws IOException {
        String help = Files.readString(Path.of("src/main/java/dev/dewpoint/cli/ProxyCommand.java"));
        assertThat(RouteOptionsText.KNOWN).allSatisfy(option -> assertThat(help).containsPattern("[ \"]" + option + "[,\"]"));
    }

    private static String page() throws IOException {
        return Files.readString(Path.of("docs/routes.md"));
    }

    private static Rule rule(String text) {
        Problems problems = new Problems();
        RouteText read = RouteText.parse(new Flags.Value("--route", text), ENVIRONMENT, RouteOptions.USUAL, problems);
        assertThat(problems.list()).as(text).isEmpty();
        return read.rule().orElseThrow();
    }

    private static String problems(String text) {
        Problems problems = new Problems();
        RouteText.parse(new Flags.Value("--route", text), ENVIRONMENT, RouteOptions.USUAL, problems);
        return String.join("\n", problems.list());
    }
}
