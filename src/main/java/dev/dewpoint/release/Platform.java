package dev.dewpoint.release;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Where a release is to run, in Go's words: {@code linux}, {@code darwin}, {@code windows}; {@code amd64}, {@code arm64}, {@code arm}, {@code 386}. */
public record Platform(String os, String arch) {
    public static Platform of(String osName, String osArch) {
        String system = osName.toLowerCase(Locale.ROOT);
        String first = system.split("[^a-z]", 2)[0];
        String arch = osArch.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
        return new Platform(PlatformWords.system(first).orElse(system), PlatformWords.architecture(arch).orElse(arch));
    }

    /**
     * The artifact for this platform: an archive, else a program, else what names no platform at all. Of several the
     * one whose name is closest to the repository's, then the one that is listed first.
     */
    public Pick pick(List<String> names, String repository) {
        List<AssetName> artifacts = names.stream().distinct().map(name -> AssetName.of(name, repository)).filter(AssetName::isArtifact).toList();
        List<Predicate<AssetName>> tiers = List.of(
                asset -> asset.kind() == AssetName.Kind.ARCHIVE && fits(asset),
                asset -> asset.kind() != AssetName.Kind.ARCHIVE && fits(asset),
                independent(artifacts));
        for (Predicate<AssetName> tier : tiers) {
            List<AssetName> fitting = artifacts.stream().filter(tier).toList();
            if (!fitting.isEmpty()) {
                return closest(fitting, closest());
            }
        }
        return new Pick.None();
    }

    boolean fits(AssetName asset) {
        return asset.systems().contains(os) && (asset.architectures().contains(arch) || asset.architectures().contains(PlatformWords.EVERY_ARCH));
    }

    /** Fewest words beside the repository's; a name for this platform alone is closer than one for several. */
    Comparator<AssetName> closest() {
        return Comparator.<AssetName>comparingInt(asset -> asset.extra() + surplus(asset)).thenComparingInt(AssetName::missing);
    }

    static Pick closest(List<AssetName> fitting, Comparator<AssetName> order) {
        AssetName best = fitting.stream().min(order).orElseThrow();
        return new Pick.One(best.name(), fitting.stream().filter(asset -> asset != best).map(AssetName::name).toList());
    }

    /**
     * Where a release has files for platforms, one without a platform is most likely documentation or the like; it
     * counts only if it is called as they are.
     */
    private static Predicate<AssetName> independent(List<AssetName> artifacts) {
        Set<String> products = artifacts.stream().filter(AssetName::namesAPlatform).map(AssetName::product).collect(Collectors.toSet());
        return asset -> asset.kind() != AssetName.Kind.PROGRAM && !asset.namesAPlatform()
                && (products.isEmpty() || products.contains(asset.product()) || asset.extra() + asset.missing() == 0);
    }

    private int surplus(AssetName asset) {
        Set<String> others = new HashSet<>(asset.systems());
        others.addAll(asset.architectures());
        others.removeAll(Set.of(os, arch));
        return others.size();
    }
}
