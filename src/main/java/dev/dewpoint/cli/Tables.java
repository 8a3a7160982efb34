package dev.dewpoint.cli;

import dev.dewpoint.admin.AdminClient;
import java.util.ArrayList;
import java.util.List;

/** Rows under aligned headings. */
final class Tables {
    private Tables() {}

    static String status(AdminClient.Answer answer) {
        return table(List.of("APP", "STATE", "VERSION", "SINCE", "LAST", "NEXT POLL", "NOTE"), answer.rows("apps", List.of("name", "state", "version", "since", "last_outcome", "next_poll", "doing")));
    }

    static String history(AdminClient.Answer answer) {
        return table(List.of("STARTED", "APP", "OUTCOME", "FROM", "TO", "MS", "WHY"), answer.rows("attempts", List.of("started_at", "app", "outcome", "from", "to", "took_ms", "why")));
    }

    static String table(List<String> headings, List<List<String>> rows) {
        List<List<String>> all = new ArrayList<>();
        all.add(headings);
        all.addAll(rows);
        StringBuilder text = new StringBuilder();
        for (List<String> row : all) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < headings.size(); column++) {
                int at = column;
                int width = all.stream().mapToInt(r -> r.get(at).length()).max().orElse(0);
                line.append(row.get(column)).append(" ".repeat(width - row.get(column).length() + 2));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }
}
