package dev.dewpoint.cert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostNameTest {
    @ParameterizedTest
    @CsvSource({
        "localhost, localhost, localhost", "Shop.TEST, shop.test, shop.test", "*.shop.test, *.shop.test, _wildcard.shop.test", "bücher.test, xn--bcher-kva.test, xn--bcher-kva.test",
        "my_app.test, my_app.test, my_app.test", "127.0.0.1, 127.0.0.1, 127.0.0.1", "::1, ::1, __1", "[::1], ::1, __1", "2001:db8:0:0:1:0:0:0, 2001:db8::1:0:0:0, 2001_db8__1_0_0_0",
        "::, ::, __", "fe80::, fe80::, fe80__", "1:2:3:4:5:6:7:8, 1:2:3:4:5:6:7:8, 1_2_3_4_5_6_7_8", "2001:db8::10, 2001:db8::10, 2001_db8__10"
    })
    void isReadAndWrittenTheUsualWay(String text, String written, String file) {
        HostName name = HostName.parse(text);
        assertThat(name).hasToString(written);
        assertThat(name.fileName()).isEqualTo(file);
        assertThat(HostName.parse(written)).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "-a.test", "a..test", "a b", "a/b", "*", "*.", "a.*.test", "*a.test", "**.test", "*.test", "256.1.1.1", "1.2.3", ":::", "https://a.test", "a.test:443", "a\u0000b", "../x", "[::1", "1.1.1.1:80"})
    void whatIsNoHostIsRefused(String text) {
        assertThatThrownBy(() -> HostName.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void saysWhatIsTooMuch() {
        assertThatThrownBy(() -> HostName.parse("https://a.test/")).hasMessage("a host is needed, without scheme and path");
        assertThatThrownBy(() -> HostName.parse("a.test:443")).hasMessage("a host is needed, without the port");
    }
}
