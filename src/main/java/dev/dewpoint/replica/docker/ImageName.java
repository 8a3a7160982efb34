package dev.dewpoint.replica.docker;

import dev.dewpoint.release.Digest;
import java.util.Optional;

/**
 * An image by its digest: of a repository's manifest, or, without a repository, the id of one that was built here.
 *
 * @param repository with its host, as it would be pulled
 */
public record ImageName(Optional<String> repository, Digest digest) {
    public static ImageName of(String repository, Digest digest) {
        return new ImageName(Optional.of(repository), digest);
    }

    public static ImageName local(Digest id) {
        return new ImageName(Optional.empty(), id);
    }

    @Override
    public String toString() {
        return repository.map(name -> name + "@").orElse("") + digest;
    }

    /** Docker's hub has three spellings of one repository. */
    static String familiar(String repository) {
        String rest = repository.replaceFirst("^(index\\.)?docker\\.io/", "").replaceFirst("^localhost/", "");
        return rest.replaceFirst("^library/", "");
    }
}
