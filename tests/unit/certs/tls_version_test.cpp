#include "certs/tls_version.hpp"

#include "certs/error.hpp"

#include <gtest/gtest.h>

namespace portcullis::certs {
namespace {

TEST(TlsVersions, AreReadInAnyOrderAndCase) {
    const auto set = tls_version_set::parse("TLSv1.3, tlsv1.2").value();
    EXPECT_EQ(set.to_string(), "TLSv1.2,TLSv1.3");
    EXPECT_EQ(set.versions(), (std::vector{tls_version::v1_2, tls_version::v1_3}));
    EXPECT_EQ(tls_version_set::parse("TLSv1").value().to_string(), "TLSv1");
    EXPECT_EQ(tls_version_set::parse("TLSv1,TLSv1.1,TLSv1.2,TLSv1.3").value().versions().size(), 4U);
}

TEST(TlsVersions, RefuseWhatIsNoList) {
    for (const auto* text : {"", ",", "TLSv1.2,", ",TLSv1.2", "TLSv1.4", "TLSv1.0", "SSLv3", "TLSv1.2,TLSv1.2",
                             "TLSv1.2;TLSv1.3", "TLSv1.2 TLSv1.3", "TLSv1.22", " "}) {
        const auto set = tls_version_set::parse(text);
        ASSERT_TRUE(set.has_error()) << text;
        EXPECT_EQ(set.error(), errc::bad_tls_version) << text;
    }
}

}  // namespace
}  // namespace portcullis::certs
