package dev.dewpoint.proxy.http2;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Who is told what a message in HTTP/1.1 consists of. */
interface Told {
    /** The first line and the fields, without the empty line. Answers how its body is framed. */
    Unframing.Body head(String head) throws IOException;

    /** Takes at most so many, as long as it can. {@code last}: with these the message is whole. */
    int data(ByteBuffer from, long most, boolean last) throws IOException;

    /** Lines of fields, or nothing. The message is whole. */
    void end(String trailers) throws IOException;
}
