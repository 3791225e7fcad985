#include "proxy/config/nearest.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace portcullis::config {
namespace {

constexpr std::array<std::string_view, 5> keys{"ssl_cert", "ssl_key", "tls_version", "address", "name"};

TEST(nearest, finds_the_key_behind_a_slip) {
    EXPECT_EQ(nearest("ssl_crt", keys), "ssl_cert");
    EXPECT_EQ(nearest("ssl_certs", keys), "ssl_cert");
    EXPECT_EQ(nearest("tls_versoin", keys), "tls_version");
    EXPECT_EQ(nearest("TLS_VERSION", keys), "tls_version");
    EXPECT_EQ(nearest("adress", keys), "address");
    EXPECT_EQ(nearest("nmae", keys), "name");
    EXPECT_EQ(nearest("ssl-key", keys), "ssl_key");
}

TEST(nearest, says_nothing_where_nothing_is_near) {
    for (const auto* word : {"", "x", "cluster", "sql_mode_of_the_day", "zzzz"})
        EXPECT_FALSE(nearest(word, keys)) << word;
    EXPECT_FALSE(nearest("name", {}));
    EXPECT_FALSE(nearest(std::string(1'000'000, 'n'), keys));
}

}  // namespace
}  // namespace portcullis::config
