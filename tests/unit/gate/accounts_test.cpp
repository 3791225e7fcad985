#include "proxy/gate/accounts.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::gate {
namespace {

using config::requirement;

client_origin from(std::string_view address) {
    return {config::ip_address::parse(address).value()};
}
const client_origin unix_socket{};
const client_origin anywhere = from("192.0.2.7");

certs::distinguished_name name(const std::string& common_name) {
    return certs::distinguished_name({{"O", "Example", 0}, {"CN", common_name, 1}});
}

certs::tls_facts tls(const std::string& cipher = "TLS_AES_256_GCM_SHA384") {
    certs::tls_facts out;
    out.version = "TLSv1.3";
    out.cipher = cipher;
    return out;
}

certs::tls_facts tls_with(const certs::distinguished_name& subject, const certs::distinguished_name& issuer) {
    auto out = tls();
    out.certificate = certs::peer_certificate{subject, issuer, "01"};
    return out;
}

config::account rule(std::string user, std::string host, requirement require = requirement::none) {
    config::account out;
    out.user = std::move(user);
    out.host = std::move(host);
    out.require = require;
    return out;
}

account_table table_of(std::vector<config::account> rules, requirement by_default = requirement::ssl) {
    return account_table(config::accounts{by_default, std::move(rules)});
}

std::string chosen(const std::vector<config::account>& rules, std::string_view user, const client_origin& client) {
    return table_of(rules).decide(user, client, nullptr, false).account;
}

std::optional<denial> refused(const config::account& only, const certs::tls_facts* facts) {
    return table_of({only}).decide(only.user, anywhere, facts, false).denied;
}

TEST(accounts, the_most_specific_host_decides_whatever_the_files_order) {
    const std::vector rules{rule("app", ""),
                            rule("app", "%"),
                            rule("app", "192.%"),
                            rule("app", "192.0.2.%"),
                            rule("app", "192.0.0.0/255.255.0.0"),
                            rule("app", "192.0.0.0/16"),
                            rule("app", "192.0.2.7")};
    EXPECT_EQ(chosen(rules, "app", from("192.0.2.7")), "'app'@'192.0.2.7'");
    EXPECT_EQ(chosen(rules, "app", from("192.0.2.8")), "'app'@'192.0.0.0/16'");
    EXPECT_EQ(chosen({rules[0], rules[1], rules[2], rules[3], rules[4]}, "app", from("192.0.2.7")),
              "'app'@'192.0.0.0/255.255.0.0'");
    EXPECT_EQ(chosen(rules, "app", from("192.9.9.9")), "'app'@'192.%'");
    EXPECT_EQ(chosen(rules, "app", from("10.0.0.1")), "'app'@'%'");
    EXPECT_EQ(chosen({rules[0]}, "app", from("10.0.0.1")), "'app'@''");
}

TEST(accounts, a_named_user_comes_before_the_anonymous_one_of_the_same_host_only) {
    const std::vector same_host{rule("", "%"), rule("app", "%")};
    EXPECT_EQ(chosen(same_host, "app", anywhere), "'app'@'%'");
    EXPECT_EQ(chosen(same_host, "other", anywhere), "''@'%'");
    // The manual's example: the anonymous user of a more specific host shadows the named one.
    const std::vector rules{rule("jeffrey", "%"), rule("root", "%"), rule("root", "localhost"), rule("", "localhost")};
    EXPECT_EQ(chosen(rules, "jeffrey", unix_socket), "''@'localhost'");
    EXPECT_EQ(chosen(rules, "jeffrey", anywhere), "'jeffrey'@'%'");
    EXPECT_EQ(chosen(rules, "root", unix_socket), "'root'@'localhost'");
}

TEST(accounts, a_named_user_comes_first_among_equally_specific_hosts) {
    EXPECT_EQ(chosen({rule("", "127.0.0.1"), rule("app", "localhost")}, "app", from("127.0.0.1")), "'app'@'localhost'");
    EXPECT_EQ(chosen({rule("", "1%"), rule("app", "1%.7")}, "app", anywhere), "'app'@'1%.7'");
}

TEST(accounts, equally_specific_rules_keep_the_files_order) {
    EXPECT_EQ(chosen({rule("app", "19%"), rule("app", "19%7")}, "app", anywhere), "'app'@'19%'");
    EXPECT_EQ(chosen({rule("app", "19%7"), rule("app", "19%")}, "app", anywhere), "'app'@'19%7'");
}

TEST(accounts, the_first_matching_rule_decides_even_if_a_later_one_is_milder) {
    const auto table = table_of({rule("app", "192.0.2.7", requirement::ssl), rule("app", "%", requirement::none)});
    EXPECT_EQ(table.decide("app", anywhere, nullptr, false).denied, denial::tls_required);
    EXPECT_TRUE(table.decide("app", from("192.0.2.8"), nullptr, false).allowed());
}

TEST(accounts, users_are_compared_byte_for_byte) {
    using namespace std::string_view_literals;
    const auto table = table_of({rule("app", "%", requirement::none)});
    for (const auto user : {"App"sv, "app "sv, " app"sv, "app\0"sv, "app\0x"sv, "ap"sv, "appp"sv, ""sv, "%"sv, "a__"sv})
        EXPECT_EQ(table.decide(user, anywhere, nullptr, false).account, "default_require") << user;
    EXPECT_EQ(table.decide("app", anywhere, nullptr, false).account, "'app'@'%'");
    EXPECT_EQ(chosen({rule("a%", "%")}, "app", anywhere), "default_require") << "users have no wildcards";
    EXPECT_EQ(chosen({rule("a%", "%")}, "a%", anywhere), "'a%'@'%'");
}

TEST(accounts, who_is_named_by_no_rule_meets_default_require) {
    const auto plain = [](requirement by_default, const certs::tls_facts* facts) {
        return table_of({}, by_default).decide("app", anywhere, facts, false).denied;
    };
    const auto encrypted = tls();
    const auto certified = tls_with(name("app"), name("ca"));
    EXPECT_EQ(plain(requirement::none, nullptr), std::nullopt);
    EXPECT_EQ(plain(requirement::ssl, nullptr), denial::tls_required);
    EXPECT_EQ(plain(requirement::ssl, &encrypted), std::nullopt);
    EXPECT_EQ(plain(requirement::x509, nullptr), denial::tls_required);
    EXPECT_EQ(plain(requirement::x509, &encrypted), denial::certificate_required);
    EXPECT_EQ(plain(requirement::x509, &certified), std::nullopt);
}

TEST(accounts, require_none_takes_anybody) {
    const auto encrypted = tls();
    EXPECT_EQ(refused(rule("app", "%"), nullptr), std::nullopt);
    EXPECT_EQ(refused(rule("app", "%"), &encrypted), std::nullopt);
}

TEST(accounts, require_ssl_takes_tls_and_a_unix_socket_is_none) {
    const auto only = rule("app", "%", requirement::ssl);
    const auto encrypted = tls();
    EXPECT_EQ(refused(only, nullptr), denial::tls_required);
    EXPECT_EQ(refused(only, &encrypted), std::nullopt);
    EXPECT_EQ(table_of({only}).decide("app", unix_socket, nullptr, false).denied, denial::tls_required);
}

TEST(accounts, require_x509_takes_a_verified_certificate) {
    const auto only = rule("app", "%", requirement::x509);
    const auto encrypted = tls();
    const auto certified = tls_with(name("anybody"), name("ca"));
    EXPECT_EQ(refused(only, nullptr), denial::tls_required);
    EXPECT_EQ(refused(only, &encrypted), denial::certificate_required);
    EXPECT_EQ(refused(only, &certified), std::nullopt);
}

TEST(accounts, issuer_and_subject_imply_x509) {
    for (auto require : {requirement::none, requirement::ssl, requirement::x509}) {
        auto by_subject = rule("app", "%", require);
        by_subject.subject = name("app");
        auto by_issuer = rule("app", "%", require);
        by_issuer.issuer = name("ca");
        const auto encrypted = tls();
        const auto right = tls_with(name("app"), name("ca"));
        const auto wrong = tls_with(name("ap"), name("c"));
        EXPECT_EQ(refused(by_subject, nullptr), denial::tls_required);
        EXPECT_EQ(refused(by_issuer, nullptr), denial::tls_required);
        EXPECT_EQ(refused(by_subject, &encrypted), denial::certificate_required);
        EXPECT_EQ(refused(by_issuer, &encrypted), denial::certificate_required);
        EXPECT_EQ(refused(by_subject, &right), std::nullopt);
        EXPECT_EQ(refused(by_issuer, &right), std::nullopt);
        EXPECT_EQ(refused(by_subject, &wrong), denial::subject_mismatch);
        EXPECT_EQ(refused(by_issuer, &wrong), denial::issuer_mismatch);
    }
}

TEST(accounts, names_of_certificates_are_compared_whole_and_in_order) {
    auto only = rule("app", "%");
    only.subject = certs::distinguished_name({{"O", "Example", 0}, {"CN", "app", 1}});
    const certs::distinguished_name others[] = {
        certs::distinguished_name({{"CN", "app", 0}, {"O", "Example", 1}}),
        certs::distinguished_name({{"O", "Example", 0}, {"CN", "app", 1}, {"OU", "x", 2}}),
        certs::distinguished_name({{"CN", "app", 0}}),
        certs::distinguished_name({{"O", "Example/CN=app", 0}}),
        certs::distinguished_name({{"O", "Example", 0}, {"CN", "app", 0}}),
        certs::distinguished_name({{"O", "Example", 0}, {"CN", "App", 1}}),
        certs::distinguished_name({{"O", "Example", 0}, {"CN", "app ", 1}}),
    };
    for (const auto& each : others) {
        const auto facts = tls_with(each, name("ca"));
        EXPECT_EQ(refused(only, &facts), denial::subject_mismatch);
    }
}

TEST(accounts, cipher_implies_ssl_and_is_compared_whole) {
    auto only = rule("app", "%");
    only.cipher = "ECDHE-RSA-AES256-GCM-SHA384";
    const auto right = tls("ECDHE-RSA-AES256-GCM-SHA384");
    const auto wrong = tls("ECDHE-RSA-AES256-GCM-SHA38");
    EXPECT_EQ(refused(only, nullptr), denial::tls_required);
    EXPECT_EQ(refused(only, &right), std::nullopt) << "no certificate is needed";
    EXPECT_EQ(refused(only, &wrong), denial::cipher_mismatch);
}

TEST(accounts, all_that_a_rule_asks_for_must_hold) {
    auto only = rule("app", "%");
    only.subject = name("app");
    only.issuer = name("ca");
    only.cipher = "C";
    auto facts = tls_with(name("app"), name("ca"));
    facts.cipher = "C";
    EXPECT_EQ(refused(only, &facts), std::nullopt);
    facts.cipher = "D";
    EXPECT_EQ(refused(only, &facts), denial::cipher_mismatch);
    facts = tls_with(name("app"), name("other"));
    facts.cipher = "C";
    EXPECT_EQ(refused(only, &facts), denial::issuer_mismatch);
    facts = tls_with(name("other"), name("ca"));
    facts.cipher = "C";
    EXPECT_EQ(refused(only, &facts), denial::subject_mismatch);
}

TEST(accounts, require_secure_transport_comes_before_the_accounts) {
    const auto table = table_of({rule("app", "%", requirement::none)});
    const auto encrypted = tls();
    EXPECT_EQ(table.decide("app", anywhere, nullptr, true).denied, denial::secure_transport);
    EXPECT_EQ(table.decide("nobody", anywhere, nullptr, true).denied, denial::secure_transport);
    EXPECT_TRUE(table.decide("app", anywhere, &encrypted, true).allowed());
    EXPECT_TRUE(table.decide("app", unix_socket, nullptr, true).allowed()) << "a unix socket is secure for it";
    EXPECT_EQ(table.decide("app", from("127.0.0.1"), nullptr, true).denied, denial::secure_transport);
}

TEST(accounts, an_accounts_allow_from_closes_it_to_everybody_else) {
    auto only = rule("app", "%");
    only.allow_from = {config::network::parse("10.0.0.0/8").value(), config::network::parse("::1").value()};
    const auto table = table_of({only});
    EXPECT_TRUE(table.decide("app", from("10.1.2.3"), nullptr, false).allowed());
    EXPECT_TRUE(table.decide("app", from("::1"), nullptr, false).allowed());
    EXPECT_EQ(table.decide("app", anywhere, nullptr, false).denied, denial::address_not_allowed);
    EXPECT_EQ(table.decide("app", unix_socket, nullptr, false).denied, denial::address_not_allowed);
}

TEST(accounts, the_decision_names_its_rule_and_its_limit) {
    auto limited = rule("app", "10.%", requirement::ssl);
    limited.max_user_connections = 7;
    const auto got = table_of({limited}).decide("app", from("10.0.0.1"), nullptr, false);
    EXPECT_EQ(got.account, "'app'@'10.%'");
    EXPECT_EQ(got.max_user_connections, 7U);
    EXPECT_EQ(table_of({}).decide("app", anywhere, nullptr, false).max_user_connections, 0U);
}

TEST(accounts, a_rule_that_cannot_be_understood_is_not_dropped) {
    EXPECT_THROW(table_of({rule("app", "db.example.com")}), std::invalid_argument);
}

TEST(accounts, an_origin_is_named_as_mysql_names_it) {
    EXPECT_EQ(unix_socket.host(), "localhost");
    EXPECT_EQ(from("::ffff:192.0.2.7").host(), "192.0.2.7");
    EXPECT_EQ(from("2001:DB8::1").host(), "2001:db8::1");
}

}  // namespace
}  // namespace portcullis::gate
