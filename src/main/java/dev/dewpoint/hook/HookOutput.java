package dev.dewpoint.hook;

import dev.dewpoint.host.Tail;
import java.util.function.UnaryOperator;

/**
 * What a hook printed, its last part, and how many processes it left running that had to be ended.
 */
public record HookOutput(Tail stdout, Tail stderr, int leftovers) {
    private static final int MOST_LINES = 50;
    private static final int MOST_CHARACTERS = 2000;
    private static final String LEFT_OUT = "…\n";

    static HookOutput none() {
        return new HookOutput(Tail.empty(), Tail.empty(), 0);
    }

    /** For logs and notices: without trailing white space, redacted, then cut to the last 50 lines and 2,000 characters. */
    public String stdout(UnaryOperator<String> redaction) {
        return excerpt(stdout, redaction);
    }

    /** As {@link #stdout(UnaryOperator)}. */
    public String stderr(UnaryOperator<String> redaction) {
        return excerpt(stderr, redaction);
    }

    private static String excerpt(Tail tail, UnaryOperator<String> redaction) {
        String whole = redaction.apply(tail.text().stripTrailing());
        int start = Math.max(Math.max(startOfLastLines(whole), whole.length() - MOST_CHARACTERS), 0);
        if (start > 0 && start < whole.length() && Character.isLowSurrogate(whole.charAt(start))) {
            start++;
        }
        boolean isCut = start > 0 || tail.isCut();
        return isCut ? LEFT_OUT + whole.substring(start) : whole;
    }

    private static int startOfLastLines(String text) {
        int at = text.length();
        for (int lines = 0; lines < MOST_LINES && at >= 0; lines++) {
            at = text.lastIndexOf('\n', at - 1);
        }
        return at + 1;
    }
}
