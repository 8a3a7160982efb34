package dev.dewpoint.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the pages say of each other and of the sources. */
class DocsTest {
    private static final Pattern ROW = Pattern.compile("row\\(([^)]*)\\)");
    private static final Pattern DEPENDENCY = Pattern.compile("(?s)<dependency>(.*?)</dependency>");

    /** Linked, and not written yet. */

    @Test
    void everyLinkLeadsSomewhere() {
        List<String> dead = new ArrayList<>();
        for (Page page : Page.all()) {
            for (String link : page.links()) {
                if (!link.matches("[a-z]+:.*") && !leadsSomewhere(page, link)) {
                    dead.add(page + " -> " + link);
                }
            }
        }
        assertThat(dead).isEmpty();
    }

    private static boolean leadsSomewhere(Page page, String link) {
        String[] parts = link.split("#", 2);
        Path target = parts[0].isEmpty() ? page.file() : Path.of("").resolve(page.file()).resolveSibling(parts[0]).normalize();
        boolean there = Files.exists(target);
        return there && (parts.length == 1 || Page.called(target.getFileName().toString()).anchors().contains(parts[1]));
    }

    @Test
    void everyPageIsLinkedFromTheReadme() {
        Set<String> linked = Set.copyOf(Page.called("README.md").links());
        assertThat(Page.all().stream().map(page -> page.file().toString()).filter(file -> !file.equals("README.md"))).isSubsetOf(linked);
    }

    @Test
    void theTableOfDependenciesIsTheOneThatIsExecuted() throws IOException {
        String source = Files.readString(Path.of("src/test/java/dev/dewpoint/architecture/ArchitectureTest.java"));
        String map = source.substring(source.indexOf("MAY_SEE ="), source.indexOf(")));", source.indexOf("MAY_SEE =")) + 3);
        Map<String, Set<String>> executed = new TreeMap<>();
        ROW.matcher(map).results().forEach(row -> {
            List<String> words = Arrays.stream(row.group(1).split(",")).map(word -> word.strip().replace("\"", "")).toList();
            executed.put(words.getFirst(), new TreeSet<>(words.subList(1, words.size())));
        });
        assertThat(executed).hasSizeGreaterThan(10);
        Map<String, Set<String>> written = new TreeMap<>();
        Page.called("architecture.md").table("Who may see whom").forEach(row -> written.put(name(row.getFirst()),
                Stream.of(row.get(1).split(",")).map(DocsTest::name).filter(word -> !word.equals("the JDK only")).collect(Collectors.toCollection(TreeSet::new))));
        assertThat(written).isEqualTo(executed);
    }

    @Test
    void everyDirectDependencyIsListedAndNoOther() throws IOException {
        String pom = Files.readString(Path.of("pom.xml"));
        String section = pom.substring(pom.indexOf("</dependencyManagement>"));
        Matcher dependency = DEPENDENCY.matcher(section.substring(0, section.indexOf("</dependencies>", section.indexOf("<dependencies>"))));
        Set<String> inPom = new TreeSet<>();
        while (dependency.find()) {
            if (!dependency.group(1).contains("<scope>test</scope>")) {
                inPom.add(dependency.group(1).replaceAll("(?s)^.*?<artifactId>(.*?)</artifactId>.*$", "$1"));
            }
        }
        assertThat(inPom).hasSizeGreaterThan(5);
        Map<String, List<String>> listed = new LinkedHashMap<>();
        Page.called("dependencies.md").table("Direct").forEach(row -> listed.put(name(row.getFirst()), row));
        assertThat(listed.keySet()).containsExactlyInAnyOrderElementsOf(inPom);
    }

    private static String name(String cell) {
        return cell.replace("`", "").strip();
    }
}
