package dev.dewpoint.registry;

import dev.dewpoint.failure.Failure;
import dev.dewpoint.http.Origin;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;

/**
 * Where a login may be shown because a registry says so: at the registry's own domain, or at a host that the operator has
 * allowed. Which address that name has doesn't matter; on-prem it is a private one.
 */
final class OciRealm {
    private OciRealm() {}

    static URI checked(String tried, OciRepository repository, String text) {
        Origin registry = repository.origin();
        URI realm;
        Origin place;
        try {
            realm = URI.create(text);
            place = Origin.of(realm);
        } catch (IllegalArgumentException e) {
            throw new Failure(Failure.Kind.DENIED, tried, registry + " sends us for a token to something that is no http or https URL");
        }
        refusal(repository, registry, realm, place).ifPresent(why -> {
            throw new Failure(Failure.Kind.DENIED, tried, registry + " sends us for a token to " + place + ", " + why);
        });
        return realm;
    }

    private static Optional<String> refusal(OciRepository repository, Origin registry, URI realm, Origin place) {
        boolean allowed = isAllowed(repository, place);
        boolean bothHere = registry.isLoopback() && place.isLoopback();
        if (realm.getRawUserInfo() != null || realm.getRawFragment() != null) {
            return Optional.of("a URL with a user name or a fragment in it");
        }
        if (!allowed && !bothHere && !registry.isOfSameDomain(place)) {
            return Optional.of("which is another domain than its own; if that is right, allow it by ?auth-realm=" + place.host() + " in --registry");
        }
        boolean plain = place.scheme().equals("http");
        boolean plainIsFine = bothHere || repository.plain() && (allowed || place.host().equals(registry.host()));
        return plain && !plainIsFine ? Optional.of("without TLS; a login is never sent in the clear") : Optional.empty();
    }

    private static boolean isAllowed(OciRepository repository, Origin place) {
        return repository.realms().stream().map(host -> host.toLowerCase(Locale.ROOT)).anyMatch(host -> host.equals(place.host()) || host.equals(place.host() + ":" + place.port()));
    }
}
