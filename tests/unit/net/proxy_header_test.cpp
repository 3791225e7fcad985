#include "proxy/net/proxy_header.hpp"

#include "proxy/net/crc32c.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace portcullis::net {
namespace {

using bytes = std::vector<std::uint8_t>;

bytes of(std::string_view text) {
    return {text.begin(), text.end()};
}

bytes from_hex(std::string_view hex) {
    bytes out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        out.push_back(static_cast<std::uint8_t>(std::stoul(std::string(hex.substr(i, 2)), nullptr, 16)));
    return out;
}

bytes operator+(bytes a, const bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

config::ip_address ip(std::string_view text) {
    return config::ip_address::parse(text).value();
}

/// Reads a stream as the gate does, and says how many bytes it took before it had the header or an error.
struct taken {
    std::size_t size = 0;
    bool whole = false;
};
taken read_from(const bytes& stream) {
    bytes so_far;
    for (;;) {
        const auto wanted = proxy_bytes_wanted(so_far);
        if (!wanted) return {so_far.size(), false};
        if (*wanted == 0) return {so_far.size(), true};
        if (so_far.size() + *wanted > stream.size()) return {so_far.size(), false};
        const auto begin = stream.begin() + static_cast<std::ptrdiff_t>(so_far.size());
        so_far.insert(so_far.end(), begin, begin + static_cast<std::ptrdiff_t>(*wanted));
    }
}

const std::string signature = "0d0a0d0a000d0a515549540a";
const std::string v2_tcp4 = signature + "2111000c" + "c0000207" + "0a000001" + "d431" + "0cea";
const std::string v2_tcp6 =
    signature + "21210024" + "20010db8000000000000000000000001" + "20010db8000000000000000000000002" + "d431" + "0cea";

bool accepted(std::string_view v1) {
    return parse_proxy_header(of(v1)).has_value();
}
bool accepted_hex(std::string_view v2) {
    return parse_proxy_header(from_hex(v2)).has_value();
}

TEST(proxy_v1, names_both_ends_of_a_tcp4_connection) {
    const auto got = parse_proxy_header(of("PROXY TCP4 192.0.2.7 10.0.0.1 54321 3306\r\n"));
    ASSERT_TRUE(got);
    EXPECT_FALSE(got->local);
    EXPECT_EQ(got->source, ip("192.0.2.7"));
    EXPECT_EQ(got->destination, ip("10.0.0.1"));
    EXPECT_EQ(got->source_port, 54321);
    EXPECT_EQ(got->destination_port, 3306);
}

TEST(proxy_v1, names_both_ends_of_a_tcp6_connection) {
    const auto got = parse_proxy_header(of("PROXY TCP6 2001:db8::1 2001:db8::2 0 65535\r\n"));
    ASSERT_TRUE(got);
    EXPECT_EQ(got->source, ip("2001:db8::1"));
    EXPECT_EQ(got->destination_port, 65535);
}

TEST(proxy_v1, a_mapped_ipv6_source_is_the_ipv4_client) {
    const auto got = parse_proxy_header(of("PROXY TCP6 ::ffff:192.0.2.7 ::1 1 2\r\n"));
    ASSERT_TRUE(got);
    EXPECT_EQ(got->source, ip("192.0.2.7"));
}

TEST(proxy_v1, unknown_keeps_the_addresses_of_the_socket) {
    for (const auto* line :
         {"PROXY UNKNOWN\r\n", "PROXY UNKNOWN ffff:: ffff:: 65535 65535\r\n", "PROXY UNKNOWN x\r\n"}) {
        const auto got = parse_proxy_header(of(line));
        ASSERT_TRUE(got) << line;
        EXPECT_TRUE(got->local) << line;
    }
}

TEST(proxy_v1, refuses_whatever_the_specification_does_not_spell) {
    const char* lines[] = {
        "",
        "PROXY",
        "PROXY \r\n",
        "PROXY TCP4\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1 2",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 \r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n",
        "PROXY TCP4  1.2.3.4 5.6.7.8 1 2\r\n",
        "PROXY TCP4 1.2.3.4\t5.6.7.8 1 2\r\n",
        "PROXY TCP4 01.2.3.4 5.6.7.8 1 2\r\n",
        "PROXY TCP4 1.2.3.256 5.6.7.8 1 2\r\n",
        "PROXY TCP4 1.2.3 5.6.7.8 1 2\r\n",
        "PROXY TCP4 ::1 ::2 1 2\r\n",
        "PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n",
        "PROXY TCP6 ::1 5.6.7.8 1 2\r\n",
        "PROXY TCP6 [::1] ::2 1 2\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 65536 2\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 +1 2\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 -1 2\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8  2\r\n",
        "PROXY TCP5 1.2.3.4 5.6.7.8 1 2\r\n",
        "PROXY UNKNOWNx\r\n",
        "proxy TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nx",
    };
    for (const auto* line : lines) EXPECT_FALSE(accepted(line)) << line;
    EXPECT_FALSE(accepted(std::string_view("PROXY TCP4 1.2.3.4\0 5.6.7.8 1 2\r\n", 33)));
}

TEST(proxy_v1, is_at_most_107_bytes_long) {
    const std::string fits = "PROXY UNKNOWN " + std::string(107 - 16, 'x') + "\r\n";
    ASSERT_EQ(fits.size(), proxy_v1_max_size);
    EXPECT_TRUE(accepted(fits));
    EXPECT_TRUE(read_from(of(fits)).whole);
    const std::string longer = "PROXY UNKNOWN " + std::string(107 - 15, 'x') + "\r\n";
    EXPECT_FALSE(accepted(longer));
    EXPECT_FALSE(read_from(of(longer)).whole);
    EXPECT_LE(read_from(of("PROXY " + std::string(4096, 'x'))).size, proxy_v1_max_size);
}

TEST(proxy_v2, names_both_ends_of_a_tcp4_connection) {
    const auto got = parse_proxy_header(from_hex(v2_tcp4));
    ASSERT_TRUE(got);
    EXPECT_FALSE(got->local);
    EXPECT_EQ(got->source, ip("192.0.2.7"));
    EXPECT_EQ(got->destination, ip("10.0.0.1"));
    EXPECT_EQ(got->source_port, 54321);
    EXPECT_EQ(got->destination_port, 3306);
}

TEST(proxy_v2, names_both_ends_of_a_tcp6_connection) {
    const auto got = parse_proxy_header(from_hex(v2_tcp6));
    ASSERT_TRUE(got);
    EXPECT_EQ(got->source, ip("2001:db8::1"));
    EXPECT_EQ(got->destination, ip("2001:db8::2"));
    EXPECT_EQ(got->source_port, 54321);
}

TEST(proxy_v2, local_and_what_has_no_ip_address_keep_the_addresses_of_the_socket) {
    const std::string unix_addresses(432, '0');
    for (const auto& rest : {std::string("20000000"),            // LOCAL
                             "2011000c" + std::string(24, '0'),  // LOCAL with addresses to be ignored
                             std::string("20000003ffffff"),      // LOCAL with anything at all
                             std::string("21000000"),            // PROXY, AF_UNSPEC
                             "213100d8" + unix_addresses}) {
        const auto header = signature + rest;
        const auto got = parse_proxy_header(from_hex(header));
        ASSERT_TRUE(got) << header;
        EXPECT_TRUE(got->local) << header;
    }
}

TEST(proxy_v2, skips_records_it_has_no_use_for) {
    EXPECT_TRUE(accepted_hex(signature + "21110013" + "c00002070a000001d4310cea" + "040004" + "00000000"));
    EXPECT_TRUE(accepted_hex(signature + "2111000f" + "c00002070a000001d4310cea" + "ee0000"));
}

TEST(proxy_v2, refuses_whatever_the_specification_does_not_allow) {
    const std::string addresses = "c00002070a000001d4310cea";
    EXPECT_FALSE(accepted_hex(signature + "1111000c" + addresses)) << "version 1";
    EXPECT_FALSE(accepted_hex(signature + "3111000c" + addresses)) << "version 3";
    EXPECT_FALSE(accepted_hex(signature + "2211000c" + addresses)) << "unknown command";
    EXPECT_FALSE(accepted_hex(signature + "2112000c" + addresses)) << "UDP";
    EXPECT_FALSE(accepted_hex(signature + "2141000c" + addresses)) << "unknown family";
    EXPECT_FALSE(accepted_hex(signature + "2110000c" + addresses)) << "no transport";
    EXPECT_FALSE(accepted_hex(signature + "2111000b" + addresses.substr(2))) << "short of an address";
    EXPECT_FALSE(accepted_hex(signature + "2121000c" + addresses)) << "IPv4's length for IPv6";
    EXPECT_FALSE(accepted_hex(signature + "2111000c" + addresses + "00")) << "bytes behind the length";
    EXPECT_FALSE(accepted_hex(signature + "2111000d" + addresses)) << "less than the length";
    EXPECT_FALSE(accepted_hex(signature + "2111000e" + addresses + "0400")) << "half a record";
    EXPECT_FALSE(accepted_hex(signature + "21110010" + addresses + "04000200")) << "a record longer than the header";
}

TEST(proxy_v2, a_checksum_must_be_right) {
    auto header = from_hex(signature + "21110013" + "c00002070a000001d4310cea" + "030004" + "00000000");
    EXPECT_FALSE(parse_proxy_header(header));
    const auto sum = crc32c(header);
    for (std::size_t i = 0; i < 4; ++i) header[header.size() - 4 + i] = static_cast<std::uint8_t>(sum >> (8 * (3 - i)));
    EXPECT_TRUE(parse_proxy_header(header));
    header[16] ^= 1U;
    EXPECT_FALSE(parse_proxy_header(header));
    EXPECT_FALSE(accepted_hex(signature + "21110012" + "c00002070a000001d4310cea" + "030003" + "000000"));
}

TEST(proxy_v2, the_checksum_is_castagnolis) {
    EXPECT_EQ(crc32c(of("123456789")), 0xe3069283U);  // RFC 3720's check value
}

TEST(proxy_bytes_wanted, takes_a_header_and_not_one_byte_of_what_follows) {
    const auto behind = of("\x16\x03\x01 a ClientHello or anything else, long enough to be taken by mistake....");
    const bytes headers[] = {
        of("PROXY UNKNOWN\r\n"),
        of("PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n"),
        of("PROXY TCP4 192.0.2.7 10.0.0.1 54321 3306\r\n"),
        of("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"),
        of("PROXY TCP6 :: :: 0 0\r\n"),
        of("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 "
           "65535\r\n"),
        from_hex(v2_tcp4),
        from_hex(v2_tcp6),
        from_hex(signature + "20000000"),
    };
    for (const auto& header : headers) {
        const auto got = read_from(header + behind);
        EXPECT_TRUE(got.whole) << std::string(header.begin(), header.end());
        EXPECT_EQ(got.size, header.size()) << std::string(header.begin(), header.end());
    }
}

TEST(proxy_bytes_wanted, refuses_at_the_first_byte_that_fits_neither_version) {
    EXPECT_FALSE(proxy_bytes_wanted(of("Q")));
    EXPECT_FALSE(proxy_bytes_wanted(of("PROXX")));
    EXPECT_FALSE(proxy_bytes_wanted(of("\r\n\r\nx")));
    EXPECT_FALSE(proxy_bytes_wanted(from_hex("20000001850a0000")));  // an SSLRequest without a header before it
    EXPECT_FALSE(proxy_bytes_wanted(of("PROXY\r\n")));
}

TEST(proxy_bytes_wanted, refuses_a_v2_header_that_is_too_long_before_reading_it) {
    EXPECT_TRUE(proxy_bytes_wanted(from_hex(signature + "21110800")));
    EXPECT_FALSE(proxy_bytes_wanted(from_hex(signature + "21110801")));
    EXPECT_FALSE(proxy_bytes_wanted(from_hex(signature + "2111ffff")));
    EXPECT_FALSE(proxy_bytes_wanted(from_hex(signature + "1111000c")));
}

TEST(proxy_bytes_wanted, refuses_bytes_behind_a_whole_header) {
    EXPECT_FALSE(proxy_bytes_wanted(of("PROXY UNKNOWN\r\nx")));
    EXPECT_FALSE(proxy_bytes_wanted(from_hex(v2_tcp4 + "00")));
}

proxy_header addresses(std::string_view from, std::string_view to) {
    return {false, ip(from), 54321, ip(to), 3306};
}

TEST(make_proxy_header, writes_what_it_reads) {
    for (const auto& each : {addresses("192.0.2.7", "10.0.0.1"), addresses("2001:db8::1", "::1"),
                             addresses("192.0.2.7", "::1"), addresses("2001:db8::1", "10.0.0.1")}) {
        const auto written = make_proxy_header(each, proxy_tls_facts{"TLSv1.3", "TLS_AES_256_GCM_SHA384", "app", true});
        EXPECT_TRUE(read_from(written).whole);
        const auto read = parse_proxy_header(written);
        ASSERT_TRUE(read);
        EXPECT_EQ(read->source, each.source);
        EXPECT_EQ(read->destination, each.destination);
        EXPECT_EQ(read->source_port, each.source_port);
        EXPECT_EQ(read->destination_port, each.destination_port);
    }
}

TEST(make_proxy_header, an_ipv4_connection_is_written_as_the_specification_draws_it) {
    EXPECT_EQ(make_proxy_header(addresses("192.0.2.7", "10.0.0.1"), std::nullopt), from_hex(v2_tcp4));
}

TEST(make_proxy_header, a_client_without_an_address_is_local) {
    EXPECT_EQ(make_proxy_header(std::nullopt, proxy_tls_facts{"TLSv1.3", "x", "app", true}),
              from_hex(signature + "20000000"));
}

TEST(make_proxy_header, a_tls_client_is_told_with_its_certificate) {
    const auto written =
        make_proxy_header(addresses("192.0.2.7", "10.0.0.1"), proxy_tls_facts{"TLSv1.3", "C", "app", true});
    const auto record = from_hex(
        "200019"
        "07"
        "00000000"
        "210007"
        "544c5376312e33"
        "220003"
        "617070"
        "230001"
        "43");
    EXPECT_EQ(written, from_hex(signature + "21110028" + v2_tcp4.substr(32)) + record);
}

TEST(make_proxy_header, a_client_without_a_certificate_is_not_verified) {
    const auto written =
        make_proxy_header(addresses("192.0.2.7", "10.0.0.1"), proxy_tls_facts{"TLSv1.2", "C", "app", false});
    const auto record = from_hex(
        "200013"
        "01"
        "00000001"
        "210007"
        "544c5376312e32"
        "230001"
        "43");
    EXPECT_EQ(written, from_hex(signature + "21110022" + v2_tcp4.substr(32)) + record);
}

TEST(make_proxy_header, a_resumed_session_had_its_certificate_earlier) {
    const auto written =
        make_proxy_header(addresses("192.0.2.7", "10.0.0.1"), proxy_tls_facts{"TLSv1.2", "C", "", true, true});
    ASSERT_GT(written.size(), 31U);
    EXPECT_EQ(written[31], 0x05);
}

TEST(make_proxy_header, a_name_too_long_is_left_out_rather_than_cut) {
    const auto written = make_proxy_header(addresses("192.0.2.7", "10.0.0.1"),
                                           proxy_tls_facts{"TLSv1.2", "C", std::string(100'000, 'a'), true});
    EXPECT_LT(written.size(), 100U);
    EXPECT_TRUE(parse_proxy_header(written));
}

}  // namespace
}  // namespace portcullis::net
