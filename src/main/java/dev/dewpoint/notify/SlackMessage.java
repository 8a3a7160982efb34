package dev.dewpoint.notify;

import com.slack.api.model.Attachment;
import com.slack.api.model.block.ContextBlock;
import com.slack.api.model.block.HeaderBlock;
import com.slack.api.model.block.LayoutBlock;
import com.slack.api.model.block.SectionBlock;
import com.slack.api.model.block.composition.MarkdownTextObject;
import com.slack.api.model.block.composition.PlainTextObject;
import com.slack.api.model.block.composition.TextObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A notice in Block Kit: a header, and below it in the outcome's colour the facts, the outputs and a footer. Whatever
 * comes from outside is escaped, so that it mentions nobody and links nowhere.
 */
final class SlackMessage {
    private static final int LONGEST_HEADER = 150;
    private static final int LONGEST_SECTION = 2900;
    private static final int LONGEST_FIELD = 1900;
    private static final String FENCE = "```";

    private final Notice notice;
    private final Optional<String> title;
    private final Optional<URI> link;

    /** {@code title}, {@code link}: of the footer. */
    SlackMessage(Notice notice, Optional<String> title, Optional<URI> link) {
        this.notice = notice;
        this.title = title;
        this.link = link;
    }

    /** What a phone shows, and what can't show blocks. */
    String fallback() {
        return escapedHead(symbol() + " " + notice.headline(), LONGEST_SECTION);
    }

    List<LayoutBlock> header() {
        return List.of(HeaderBlock.builder().text(PlainTextObject.builder().text(escapedHead(symbol() + " " + notice.title(), LONGEST_HEADER)).emoji(true).build()).build());
    }

    List<Attachment> attachments() {
        List<LayoutBlock> blocks = new ArrayList<>();
        blocks.add(SectionBlock.builder().fields(fields()).build());
        if (!notice.lines().isEmpty()) {
            blocks.add(section(escapedHead(String.join("\n", notice.lines()), LONGEST_SECTION)));
        }
        for (Notice.Output output : notice.outputs()) {
            String text = escapedTail(output.text().replace(FENCE, "`\u200b`\u200b`"), LONGEST_SECTION - 100);
            blocks.add(section("*" + output.name() + "*\n" + FENCE + "\n" + text + "\n" + FENCE));
        }
        blocks.add(ContextBlock.builder().elements(List.of(marked(footer()), marked(Wording.at(notice.at())))).build());
        return List.of(Attachment.builder().color(colour()).fallback(fallback()).blocks(blocks).build());
    }

    String icon() {
        return switch (notice.tone()) {
            case GOOD -> ":white_check_mark:";
            case BAD -> ":x:";
            case WARNING -> ":warning:";
            case NEUTRAL -> ":package:";
        };
    }

    private String symbol() {
        return switch (notice.tone()) {
            case GOOD -> "✅";
            case BAD -> "❌";
            case WARNING -> "⚠️";
            case NEUTRAL -> "📦";
        };
    }

    private String colour() {
        return switch (notice.tone()) {
            case GOOD -> "#36a64f";
            case BAD -> "#dd0000";
            case WARNING -> "#daa038";
            case NEUTRAL -> "#439fe0";
        };
    }

    private List<TextObject> fields() {
        List<TextObject> fields = new ArrayList<>();
        fields.add(field("App", escapedHead(notice.app(), LONGEST_FIELD)));
        fields.add(field("Host", escapedHead(notice.host(), LONGEST_FIELD)));
        notice.versions().ifPresent(versions -> fields.add(field("Version", escapedHead(versions, LONGEST_FIELD))));
        notice.took().ifPresent(took -> fields.add(field("Duration", Wording.words(took))));
        notice.link().ifPresent(page -> fields.add(field("Release", link(page, notice.to().orElse("page")))));
        return fields;
    }

    /** {@code title/host}, the title linked if there is a link. */
    private String footer() {
        String host = escapedHead(notice.host(), LONGEST_FIELD / 2);
        return title.map(text -> link.map(url -> link(url, text)).orElseGet(() -> escapedHead(text, LONGEST_FIELD / 2)) + "/" + host).orElse(host);
    }

    private static String link(URI url, String text) {
        return "<" + url.toASCIIString().replace("&", "&amp;").replace("|", "%7C").replace("<", "%3C").replace(">", "%3E") + "|" + escapedHead(text.replace('|', '/'), LONGEST_FIELD / 2) + ">";
    }

    private static TextObject field(String name, String escaped) {
        return marked("*" + name + "*\n" + escaped);
    }

    private static LayoutBlock section(String escaped) {
        return SectionBlock.builder().text(marked(escaped)).build();
    }

    /** Verbatim: nothing in it becomes a link or a mention by itself. */
    private static MarkdownTextObject marked(String escaped) {
        return MarkdownTextObject.builder().text(escaped).verbatim(true).build();
    }

    static String escapedHead(String text, int most) {
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < text.length(); i = text.offsetByCodePoints(i, 1)) {
            String next = escaped(text.codePointAt(i));
            if (escaped.length() + next.length() > most - 1) {
                return escaped.append('…').toString();
            }
            escaped.append(next);
        }
        return escaped.toString();
    }

    static String escapedTail(String text, int most) {
        int length = 0;
        int start = text.length();
        while (start > 0) {
            int before = text.offsetByCodePoints(start, -1);
            length += escaped(text.codePointAt(before)).length();
            if (length > most - 2) {
                return "…" + escapedHead(text.substring(start), Integer.MAX_VALUE);
            }
            start = before;
        }
        return escapedHead(text, Integer.MAX_VALUE);
    }

    private static String escaped(int codePoint) {
        return codePoint == '&' ? "&amp;" : codePoint == '<' ? "&lt;" : codePoint == '>' ? "&gt;" : Character.toString(codePoint);
    }
}
