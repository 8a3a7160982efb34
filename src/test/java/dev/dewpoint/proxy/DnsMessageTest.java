package dev.dewpoint.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dewpoint.testing.FakeNames;
import dev.dewpoint.testing.Seeds;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bytes from outside: whatever they are, reading them ends, and with a word. */
@Timeout(30)
class DnsMessageTest {
    private static final int ID = 0x1234;
    private static final String HEADER = "1234 8180 0001 0001 0000 0000";
    private static final String QUESTION = "01 61 00 0001 0001";

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {
        "an owner that points to itself | c013 0001 0001 00000001 0004 0a000001 | a name in it leads in a circle",
        "an owner that points forward | c020 0001 0001 00000001 0004 0a000001 | a name in it leads in a circle",
        "labels that lead back to their own pointer | 0161 c013 0001 0001 00000001 0004 0a000001 | a name in it leads in a circle",
        "an unknown kind of label | 8061 0001 0001 00000001 0004 0a000001 | a name in it is too long",
        "an owner that never ends | 0161 0161 | it ends too early",
        "half a pointer | c0 | it ends too early",
        "no record at all | '' | it ends too early",
        "a record that claims more than there is | c00c 0001 0001 00000001 ffff 0a000001 | it ends too early",
        "an address of three bytes | c00c 0001 0001 00000001 0003 0a0000 | an address in it is damaged",
        "an alias that is longer than its record | c00c 0005 0001 00000001 0002 0162 00 | an alias in it is damaged",
    })
    void damageIsSeen(String what, String record, String why) {
        assertThat(DnsMessage.read(bytes(HEADER + QUESTION + record), ID, "a", DnsMessage.Type.A)).as(what).isEqualTo(new DnsMessage.Answer.Foreign(why));
    }

    @Test
    void theSameBytesUndamagedAreRead() {
        assertThat(DnsMessage.read(bytes(HEADER + QUESTION + "c00c 0001 0001 00000001 0004 0a000001"), ID, "A.", DnsMessage.Type.A))
                .isInstanceOfSatisfying(DnsMessage.Answer.Addresses.class, found -> assertThat(found.addresses()).extracting(Object::toString).containsExactly("/10.0.0.1"));
    }

    @Test
    void recordsOfOtherKindsArePassedOver() {
        String two = HEADER.replace("0001 0001 0000", "0001 0002 0000");
        assertThat(DnsMessage.read(bytes(two + QUESTION + "c00c 0010 0001 00000001 0003 026869" + "c00c 0001 0001 00000001 0004 0a000001"), ID, "a", DnsMessage.Type.A))
                .isInstanceOfSatisfying(DnsMessage.Answer.Addresses.class, found -> assertThat(found.addresses()).hasSize(1));
    }

    @Test
    void mutatedAndCutAnswersNeverHangOrThrow() {
        FakeNames.Question question = new FakeNames.Question(ID, "www.example.com", FakeNames.A, false, 0, new byte[0]);
        Map<String, List<FakeNames.Record>> records = new LinkedHashMap<>();
        records.put("www.example.com", List.of(new FakeNames.Record(FakeNames.CNAME, "b.example", 30)));
        records.put("b.example", List.of(new FakeNames.Record(FakeNames.A, "10.0.0.1", 60), new FakeNames.Record(FakeNames.A, "10.0.0.2", 60)));
        byte[] good = FakeNames.answer(question, 0, records);
        assertThat(DnsMessage.read(ByteBuffer.wrap(good), ID, question.name(), DnsMessage.Type.A)).isInstanceOf(DnsMessage.Answer.Addresses.class);
        Seeds.each(200, random -> {
            for (int i = 0; i < 200; i++) {
                byte[] bad = Arrays.copyOf(good, random.nextInt(3) == 0 ? random.nextInt(good.length) : good.length);
                for (int flips = random.nextInt(8); flips > 0 && bad.length > 12; flips--) {
                    bad[4 + random.nextInt(bad.length - 4)] = (byte) (random.nextInt(3) == 0 ? 0xc0 : random.nextInt(256));
                }
                assertThat(DnsMessage.read(ByteBuffer.wrap(bad), ID, question.name(), DnsMessage.Type.A)).isNotNull();
            }
        });
    }

    private static ByteBuffer bytes(String hex) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", "")));
    }
}
