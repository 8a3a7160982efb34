package dev.dewpoint.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GitHubAppKeyTest {
    static Stream<Arguments> spellings() {
        return Stream.of(
                Arguments.of("PKCS#1", RsaKeys.pkcs1()),
                Arguments.of("PKCS#8", RsaKeys.pkcs8()),
                Arguments.of("Windows line ends", RsaKeys.pkcs1().replace("\n", "\r\n")),
                Arguments.of("line breaks spelled out", RsaKeys.pkcs1().replace("\n", "\\n")),
                Arguments.of("Windows line ends spelled out", RsaKeys.pkcs8().replace("\n", "\\r\\n")),
                Arguments.of("spaces for line breaks", RsaKeys.pkcs1().replace("\n", " ")),
                Arguments.of("no line breaks at all", RsaKeys.pkcs8().replace("\n", "")),
                Arguments.of("quoted and commented", "# our app\n\"" + RsaKeys.pkcs1() + "\"\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("spellings")
    void anRsaKeyIsReadHoweverItIsSpelled(String name, String pem) {
        assertThat(GitHubAppKey.parse(pem)).isEqualTo(RsaKeys.PAIR.getPrivate());
    }

    static Stream<Arguments> mistakes() {
        String pkcs1 = RsaKeys.pkcs1();
        return Stream.of(
                Arguments.of("", "no key in PEM form"),
                Arguments.of("ghp_abcdefghijklmnop", "no key in PEM form"),
                Arguments.of(pkcs1.substring(0, pkcs1.length() / 2), "no key in PEM form"),
                Arguments.of(RsaKeys.pem("PUBLIC KEY", RsaKeys.PAIR.getPublic().getEncoded()), "it is a PUBLIC KEY"),
                Arguments.of(RsaKeys.pem("CERTIFICATE", new byte[100]), "it is a CERTIFICATE"),
                Arguments.of(RsaKeys.pem("ENCRYPTED PRIVATE KEY", new byte[100]), "encrypted"),
                Arguments.of(pkcs1.replaceFirst("\n", "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n"), "encrypted"),
                Arguments.of(RsaKeys.pem("PRIVATE KEY", RsaKeys.pair("EC", 256).getPrivate().getEncoded()), "damaged, or no RSA key"),
                Arguments.of(RsaKeys.pem("RSA PRIVATE KEY", Arrays.copyOf(RsaKeys.PAIR.getPrivate().getEncoded(), 500)), "damaged, or no RSA key"),
                Arguments.of(RsaKeys.pem("RSA PRIVATE KEY", new byte[0]), "damaged, or no RSA key"),
                Arguments.of(pkcs1.replace('a', '!'), "not base64"));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("mistakes")
    void whatIsNoSuchKeySaysWhyWithoutShowingIt(String pem, String why) {
        assertThatThrownBy(() -> GitHubAppKey.parse(pem)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(why).hasNoCause().hasMessageNotContaining("MII")
                .message().hasSizeLessThan(200);
    }

    @Test
    void aKeyOfAnotherLengthIsReadToo() {
        byte[] pkcs8 = RsaKeys.pair("RSA", 1024).getPrivate().getEncoded();
        assertThat(GitHubAppKey.parse(RsaKeys.pem("RSA PRIVATE KEY", Arrays.copyOfRange(pkcs8, 26, pkcs8.length))).getEncoded()).isEqualTo(pkcs8);
    }
}
