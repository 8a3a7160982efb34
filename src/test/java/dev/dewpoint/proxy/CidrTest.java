package dev.dewpoint.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dewpoint.testing.Seeds;
import java.math.BigInteger;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;

class CidrTest {
    @Test
    void aRangeHoldsItsFirstAndItsLastAddressAndNoOther() {
        assertHolds("10.0.0.0/8", List.of("10.0.0.0", "10.255.255.255"), List.of("9.255.255.255", "11.0.0.0", "::a00:1"));
        assertHolds("192.168.4.0/22", List.of("192.168.4.0", "192.168.7.255"), List.of("192.168.3.255", "192.168.8.0"));
        assertHolds("192.168.1.7", List.of("192.168.1.7"), List.of("192.168.1.6", "192.168.1.8"));
        assertHolds("0.0.0.0/0", List.of("0.0.0.0", "255.255.255.255"), List.of("::", "::1"));
        assertHolds("fd00::/8", List.of("fd00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), List.of("fc00::", "fe00::", "10.0.0.1"));
        assertHolds("2001:db8::/33", List.of("2001:db8::1", "2001:db8:7fff::"), List.of("2001:db8:8000::"));
        assertHolds("::1", List.of("::1"), List.of("::", "::2", "127.0.0.1"));
        assertHolds("::/0", List.of("::", "ffff::"), List.of("10.0.0.1"));
    }

    @Test
    void aMappedAddressIsTheIpv4Address() throws UnknownHostException {
        byte[] mapped = new byte[16];
        mapped[10] = -1;
        mapped[11] = -1;
        mapped[12] = 10;
        mapped[15] = 1;
        InetAddress kept = Inet6Address.getByAddress(null, mapped, 0);
        assertThat(kept).as("a mapped address that stays one").isInstanceOf(Inet6Address.class);
        assertThat(Cidr.parse("10.0.0.0/8").contains(kept)).isTrue();
        assertThat(Cidr.parse("11.0.0.0/8").contains(kept)).isFalse();
        assertThat(Cidr.parse("::/0").contains(kept)).isFalse();
        assertThat(Cidr.parse("10.0.0.0/8").contains(InetAddress.ofLiteral("::ffff:10.1.2.3"))).isTrue();
        assertThat(Cidr.parse("::ffff:10.0.0.0/104")).isEqualTo(Cidr.parse("10.0.0.0/8"));
        assertThat(Cidr.parse("::ffff:10.0.0.1")).isEqualTo(Cidr.parse("10.0.0.1"));
    }

    @Test
    void itHoldsWhatArithmeticSays() {
        Seeds.each(2000, random -> {
            int length = random.nextBoolean() ? 4 : 16;
            int bits = random.nextInt(8 * length + 1);
            byte[] one = new byte[length];
            random.nextBytes(one);
            byte[] other = one.clone();
            other[random.nextInt(length)] ^= (byte) (1 << random.nextInt(8));
            int free = 8 * length - bits;
            BigInteger first = new BigInteger(1, one).shiftRight(free).shiftLeft(free);
            Cidr cidr = Cidr.parse(address(bytes(first, length)).getHostAddress() + "/" + bits);
            assertThat(cidr.contains(address(one))).as("%s holds %s", cidr, address(one)).isTrue();
            assertThat(cidr.contains(address(other))).as("%s holds %s", cidr, address(other)).isEqualTo(new BigInteger(1, other).shiftRight(free).equals(first.shiftRight(free)));
        });
    }

    @Test
    void whatIsNoRangeSaysWhatToWrite() {
        for (String wrong : List.of("", "foo", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "10.0.0.0/-1", "::/129", "fe80::1%eth0", "10.0.0.1/8", "256.0.0.0/8", "10.0.0.0/8/8", "::ffff:10.0.0.0/90")) {
            assertThatThrownBy(() -> Cidr.parse(wrong)).as(wrong).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> Cidr.parse("10.0.0.1/8")).hasMessageContaining("write 10.0.0.0/8");
    }

    private static void assertHolds(String range, List<String> inside, List<String> outside) {
        Cidr cidr = Cidr.parse(range);
        inside.forEach(address -> assertThat(cidr.contains(InetAddress.ofLiteral(address))).as("%s holds %s", cidr, address).isTrue());
        outside.forEach(address -> assertThat(cidr.contains(InetAddress.ofLiteral(address))).as("%s holds %s", cidr, address).isFalse());
    }

    private static byte[] bytes(BigInteger number, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[length - 1 - i] = number.shiftRight(8 * i).byteValue();
        }
        return bytes;
    }

    private static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
