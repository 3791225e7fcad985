// Configurations with real certificates: what is built, what is refused, and what `portcullis check` says of them.
#include "proxy/config/contexts.hpp"

#include "certs/pairs.hpp"
#include "proxy/config/report.hpp"
#include "unit/config/reading.hpp"
#include "unit/config/scratch.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace portcullis::config {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// A folder with certificates, made once for all tests: they only read them, or work in a copy.
const std::filesystem::path& certificates() {
    static const scratch_folder folder;
    static const bool made = [] {
        certs::make_settings settings;
        settings.directory = folder.path();
        settings.key = certs::key_type::ecdsa_p256;
        settings.names = {"db.example.com"};
        certs::problems found;
        return certs::make_pairs(settings, found).has_value();
    }();
    EXPECT_TRUE(made);
    return folder.path();
}

const std::string mutual = R"([[listener]]
name = "main"
address = "127.0.0.1:3306"
ssl_cert = "server-cert.pem"
ssl_key = "server-key.pem"
ssl_ca = "ca-cert.pem"
[cluster.default]
ssl_ca = "ca-cert.pem"
ssl_cert = "client-cert.pem"
ssl_key = "client-key.pem"
[[cluster.default.aggregator]]
address = "db1:3306"
)";

struct outcome {
    load_result loaded;
    contexts built;
    std::vector<std::string> said;
};

outcome build(const std::string& text, const std::filesystem::path& folder = certificates()) {
    outcome out;
    out.loaded = load_text(text, folder / "portcullis.toml");
    out.built = build_contexts(out.loaded.value, out.loaded.diagnostics);
    sort_by_line(out.loaded.diagnostics);
    for (const auto& each : out.loaded.diagnostics) out.said.push_back(each.to_string().substr(each.file.size() + 1));
    return out;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    return text.replace(text.find(what), what.size(), with);
}

std::string report(const outcome& of) {
    std::ostringstream out;
    write_report(out, of.loaded.value, of.built);
    return out.str();
}

TEST(contexts, are_built_for_every_listener_and_cluster_with_tls) {
    const auto got = build(mutual);
    EXPECT_THAT(got.said, IsEmpty());
    EXPECT_NE(got.built.of(got.loaded.value.listeners.at(0)), nullptr);
    EXPECT_NE(got.built.of(got.loaded.value.clusters.at(0)), nullptr);
}

TEST(contexts, there_are_none_for_what_is_plaintext) {
    const auto got = build(R"([[listener]]
name = "a"
address = "unix:a"
[cluster.default]
ssl_mode = "DISABLED"
[[cluster.default.aggregator]]
address = "db1:3306"
)");
    EXPECT_TRUE(got.loaded.ok());
    EXPECT_EQ(got.built.of(got.loaded.value.listeners.at(0)), nullptr);
    EXPECT_EQ(got.built.of(got.loaded.value.clusters.at(0)), nullptr);
}

TEST(contexts, problems_name_the_line_and_the_table) {
    const auto got = build(replaced(replaced(mutual, "server-key", "nothing"), "client-cert", "nobody"));
    EXPECT_THAT(got.said,
                AllOf(Contains(AllOf(HasSubstr("5: listener 'main': ssl_key: "), HasSubstr("nothing.pem"))),
                      Contains(AllOf(HasSubstr("9: cluster 'default': ssl_cert: "), HasSubstr("nobody.pem")))));
    EXPECT_FALSE(got.loaded.ok());
    EXPECT_EQ(got.built.of(got.loaded.value.listeners.at(0)), nullptr);
}

TEST(contexts, a_key_open_to_others_is_refused_with_the_chmod_that_mends_it) {
    const scratch_folder folder;
    std::filesystem::copy(certificates(), folder.path(), std::filesystem::copy_options::recursive);
    std::filesystem::permissions(folder.path() / "server-key.pem", std::filesystem::perms(0644));
    const auto got = build(mutual, folder.path());
    EXPECT_THAT(got.said, Contains(AllOf(HasSubstr("5: listener 'main': ssl_key: "), HasSubstr("chmod"))));
}

TEST(contexts, an_unknown_cipher_is_refused) {
    EXPECT_THAT(build(replaced(mutual, "[cluster", "ssl_cipher = \"NONSENSE\"\n[cluster")).said,
                Contains(HasSubstr("7: listener 'main': ssl_cipher: ")));
    EXPECT_THAT(build(replaced(mutual, "[cluster", "tls_ciphersuites = \"TLS_NONSENSE\"\n[cluster")).said,
                Contains(HasSubstr("7: listener 'main': tls_ciphersuites: ")));
}

