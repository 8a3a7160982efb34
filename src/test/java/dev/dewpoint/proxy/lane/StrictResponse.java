package dev.dewpoint.proxy.lane;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the response to a GET to the letter, apart from the code that it judges. What follows a whole one doesn't matter. */
final class StrictResponse {
    enum Outcome {
        SOUND,
        /** If that is where the connection ended. */
        SOUND_TO_THE_END,
        CUT_OFF,
        BROKEN;

        boolean sound() {
            return this == SOUND || this == SOUND_TO_THE_END;
        }
    }

    private static final String TEXT = "[\\t\\x20-\\x7e\\x80-\\xff]";
    private static final Pattern LINE = Pattern.compile("HTTP/1\\.([01]) ([1-9]\\d\\d)(?: " + TEXT + "*)?");
    private static final Pattern FIELD = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \\t]*((?:" + TEXT + "*[\\x21-\\x7e\\x80-\\xff])?)[ \\t]*");

    /** Stands for a reset. */
    static final String BREAK = "(broken off)";

    private StrictResponse() {}

    static Outcome read(String bytes) {
        return read(bytes, Fields.MOST);
    }

    static Outcome read(String bytes, int mostFields) {
        if (bytes.endsWith(BREAK)) {
            return Outcome.CUT_OFF;
        }
        int end = bytes.indexOf("\r\n\r\n");
        if (end < 0) {
            return Outcome.CUT_OFF;
        }
        String[] lines = bytes.substring(0, end).split("\r\n", -1);
        Matcher line = LINE.matcher(lines[0]);
        if (!line.matches() || lines.length - 1 > mostFields) {
            return Outcome.BROKEN;
        }
        List<String> lengths = new ArrayList<>();
        List<String> codings = new ArrayList<>();
        for (int i = 1; i < lines.length; i++) {
            Matcher field = FIELD.matcher(lines[i]);
            if (!field.matches()) {
                return Outcome.BROKEN;
            }
            switch (field.group(1).toLowerCase(Locale.ROOT)) {
                case "content-length" -> lengths.add(field.group(2));
                case "transfer-encoding" -> codings.add(field.group(2));
                default -> { }
            }
        }
        boolean old = line.group(1).equals("0");
        if (lengths.size() > 1 || codings.size() > 1 || !lengths.isEmpty() && !codings.isEmpty() || old && !codings.isEmpty() || !lengths.isEmpty() && !lengths.getFirst().matches("[0-9]{1,18}")
                || !codings.isEmpty() && !codings.getFirst().equalsIgnoreCase("chunked")) {
            return Outcome.BROKEN;
        }
        return body(bytes.substring(end + 4), Integer.parseInt(line.group(2)), lengths, codings);
    }

    private static Outcome body(String rest, int status, List<String> lengths, List<String> codings) {
        if (status == 101) {
            return Outcome.BROKEN;
        }
        if (status < 200) {
            return read(rest);
        }
        if (status == 204 || status == 304) {
            return Outcome.SOUND;
        }
        if (codings.isEmpty()) {
            return lengths.isEmpty() ? Outcome.SOUND_TO_THE_END : rest.length() < Long.parseLong(lengths.getFirst()) ? Outcome.CUT_OFF : Outcome.SOUND;
        }
        return switch (new StrictReader(Fields.MOST).next("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + rest, 0)) {
            case StrictReader.Read.Whole _ -> Outcome.SOUND;
            case StrictReader.Read.Half _ -> Outcome.CUT_OFF;
            case StrictReader.Read.Broken _ -> Outcome.BROKEN;
        };
    }
}
