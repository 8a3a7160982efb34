package dev.dewpoint.host.pem;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/** The blocks of a PEM file. What stands between them, such as a certificate in words, is passed over. */
public final class Pem {
    private static final int LARGEST_FILE = 1024 * 1024;
    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----\\s*(.*?)-----END \\1-----", Pattern.DOTALL);

    /** @param text base64, behind headers if it has any */
    public record Block(String kind, String text) {
        public boolean isEncrypted() {
            return kind.equals("ENCRYPTED PRIVATE KEY") || text.contains("ENCRYPTED");
        }

        public byte[] bytes() throws Unusable {
            try {
                return Base64.getDecoder().decode(text.replaceAll("\\s", ""));
            } catch (IllegalArgumentException e) {
                // the cause would show characters of a key
                throw new Unusable("the text between BEGIN " + kind + " and its END is not base64; copy the whole file again");
            }
        }
    }

    private Pem() {}

    public static List<Block> read(Path file) throws Unusable {
        return BLOCK.matcher(text(file)).results().map(found -> new Block(found.group(1), found.group(2))).toList();
    }

    private static String text(Path file) throws Unusable {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(LARGEST_FILE + 1);
            if (bytes.length > LARGEST_FILE) {
                throw new Unusable("it is larger than 1 MiB, which no certificate or key is");
            }
            return new String(bytes, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw new Unusable("there is no such file");
        } catch (AccessDeniedException e) {
            throw new Unusable("this user may not read it; give its group the right to");
        } catch (IOException e) {
            throw new Unusable("it can't be read: " + e.getMessage());
        }
    }
}
