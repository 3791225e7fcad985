#include "unit/config/reading.hpp"

#include <gtest/gtest.h>

namespace portcullis::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string listener(const std::string& lines, const std::string& address = "0.0.0.0:3306") {
    return "[[listener]]\nname = \"a\"\naddress = \"" + address + "\"\n" + lines;
}
const std::string pair = "ssl_cert = \"c\"\nssl_key = \"k\"\n";
const std::string nobody_needs_tls = "[accounts]\ndefault_require = \"NONE\"\n";

TEST(in_the_clear, a_listener_without_tls_is_said_loudly) {
    EXPECT_THAT(
        findings(listener("") + one_cluster + nobody_needs_tls),
        ElementsAre("1: warning: listener 'a' offers no TLS: all that its clients send and receive is in the clear",
                    StartsWith("8: warning: default_require is \"NONE\"")));
}

TEST(in_the_clear, accounts_that_may_do_without_tls_are_named) {
    EXPECT_THAT(findings("[[account]]\nuser = \"app\"\nrequire = \"NONE\"\n[[account]]\nuser = \"safe\"\n" +
                         listener(pair) + one_cluster),
                ElementsAre("1: warning: account 'app'@'%' may talk in the clear (require \"NONE\")"));
    EXPECT_THAT(
        findings(nobody_needs_tls + listener(pair) + one_cluster),
        ElementsAre("2: warning: default_require is \"NONE\": users that no [[account]] names may talk in the clear"));
}

TEST(in_the_clear, require_secure_transport_and_unix_sockets_leave_nothing_to_say) {
    EXPECT_THAT(findings(nobody_needs_tls + listener(pair + "require_secure_transport = true\n") + one_cluster),
                IsEmpty());
    EXPECT_THAT(findings(nobody_needs_tls + listener("", "unix:/run/a") + one_cluster), IsEmpty());
}

TEST(in_the_clear, a_cluster_that_is_not_verified_is_said_loudly) {
    const auto mode = [](const std::string& word, const std::string& address = "db1:3306") {
        return findings("[cluster.default]\nssl_mode = \"" + word + "\"\n[[cluster.default.aggregator]]\naddress = \"" +
                        address + "\"\n" + tls_listener);
    };
    EXPECT_THAT(mode("DISABLED"), ElementsAre(HasSubstr("2: warning: cluster 'default': ssl_mode \"DISABLED\": all")));
    EXPECT_THAT(mode("PREFERRED"), ElementsAre(HasSubstr("2: warning: cluster 'default': ssl_mode \"PREFERRED\"")));
    EXPECT_THAT(mode("REQUIRED"), ElementsAre(HasSubstr("2: warning: cluster 'default': ssl_mode \"REQUIRED\"")));
    EXPECT_THAT(mode("VERIFY_CA"), IsEmpty());
    EXPECT_THAT(mode("VERIFY_IDENTITY"), IsEmpty());
    EXPECT_THAT(mode("DISABLED", "unix:/run/db"), IsEmpty());
}

}  // namespace
}  // namespace portcullis::config
