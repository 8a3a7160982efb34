package dev.dewpoint.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A page of the documentation, with its blocks of code. */
record Page(Path file, String text, List<Block> blocks) {
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");
    private static final Pattern CODE_SPAN = Pattern.compile("`([^`\n]+)`");
    private static final Pattern LINK = Pattern.compile("(?<!!)\\[[^]\n]+]\\(([^)\\s]+)\\)");
    private static final String OUTPUT = "<!-- output -->";

    /**
     * What stands between two fences.
     *
     * @param line   of its fence, counted from 1
     * @param output whether it shows what the block before it prints
     */
    record Block(String language, String text, int line, boolean output) {}

    static List<Page> all() {
        try (Stream<Path> files = Files.walk(Path.of("docs"))) {
            List<Path> pages = new ArrayList<>(List.of(Path.of("README.md")));
            files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
            return pages.stream().map(Page::read).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Page called(String name) {
        return all().stream().filter(page -> page.name().equals(name)).findFirst().orElseThrow(() -> new AssertionError("there is no page " + name));
    }

    private static Page read(Path file) {
        try {
            String text = Files.readString(file);
            return new Page(file, text, blocks(file, text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Block> blocks(Path file, String text) {
        List<Block> blocks = new ArrayList<>();
        Optional<String> language = Optional.empty();
        List<String> inside = new ArrayList<>();
        String before = "";
        int from = 0;
        boolean output = false;
        List<String> lines = text.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.startsWith("```") && language.isEmpty()) {
                language = Optional.of(line.substring(3).strip());
                from = i + 1;
                output = before.equals(OUTPUT);
                inside.clear();
            } else if (line.equals("```")) {
                blocks.add(new Block(language.orElseThrow(), String.join("\n", inside) + "\n", from, output));
                language = Optional.empty();
            } else if (language.isPresent()) {
                inside.add(line);
            }
            before = line.isBlank() ? before : line.strip();
        }
        if (language.isPresent()) {
            throw new AssertionError(file + ": the block at line " + from + " has no end");
        }
        return List.copyOf(blocks);
    }

    String name() {
        return file.getFileName().toString();
    }

    List<Block> shell() {
        return blocks.stream().filter(block -> block.language().equals("sh")).toList();
    }

    /** What the page says that a shell block prints, if it says so. */
    Optional<Block> outputOf(Block shell) {
        int next = blocks.indexOf(shell) + 1;
        return next < blocks.size() && blocks.get(next).output() ? Optional.of(blocks.get(next)) : Optional.empty();
    }

    /** Everything that is set as code, in blocks and between backticks. */
    List<String> code() {
        List<String> code = new ArrayList<>(blocks.stream().map(Block::text).toList());
        Matcher span = CODE_SPAN.matcher(prose());
        while (span.find()) {
            code.add(span.group(1));
        }
        return code;
    }

    List<String> links() {
        return LINK.matcher(prose()).results().map(found -> found.group(1)).toList();
    }

    /** As they stand behind the # of a link. */
    List<String> anchors() {
        return HEADING.matcher(prose()).results().map(found -> found.group(1).toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 _-]", "").replace(' ', '-')).toList();
    }

    /** The cells of every row of the first table below a heading or a beginning of a heading, without the table's own head. */
    List<List<String>> table(String heading) {
        List<String> rows = text.lines().dropWhile(line -> !line.matches("#+ " + Pattern.quote(heading) + ".*")).skip(1).dropWhile(line -> !line.startsWith("|")).takeWhile(line -> line.startsWith("|")).toList();
        if (rows.size() < 3) {
            throw new AssertionError(file + ": there is no table below " + heading);
        }
        return rows.stream().skip(2).map(row -> Arrays.stream(row.substring(1).split("(?<!\\\\)\\|")).map(String::strip).toList()).toList();
    }

    private String prose() {
        return text.replaceAll("(?ms)^```.*?^```$", "");
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
