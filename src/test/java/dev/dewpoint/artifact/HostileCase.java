package dev.dewpoint.artifact;

import java.io.IOException;
import java.nio.file.Path;

/**
 * One line of the corpus table: an archive ({@link ArchiveCase}), or a body without end, which the download cuts off
 * before there is an archive ({@link EndlessBodyCase}).
 */
interface HostileCase {
    /** {@code A01} to {@code C06}. */
    String id();

    String format();

    /** {@code accepted} or a code. */
    String expected();

    /** All that a case may leave in the room; it is removed after each. */
    String TARGET = "target";

    /** What came of it, in the same words. The room is a directory that all cases share; whatever else is wrong is an AssertionError. */
    String got(Path room) throws IOException;
}
