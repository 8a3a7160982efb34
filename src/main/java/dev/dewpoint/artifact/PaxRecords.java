package dev.dewpoint.artifact;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What we take from an extended header ({@code LENGTH KEY=VALUE\n}); null where it says nothing. */
record PaxRecords(byte[] path, byte[] link, Long size, Long modifiedSeconds) {
    static final PaxRecords NONE = new PaxRecords(null, null, null, null);

    private static final int LONGEST_NUMBER = 30;

    static PaxRecords parse(byte[] all) throws Rejected {
        PaxRecords records = NONE;
        for (int at = 0; at < all.length;) {
            int blank = at;
            int length = 0;
            while (blank < all.length && blank < at + 8 && all[blank] >= '0' && all[blank] <= '9') {
                length = length * 10 + all[blank++] - '0';
            }
            int end = at + length;
            if (blank == at || blank >= all.length || all[blank] != ' ' || end > all.length || end < blank + 3 || all[end - 1] != '\n') {
                throw bad("a record of it has a wrong length");
            }
            int equals = blank + 1;
            while (equals < end && all[equals] != '=') {
                equals++;
            }
            if (equals == end) {
                throw bad("a record of it has no value");
            }
            String key = new String(all, blank + 1, equals - blank - 1, StandardCharsets.UTF_8);
            records = records.with(key, Arrays.copyOfRange(all, equals + 1, end - 1));
            at = end;
        }
        return records;
    }

    private PaxRecords with(String key, byte[] value) throws Rejected {
        if (key.startsWith("GNU.sparse.")) {
            throw new Rejected(Rejection.SPARSE, "sparse files aren't supported; pack without --sparse (bsdtar: --no-read-sparse)");
        }
        return switch (key) {
            case "path" -> new PaxRecords(once(path, value), link, size, modifiedSeconds);
            case "linkpath" -> new PaxRecords(path, once(link, value), size, modifiedSeconds);
            case "size" -> new PaxRecords(path, link, once(size, number(value)), modifiedSeconds);
            case "mtime" -> new PaxRecords(path, link, size, once(modifiedSeconds, number(value)));
            default -> this;
        };
    }

    private static <T> T once(T before, T now) throws Rejected {
        if (before != null) {
            throw bad("the same record is there twice");
        }
        return now;
    }

    /** Whole seconds of a decimal number. Its length is limited before anything is computed of it. */
    private static long number(byte[] value) throws Rejected {
        String text = new String(value, StandardCharsets.ISO_8859_1);
        if (text.length() > LONGEST_NUMBER || !text.matches("-?[0-9]{1,18}(\\.[0-9]*)?")) {
            throw bad("not a number: " + Names.shown(text));
        }
        int point = text.indexOf('.');
        return Long.parseLong(point < 0 ? text : text.substring(0, point));
    }

    private static Rejected bad(String detail) {
        return new Rejected(Rejection.BAD_HEADER, "in an extended tar header: " + detail);
    }
}