TEST(contexts, a_policy_with_which_no_handshake_can_succeed_is_refused) {
    // The certificates are ECDSA, the only cipher wants RSA.
    const auto rsa_only = replaced(mutual, "[cluster",
                                   "tls_version = \"TLSv1.2\"\nssl_cipher = \"ECDHE-RSA-AES256-GCM-SHA384\"\n[cluster");
    EXPECT_THAT(build(rsa_only).said, testing::ElementsAre(HasSubstr("7: listener 'main': tls_version: no handshake")));
    EXPECT_FALSE(build(rsa_only).loaded.ok());
    EXPECT_THAT(build(replaced(rsa_only, "\"TLSv1.2\"", "\"TLSv1.2,TLSv1.3\"")).said, IsEmpty());

    // OpenSSL's security level 3 leaves nothing of TLS 1.1.
    const auto strict = replaced(mutual, "ssl_ca = \"ca-cert.pem\"\nssl_cert = \"client",
                                 "tls_version = \"TLSv1.1\"\nssl_cipher = \"HIGH:@SECLEVEL=3\"\n"
                                 "ssl_ca = \"ca-cert.pem\"\nssl_cert = \"client");
    EXPECT_THAT(build(strict).said, Contains(HasSubstr("8: cluster 'default': tls_version: no handshake")));
}

TEST(contexts, an_accounts_cipher_that_no_listener_offers_is_mentioned) {
    const auto with = [](const std::string& cipher) {
        return build(mutual + "[[account]]\nuser = \"app\"\ncipher = \"" + cipher + "\"\n").said;
    };
    EXPECT_THAT(with("TLS_AES_256_GCM_SHA384"), IsEmpty());
    EXPECT_THAT(with("ECDHE-ECDSA-AES256-GCM-SHA384"), IsEmpty());
    EXPECT_THAT(
        with("TLS_AES_256_GCM_SHA38"),
        testing::ElementsAre("15: warning: account 'app'@'%': no listener offers the cipher 'TLS_AES_256_GCM_SHA38', "
                             "so it cannot log in; did you mean 'TLS_AES_256_GCM_SHA384'?"));
}

TEST(report, shows_effective_versions_suites_and_every_certificate) {
    const auto text = report(build(mutual));
    for (const auto* part :
         {"listener 'main' at 127.0.0.1:3306, to cluster 'default'", "cluster 'default', 1 aggregator, ",
          "ssl_mode VERIFY_CA", "tls_version: TLSv1.2,TLSv1.3\n", "TLS_AES_256_GCM_SHA384", "subject /", "issuer  /",
          " days left; ECDSA P-256", ", a CA", "server-cert.pem", "client-cert.pem", "ca-cert.pem",
          "in the clear: nothing"})
        EXPECT_THAT(text, HasSubstr(part));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const bool is_list = line.find('/') == std::string::npos;
        EXPECT_TRUE(!is_list || line.size() <= 110) << line;
    }
}

TEST(report, says_what_is_in_the_clear) {
    const auto text = report(build(R"([[listener]]
name = "a"
address = "127.0.0.1:3306"
[cluster.default]
ssl_mode = "DISABLED"
[[cluster.default.aggregator]]
address = "db1:3306"
)"));
    EXPECT_THAT(text, HasSubstr("TLS: none\n"));
    EXPECT_THAT(text, HasSubstr("in the clear:\n    listener 'a' offers no TLS"));
    EXPECT_THAT(text, HasSubstr("    cluster 'default': ssl_mode \"DISABLED\""));
}

TEST(report, tells_versions_asked_for_from_those_in_effect) {
    const auto only_13 = build(replaced(mutual, "[cluster", "tls_version = \"TLSv1.3\"\n[cluster"));
    EXPECT_THAT(report(only_13), HasSubstr("tls_version: TLSv1.3\n"));
    const auto gap =
        build(replaced(mutual, "ssl_ca = \"ca-cert.pem\"\nssl_cert = \"client",
                       "tls_version = \"TLSv1.1,TLSv1.3\"\nssl_ca = \"ca-cert.pem\"\nssl_cert = \"client"));
    EXPECT_THAT(report(gap), HasSubstr("tls_version: TLSv1.3 (of TLSv1.1,TLSv1.3, which is asked for)"));
}

TEST(report, of_what_could_not_be_built_says_so) {
    const auto text = report(build(replaced(mutual, "server-key", "client-key")));
    EXPECT_THAT(text, HasSubstr("TLS: cannot be offered before"));
    EXPECT_THAT(text, HasSubstr("server-cert.pem")) << "the certificate itself is shown nevertheless";
}

TEST(report, shows_no_key_and_no_password) {
    const scratch_folder folder;
    const auto password = folder.write("password", "hunter2\n");
    const auto got =
        build(mutual + "[cluster.default.health]\nuser = \"check\"\npassword_file = \"" + password.string() + "\"\n");
    EXPECT_TRUE(got.loaded.ok());
    EXPECT_EQ(got.loaded.value.clusters.at(0).health.password, "hunter2");
    EXPECT_THAT(report(got), Not(HasSubstr("hunter2")));
    EXPECT_THAT(report(got), Not(HasSubstr("PRIVATE")));
}

}  // namespace
}  // namespace portcullis::config
