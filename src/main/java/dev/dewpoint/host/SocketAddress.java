package dev.dewpoint.host;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** {@code sockaddr_in} and {@code sockaddr_in6}. */
final class SocketAddress {
    static final short AF_INET = 2;
    static final short AF_INET6 = 10;
    /** Room for either. */
    static final int LONGEST = 28;

    private static final ValueLayout.OfShort NETWORK_SHORT = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);
    private static final int PORT = 2;
    private static final int IPV4 = 4;
    private static final int IPV4_BYTES = 16;
    private static final int IPV6 = 8;
    private static final int IPV6_SCOPE = 24;

    private SocketAddress() {}

    static short family(InetAddress address) {
        return address instanceof Inet4Address ? AF_INET : AF_INET6;
    }

    static MemorySegment of(Arena arena, InetAddress address, int port) {
        MemorySegment bytes = arena.allocate(address instanceof Inet4Address ? IPV4_BYTES : LONGEST, 4);
        bytes.set(JAVA_SHORT, 0, family(address));
        bytes.set(NETWORK_SHORT, PORT, (short) port);
        byte[] number = address.getAddress();
        MemorySegment.copy(number, 0, bytes, JAVA_BYTE, address instanceof Inet4Address ? IPV4 : IPV6, number.length);
        if (address instanceof Inet6Address inet6) {
            bytes.set(JAVA_INT, IPV6_SCOPE, inet6.getScopeId());
        }
        return bytes;
    }

    /** As it stands before a port: {@code 10.0.0.1}, {@code [::1]}. */
    static String text(InetAddress address) {
        if (address instanceof Inet4Address) {
            return address.getHostAddress();
        }
        String zone = ((Inet6Address) address).getScopeId() == 0 ? "" : "%" + ((Inet6Address) address).getScopeId();
        return "[" + shortened(address.getAddress()) + zone + "]";
    }

    /** By RFC 5952: the longest run of zero groups, two at least and the first of equals, becomes {@code ::}. */
    private static String shortened(byte[] bytes) {
        List<String> groups = new ArrayList<>();
        for (int i = 0; i < bytes.length; i += 2) {
            groups.add(Integer.toHexString((bytes[i] & 0xff) << 8 | bytes[i + 1] & 0xff));
        }
        for (int length = groups.size(); length > 1; length--) {
            int at = Collections.indexOfSubList(groups, Collections.nCopies(length, "0"));
            if (at >= 0) {
                return String.join(":", groups.subList(0, at)) + "::" + String.join(":", groups.subList(at + length, groups.size()));
            }
        }
        return String.join(":", groups);
    }

    static boolean isInternet(MemorySegment bytes) {
        short family = bytes.get(JAVA_SHORT, 0);
        return family == AF_INET || family == AF_INET6;
    }

    static InetSocketAddress read(MemorySegment bytes) throws IOException {
        boolean isIpv4 = bytes.get(JAVA_SHORT, 0) == AF_INET;
        byte[] number = bytes.asSlice(isIpv4 ? IPV4 : IPV6, isIpv4 ? 4 : 16).toArray(JAVA_BYTE);
        int scope = isIpv4 ? 0 : bytes.get(JAVA_INT, IPV6_SCOPE);
        InetAddress address = scope == 0 ? InetAddress.getByAddress(number) : Inet6Address.getByAddress(null, number, scope);
        return new InetSocketAddress(address, Short.toUnsignedInt(bytes.get(NETWORK_SHORT, PORT)));
    }
}
