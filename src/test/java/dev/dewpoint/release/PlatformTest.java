package dev.dewpoint.release;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dewpoint.testing.Seeds;
import dev.dewpoint.testing.Vectors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlatformTest {
    private static final Vectors VECTORS = Vectors.of("artifact_platform.json");
    private static final Platform LINUX = new Platform("linux", "amd64");
    private static final Platform MAC = new Platform("darwin", "arm64");

    static Stream<JsonNode> matches() {
        return VECTORS.block("matches_platform");
    }

    static Stream<JsonNode> picks() {
        return VECTORS.block("pick");
    }

    static Stream<JsonNode> archives() {
        return VECTORS.block("is_archive");
    }

    static Stream<JsonNode> hazards() {
        return VECTORS.block("derived_hazards");
    }

    @ParameterizedTest
    @MethodSource("matches")
    void anArchiveFitsAsTheVectorsSay(JsonNode vector) {
        String name = vector.get("name").asText();
        boolean fits = Vectors.texts(vector.get("os")).stream().flatMap(os -> Vectors.texts(vector.get("arch")).stream().map(arch -> Platform.of(os, arch)))
                .anyMatch(platform -> picked(platform, "", name).isPresent());
        assertThat(fits).isEqualTo(vector.get("ok").asBoolean());
    }

    @ParameterizedTest
    @MethodSource("picks")
    void picksAsTheVectorsSay(JsonNode vector) {
        assertThat(pick(vector)).isEqualTo(Vectors.text(vector.get("picked")).<Pick>map(name -> new Pick.One(name, List.of())).orElse(new Pick.None()));
    }

    @ParameterizedTest
    @MethodSource("archives")
    void endingsTellArchives(JsonNode vector) {
        boolean archive = AssetName.of(vector.get("name").asText(), "app").kind() == AssetName.Kind.ARCHIVE;
        assertThat(archive).isEqualTo(vector.get("ok").asBoolean());
    }

    @ParameterizedTest
    @MethodSource("hazards")
    void hazardsArePickedRight(JsonNode vector) {
        Pick pick = pick(vector);
        if (vector.get("should_pick").isNull()) {
            // ambiguous: the first of the closest, and the others are named
            List<String> names = Vectors.texts(vector.get("names"));
            assertThat(pick).isEqualTo(new Pick.One(names.getFirst(), names.subList(1, names.size())));
        } else {
            assertThat(pick).isInstanceOfSatisfying(Pick.One.class, one -> assertThat(one.name()).isEqualTo(vector.get("should_pick").asText()));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Linux, amd64, linux, amd64", "Linux, x86_64, linux, amd64", "Linux, aarch64, linux, arm64", "Linux, arm, linux, arm", "Linux, i386, linux, 386",
        "Linux, x86, linux, 386", "Linux, ppc64le, linux, ppc64le", "Linux, s390x, linux, s390x", "Linux, riscv64, linux, riscv64", "Linux, loongarch64, linux, loong64",
        "Mac OS X, x86_64, darwin, amd64", "Mac OS X, aarch64, darwin, arm64", "Darwin, arm64, darwin, arm64", "Windows 11, amd64, windows, amd64",
        "Windows Server 2022, x86, windows, 386", "FreeBSD, amd64, freebsd, amd64", "SunOS, sparcv9, solaris, sparc64", "HP-UX, IA64N, hp-ux, ia64n"
    })
    void javasNamesBecomeGos(String osName, String osArch, String os, String arch) {
        assertThat(Platform.of(osName, osArch)).isEqualTo(new Platform(os, arch));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            linux/amd64;   app-linux-amd64.tar.gz app_Linux_x86_64.tgz app-linux-x86-64.zip app-linux-x64.tar.xz app.linux.amd64.tar app-linux64.tar.gz app-x86_64-unknown-linux-gnu.tar.gz app-linux_64-bit.tar.gz app_Linux-64bit.tar.gz app-linux-64.tbz2 app-linuxx64.zip app-linuxamd64.tar.zst app-linux-amd64v1.tar.gz app_linux_amd64_v1.tar.gz app-1.386.0-linux-amd64.tar.gz app-linux-x86_64-1.2.3.tzst app-linux-intel.tar.gz app-ubuntu-22.04-amd64.tbz go1.386.linux-amd64.tar.gz app-x8664-linux.txz app-linux-x86-64bit.tar.bz2 app_linux-amd64-arm64.zip
            linux/arm64;   app-linux-arm64.zip app-linux-aarch64.zip app-linux-armv8.zip app-linux-arm64v8.zip app-linux-arm_64.zip app-linux-aarch_64.zip app-linuxarm64.zip app_linux_arm-64bit.zip app-linux-arm-v8.zip app-linux-arm64-musl.zip
            linux/arm;     app-linux-arm.zip app-linux-armv7.zip app-linux-armv7l.zip app-linux-armhf.zip app-linux-armv6.zip app-linux-armv6hf.zip app-linux-armel.zip app-linux-arm-7.zip app_linux_arm_v6.zip app-linux-arm32v7.zip app-arm-unknown-linux-gnueabihf.zip app-linux-arm7.zip
            linux/386;     app-linux-386.zip app-linux-i386.zip app-linux-i686.zip app-linux-x86.zip app-linux32.zip app-linux-32bit.zip app-linux-x86_32.zip app-linux-ia32.zip app.linux.386.zip app-1.386.0-linux-386.zip app-linux-32.zip app-linux-32-bit.zip
            darwin/arm64;  app-darwin-arm64.zip app-macos-arm64.zip app-osx-aarch64.zip app-mac-arm64.zip app-darwin-universal.zip app_darwin_all.zip app-macos-universal2.zip app-aarch64-apple-darwin.zip app-mac-arm.zip app-macos-m1.zip app-apple-silicon-mac.zip app-macOS13-arm64.zip app-mac-os-arm64.zip app-os-x-arm64.zip app-macosarm64.zip app-mac-os-x-arm64.zip
            darwin/amd64;  app-macos-x86_64.zip app-osx64.zip app-osx-64.zip app-mac-intel.zip app-darwin-amd64.zip app-macosx-x64.zip app_Darwin_all.tar.gz app-mac-os-x86_64.zip
            windows/amd64; app-windows-amd64.zip app-win-x64.zip app-win64.zip app-win32-x64.zip app-windows-64.zip app-x86_64-pc-windows-msvc.zip app-mingw64.zip
            windows/386;   app-win32.zip app-windows-x86.zip app-win-ia32.zip
            linux/ppc64le; app-linux-ppc64le.zip app-linux-ppcle_64.zip app-linux-ppc64el.zip app-linux-powerpc64le.zip
            linux/s390x;   app-linux-s390x.zip app-linux-s390_64.zip
            linux/riscv64; app-linux-riscv64.zip app-riscv64gc-unknown-linux-gnu.zip
            """)
    void everySpellingOfAPlatformIsKnown(String platform, String names) {
        List<Platform> others = Stream.of("linux/amd64", "linux/arm64", "linux/arm", "linux/386", "darwin/arm64", "darwin/amd64", "windows/amd64", "windows/386", "linux/ppc64le")
                .filter(other -> !other.equals(platform)).map(PlatformTest::platform).toList();
        for (String name : names.split(" ")) {
            assertThat(picked(platform(platform), "app", name)).as("%s on %s", name, platform).contains(name);
            if (!name.matches(".*(universal|all|amd64-arm64).*")) {
                assertThat(others).as("%s", name).allSatisfy(other -> assertThat(picked(other, "app", name)).isEmpty());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "app-linux.tar.gz", "app-amd64.tar.gz", "app-linux-arm64.tar.gz", "app-darwin-amd64.tar.gz", "app-alarm-linux.tar.gz", "app-linux-amd64.tar.gz.sha256",
        "app-linux-amd64.tar.gz.asc", "app-linux-amd64.sbom.json", "app-linux-amd64.spdx.tar.gz", "app-linux-amd64.txt", "app-linux-amd64.deb", "app-linux-amd64.rpm",
        "app-linux-amd64.apk", "app-linux-amd64.pkg", "app-linux-amd64.dmg", "app-linux-amd64.msi", "app-linux-amd64.md", "app-linux-amd64.7z", "app-linux-amd64.gz",
        "checksums.txt", "SHA256SUMS", "sha256sums.zip", "LICENSE", "README.md", "app", "app.exe", "app-src.tar.gz", "app-1.0-sources.jar", "app-1.0-javadoc.jar",
        "app-aarch64-linux-android.tar.gz", "app-x86_64-linux-android.tar.gz", "app-wasm.tar.gz", "app-amd64.exe", "dir/app-linux-amd64.tar.gz", "app-linux-amd64\n.tar.gz",
        "..", ".tar.gz", "app_linux_amd64_checksums", "shipped_to_host_at_20260101.txt", "app-386.0.1-linux.tar.gz"
    })
    void whatIsNoArtifactHereIsNeverPicked(String name) {
        assertThat(LINUX.pick(List.of(name), "app")).isEqualTo(new Pick.None());
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            linux/amd64;  app;         app_linux_amd64_debug.tar.gz app_linux_amd64.tar.gz;                     app_linux_amd64.tar.gz
            linux/amd64;  api;         apictl-linux-amd64.tar.gz api-linux-amd64.tar.gz;                        api-linux-amd64.tar.gz
            linux/amd64;  app-server;  app-linux-amd64.tar.gz app-server-linux-amd64.tar.gz;                    app-server-linux-amd64.tar.gz
            linux/amd64;  my-app;      myapp-cli-linux-amd64.zip myapp-linux-amd64.zip;                         myapp-linux-amd64.zip
            linux/amd64;  app;         app-linux-amd64.zip app-linux-amd64.tar.gz;                              app-linux-amd64.zip
            linux/amd64;  app;         app-linux-musl-amd64.tar.gz app-linux-gnu-amd64.tar.gz;                  app-linux-musl-amd64.tar.gz
            linux/amd64;  app;         app-linux-amd64_v3.tar.gz app-linux-amd64.tar.gz;                        app-linux-amd64.tar.gz
            linux/amd64;  app;         app-linux-amd64v3.tar.gz app-linux-amd64_v1.tar.gz;                      app-linux-amd64_v1.tar.gz
            linux/amd64;  app;         app-linux-amd64 app-linux-amd64.tar.gz;                                  app-linux-amd64.tar.gz
            linux/amd64;  app;         app-linux-amd64.sha256 app-linux-amd64;                                  app-linux-amd64
            linux/amd64;  app;         app-1.2.3-linux-amd64;                                                   app-1.2.3-linux-amd64
            linux/amd64;  app;         app-linux-amd64-1.2.3;                                                   app-linux-amd64-1.2.3
            linux/amd64;  app;         app.linux.amd64;                                                         app.linux.amd64
            linux/amd64;  app;         app-x86_64.AppImage app-x86_64.exe;                                      app-x86_64.AppImage
            windows/amd64; app;        app-x86_64.AppImage app-x86_64.exe;                                      app-x86_64.exe
            linux/amd64;  app;         app.jar app-linux-amd64;                                                 app-linux-amd64
            linux/amd64;  app;         app-1.2.3.jar app-1.2.3-windows-amd64.zip;                               app-1.2.3.jar
            linux/amd64;  other;       app-1.2.3.jar app-1.2.3-windows-amd64.zip;                               app-1.2.3.jar
            linux/amd64;  app;         app-docs.tar.gz completions.tar.gz app-darwin-arm64.tar.gz;              ''
            linux/amd64;  app;         app-plugins.zip app.zip;                                                 app.zip
            linux/amd64;  site;        dist.tar.gz dist.tar.gz.sha256;                                          dist.tar.gz
            linux/amd64;  app;         app-1.0-M1.jar;                                                          app-1.0-M1.jar
            linux/amd64;  app;         app-noarch.tar.gz;                                                       app-noarch.tar.gz
            linux/amd64;  app;         app-1.0-universal.zip;                                                   app-1.0-universal.zip
            linux/amd64;  linux-tools; linux-tools-darwin-amd64.zip linux-tools-linux-amd64.zip;                linux-tools-linux-amd64.zip
            linux/amd64;  linux-tools; linux-tools-darwin-amd64.zip;                                            ''
            linux/amd64;  linux-tools; linux-tools-amd64.zip;                                                   linux-tools-amd64.zip
            linux/amd64;  linux-tools; linux-tools.zip;                                                         linux-tools.zip
            linux/amd64;  arm-sim;     arm-sim-linux-amd64.zip;                                                 arm-sim-linux-amd64.zip
            linux/arm;    arm-sim;     arm-sim-linux-amd64.zip arm-sim-linux-armv7.zip;                         arm-sim-linux-armv7.zip
            linux/arm;    app;         app_linux_arm64.tar.gz app_linux_armv7.tar.gz;                           app_linux_armv7.tar.gz
            linux/arm;    app;         app_linux_arm64.tar.gz app_linux_arm-64.tar.gz;                          ''
            darwin/arm64; app;         app-darwin-universal.zip app-darwin-arm64.zip;                           app-darwin-arm64.zip
            darwin/arm64; app;         app-darwin-amd64-arm64.zip app-darwin-arm64.zip;                         app-darwin-arm64.zip
            linux/386;    app;         app-1.386.0-linux-amd64.zip;                                             ''
            linux/386;    app;         app-linux-x86_64.zip app-linux-x86-64.zip app-linux-i686.zip;            app-linux-i686.zip
            windows/amd64; app;        app-darwin-amd64.zip app-win-x64.zip;                                    app-win-x64.zip
            windows/amd64; app;        app-darwin-amd64.zip;                                                    ''
            """)
    void theClosestNameWins(String platform, String repository, String names, String expected) {
        assertThat(picked(platform(platform), repository, names.split(" ")).orElse("")).isEqualTo(expected);
    }

    @Test
    void othersThatWouldHaveFittedAreNamed() {
        List<String> names = List.of("app-linux-amd64-debug.tar.gz", "app-windows-amd64.zip", "app-linux-amd64.tar.gz", "app-linux-amd64.zip", "app-linux-amd64.zip.sha256");
        assertThat(LINUX.pick(names, "app")).isEqualTo(new Pick.One("app-linux-amd64.tar.gz", List.of("app-linux-amd64-debug.tar.gz", "app-linux-amd64.zip")));
    }

    @Test
    void anEmptyListingHasNone() {
        assertThat(MAC.pick(List.of(), "app")).isEqualTo(new Pick.None());
    }

    @Test
    void aFileForAnotherPlatformIsNeverPicked() {
        String[] systems = {"linux", "darwin", "windows", "macos", "freebsd", "win"};
        String[] architectures = {"amd64", "x86_64", "arm64", "aarch64", "armv7", "i386", "i686", "x64", "riscv64"};
        String[] separators = {"-", "_", "."};
        Seeds.each(500, random -> {
            Platform here = Platform.of(systems[random.nextInt(systems.length)], architectures[random.nextInt(architectures.length)]);
            List<String> names = new ArrayList<>();
            List<String> fitting = new ArrayList<>();
            for (int i = 0; i < random.nextInt(12); i++) {
                String system = systems[random.nextInt(systems.length)];
                String arch = architectures[random.nextInt(architectures.length)];
                String separator = separators[random.nextInt(separators.length)];
                List<String> parts = new ArrayList<>(List.of("app", "1.386.0", system, arch));
                Collections.shuffle(parts.subList(2, 4), new Random(random.nextLong()));
                String name = String.join(separator, parts) + (random.nextBoolean() ? ".tar.gz" : ".ZIP");
                names.add(name);
                if (Platform.of(system, arch).equals(here)) {
                    fitting.add(name);
                }
            }
            List<String> distinct = fitting.stream().distinct().toList();
            Pick expected = distinct.isEmpty() ? new Pick.None() : new Pick.One(distinct.getFirst(), distinct.subList(1, distinct.size()));
            assertThat(here.pick(names, "app")).as("%s of %s", here, names).isEqualTo(expected);
        });
    }

    private static Pick pick(JsonNode vector) {
        return new Platform(vector.get("os").asText(), vector.get("arch").asText()).pick(Vectors.texts(vector.get("names")), "app");
    }

    private static Optional<String> picked(Platform platform, String repository, String... names) {
        return switch (platform.pick(List.of(names), repository)) {
            case Pick.One one -> Optional.of(one.name());
            case Pick.None() -> Optional.empty();
        };
    }

    private static Platform platform(String slashed) {
        String[] parts = slashed.split("/");
        return new Platform(parts[0], parts[1]);
    }
}
