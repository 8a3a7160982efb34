package dev.dewpoint.proxy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** All addresses that begin with the same bits, such as {@code 10.0.0.0/8} or {@code fd00::/8}. */
public record Cidr(InetAddress network, int bits) {
    private static final Pattern FORM = Pattern.compile("([0-9A-Fa-f:.]+)(?:/(\\d{1,3}))?");
    private static final Pattern DOTTED = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final int V4 = 4;
    private static final int V6 = 16;
    private static final int MAPPED_BITS = 96;

    /** @throws IllegalArgumentException saying what is wrong with it */
    public static Cidr parse(String text) {
        Matcher match = FORM.matcher(text);
        if (!match.matches() || !match.group(1).contains(":") && !DOTTED.matcher(match.group(1)).matches()) {
            throw new IllegalArgumentException("it is no address and no range of addresses; write 10.0.0.0/8, 192.168.1.7 or fd00::/8");
        }
        byte[] address = InetAddress.ofLiteral(match.group(1)).getAddress();
        boolean mapped = address.length == V4 && match.group(1).contains(":");
        int most = 8 * address.length;
        int bits = match.group(2) == null ? most : Integer.parseInt(match.group(2)) - (mapped ? MAPPED_BITS : 0);
        if (bits < 0 || bits > most) {
            throw new IllegalArgumentException("the number behind the slash must be between " + (mapped ? MAPPED_BITS : 0) + " and " + (mapped ? most + MAPPED_BITS : most));
        }
        byte[] network = cut(address, bits);
        if (!Arrays.equals(network, address)) {
            throw new IllegalArgumentException("it has bits set behind the first " + bits + "; write " + of(network).getHostAddress() + "/" + bits + ", or " + of(address).getHostAddress() + " for the one address");
        }
        return new Cidr(of(network), bits);
    }

    /** An IPv4 address in the clothes of IPv6 ({@code ::ffff:10.0.0.1}) is the IPv4 address. */
    public boolean contains(InetAddress address) {
        byte[] ours = network.getAddress();
        byte[] theirs = plain(address.getAddress());
        return ours.length == theirs.length && Arrays.equals(ours, cut(theirs, bits));
    }

    private static byte[] cut(byte[] address, int bits) {
        byte[] cut = address.clone();
        for (int bit = bits; bit < 8 * cut.length; bit++) {
            cut[bit >> 3] &= (byte) ~(0x80 >> (bit & 7));
        }
        return cut;
    }

    private static byte[] plain(byte[] address) {
        if (address.length != V6 || address[10] != -1 || address[11] != -1) {
            return address;
        }
        for (int i = 0; i < 10; i++) {
            if (address[i] != 0) {
                return address;
            }
        }
        return Arrays.copyOfRange(address, V6 - V4, V6);
    }

    private static InetAddress of(byte[] address) {
        try {
            return InetAddress.getByAddress(address);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("it is no address", e);
        }
    }

    @Override
    public String toString() {
        return network.getHostAddress() + "/" + bits;
    }
}
