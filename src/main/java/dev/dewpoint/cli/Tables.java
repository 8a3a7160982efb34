package dev.dewpoint.cli;

import dev.dewpoint.admin.AdminClient;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Rows under aligned headings. */
final class Tables {
    private static final int SHORT_ID = 12;

    private Tables() {}

    /** With the replicas, if anybody has some. */
    static String status(AdminClient.Answer answer) {
        List<String> headings = new ArrayList<>(List.of("APP", "STATE", "VERSION", "SINCE", "LAST", "NEXT POLL", "NOTE"));
        List<List<String>> rows = answer.rows("apps", List.of("name", "state", "version", "since", "last_outcome", "next_poll", "doing")).stream().<List<String>>map(ArrayList::new).toList();
        List<List<String>> replicas = answer.rows("apps", List.of("replicas/ready", "replicas/wanted"));
        if (replicas.stream().anyMatch(row -> !row.contains("-"))) {
            headings.add(3, "REPLICAS");
            for (int i = 0; i < rows.size(); i++) {
                rows.get(i).add(3, replicas.get(i).contains("-") ? "-" : String.join("/", replicas.get(i)));
            }
        }
        return table(headings, rows);
    }

    static String containers(AdminClient.Answer answer) {
        List<List<String>> rows = answer.rows("containers", List.of("addresses", "since", "name", "version", "replica", "ready", "in_flight", "id")).stream().<List<String>>map(ArrayList::new)
                .sorted(Comparator.comparing(row -> row.get(2))).toList();
        for (List<String> row : rows) {
            row.set(1, row.get(1).replace('T', ' ').replaceFirst("(\\.\\d+)?Z$", ""));
            row.set(5, row.get(5).equals("true") ? "yes" : "no");
            row.set(7, row.get(7).substring(0, Math.min(SHORT_ID, row.get(7).length())));
        }
        return rows.isEmpty() ? "No containers found.\n" : table(List.of("UPSTREAM", "DEPLOY TIME", "NAME", "VERSION", "REPLICA", "READY", "IN FLIGHT", "ID"), rows);
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
