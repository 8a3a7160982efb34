package dev.dewpoint.http;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;
import okhttp3.HttpUrl;

/** Scheme, host and port: what a credential is bound to. */
public record Origin(String scheme, String host, int port) {

    public static Origin of(URI uri) {
        HttpUrl url = HttpUrl.get(uri);
        if (url == null) {
            throw new IllegalArgumentException("not an http or https URL: " + uri);
        }
        return of(url);
    }

    static Origin of(HttpUrl url) {
        return new Origin(url.scheme(), url.host(), url.port());
    }

    /** By its spelling alone: what a name resolves to is checked when it is connected to. */
    public boolean isLoopback() {
        String name = host.toLowerCase(Locale.ROOT);
        return name.equals("localhost") || name.endsWith(".localhost") || isLiteral(name) && isLoopbackLiteral(name);
    }

    /** Whether both belong to whoever registered the domain; whether it is the same address, for addresses. Ports don't matter. */
    public boolean isOfSameDomain(Origin other) {
        return host.equals(other.host) || domain().isPresent() && domain().equals(other.domain());
    }

    private Optional<String> domain() {
        return Optional.ofNullable(new HttpUrl.Builder().scheme(scheme).host(host).build().topPrivateDomain());
    }

    static boolean isLiteral(String host) {
        return host.indexOf(':') >= 0 || !host.isEmpty() && host.chars().allMatch(c -> c == '.' || c >= '0' && c <= '9');
    }

    private static boolean isLoopbackLiteral(String literal) {
        try {
            return InetAddress.getByName(literal).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    @Override
    public String toString() {
        return scheme + "://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
