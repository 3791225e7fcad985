#include "proxy/config/tables.hpp"
#include "unit/config/reading.hpp"
#include "unit/config/scratch.hpp"

#include <gtest/gtest.h>

namespace portcullis::config {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

/// The one finding about a line put before a configuration that is in order.
std::string about(const std::string& lines) {
    const auto found = findings(lines + "\n" + in_order);
    EXPECT_THAT(found, SizeIs(1)) << lines;
    return found.empty() ? std::string() : found[0];
}

TEST(load, an_unknown_key_is_named_with_its_line_and_the_nearest_one) {
    EXPECT_EQ(about("[gate]\nworker = 1"), "2: unknown key 'worker' in [gate]; did you mean 'workers'?");
    EXPECT_EQ(about("[limits]\n\nmax_conections = 1"),
              "3: unknown key 'max_conections' in [limits]; did you mean 'max_connections'?");
    EXPECT_THAT(findings(in_order + "[cluster.default.heath]\ninterval = \"1s\"\n"),
                ElementsAre("9: unknown key 'heath' in [cluster.default]; did you mean 'health'?"));
}

TEST(load, an_unknown_table_is_named_with_its_line_and_the_nearest_one) {
    EXPECT_EQ(about("[timeout]\nlogin = \"1s\""), "1: unknown key 'timeout'; did you mean 'timeouts'?");
    EXPECT_EQ(about("bind = 3"),
              "1: unknown key 'bind'; there are 'gate', 'listener', 'accounts', 'account', "
              "'cluster', 'timeouts', 'limits', 'log', 'admin' or 'audit'");
}

TEST(load, a_key_of_another_table_is_sent_there) {
    EXPECT_EQ(about("[gate]\nssl_mode = \"REQUIRED\""),
              "2: unknown key 'ssl_mode' in [gate]; it belongs to [cluster.NAME]");
}

TEST(load, a_table_written_in_the_other_way_is_put_right) {
    EXPECT_EQ(about("[[gate]]\nworkers = 1"), "1: gate: is written [gate], as there is only one");
    EXPECT_EQ(about("gate = 3"), "1: gate: is a table, written [gate]");
    EXPECT_EQ(about("[account]\nuser = \"x\""), "1: account: is written [[account]], as there can be several");
    EXPECT_EQ(about("account = [3]"), "1: account: is a table, written [[account]]");
    EXPECT_THAT(
        findings("[cluster]\nssl_mode = \"REQUIRED\"\n" + in_order),
        Contains("2: [cluster] ssl_mode: stands outside a cluster: clusters have names, as in [cluster.default]"));
    EXPECT_THAT(findings("[cluster.\"a b\"]\n" + in_order), Contains(HasSubstr("is no name of a cluster")));
}

TEST(load, a_key_that_must_be_there_is_missed) {
    EXPECT_THAT(findings("\n[[listener]]\n" + one_cluster), AllOf(Contains("2: [[listener]] needs the key 'name'"),
                                                                  Contains("2: [[listener]] needs the key 'address'")));
    EXPECT_EQ(about("[[account]]\nhost = \"%\""), "1: [[account]] needs the key 'user'");
    EXPECT_THAT(findings(in_order + "[[cluster.default.aggregator]]\nweight = 2\n"),
                ElementsAre("9: [[cluster.default.aggregator]] needs the key 'address'"));
}

TEST(load, a_wrong_type_is_named_with_the_right_one) {
    EXPECT_EQ(about("[gate]\nworkers = \"2\""), "2: [gate] workers: takes a whole number from 0 to 1024, not a string");
    EXPECT_EQ(about("[gate]\nworkers = 2.0"),
              "2: [gate] workers: takes a whole number from 0 to 1024, not a number with a fraction");
    EXPECT_EQ(about("[gate]\nserver_version = 8"), "2: [gate] server_version: takes a string, not a whole number");
    EXPECT_EQ(about("[[account]]\nuser = true"), "2: [[account]] user: takes a string, not a boolean");
    EXPECT_THAT(about("[timeouts]\nlogin = 10"), HasSubstr("takes a duration with its unit"));
    EXPECT_THAT(about("[timeouts]\nlogin = 10:00:00"), EndsWith("not a date or time"));
    EXPECT_EQ(about("[log]\nlevel = [\"info\"]"),
              "2: [log] level: takes 'debug', 'info', 'warning' or 'error', not an array");
    EXPECT_THAT(findings(in_order + "require_secure_transport = 1\n"), Contains(HasSubstr("unknown key")));
    EXPECT_THAT(findings(tls_listener + "require_secure_transport = \"yes\"\n" + one_cluster),
                ElementsAre("6: [[listener]] require_secure_transport: takes true or false, not a string"));
    EXPECT_THAT(findings(tls_listener + "allow_from = \"10.0.0.0/8\"\n" + one_cluster),
                ElementsAre(HasSubstr("6: [[listener]] allow_from: takes an array of networks")));
    EXPECT_THAT(findings(tls_listener + "allow_from = [10]\n" + one_cluster),
                ElementsAre("6: [[listener]] allow_from: takes a string, not a whole number"));
}

TEST(load, every_key_refuses_a_type_that_none_takes) {
    for (const auto& table : schema()) {
        for (const auto key : table.keys) {
            auto header = std::string(table.header);
            if (const auto name = header.find("NAME"); name != std::string::npos) header.replace(name, 4, "x");
            const auto found = findings(header + "\n" + std::string(key) + " = 1979-05-27\n");
            EXPECT_THAT(found, Contains(AllOf(StartsWith("2: "), HasSubstr(std::string(key))))) << header << key;
        }
    }
}

TEST(load, numbers_have_a_range) {
    EXPECT_THAT(about("[gate]\ninstance_id = 128"), EndsWith("takes a whole number from 0 to 127, not 128"));
    EXPECT_THAT(about("[gate]\ninstance_id = -1"), EndsWith("not -1"));
    EXPECT_THAT(about("[gate]\nworkers = 1025"), StartsWith("2: "));
    EXPECT_THAT(about("[limits]\nmax_connections = 0"), StartsWith("2: "));
    EXPECT_THAT(about("[limits]\nmax_connections = 9223372036854775807"), StartsWith("2: "));
    EXPECT_THAT(about("[[account]]\nuser = \"a\"\nmax_user_connections = 4294967296"), StartsWith("3: "));
    EXPECT_THAT(findings(in_order + "weight = 0\n"), ElementsAre(StartsWith("9: ")));
}

TEST(load, durations_are_longer_than_zero_and_have_a_unit) {
    for (const auto* text : {"0s", "0ms", "-1s", "10", "10 s", "1.5s", "366d", "", "soon"})
        EXPECT_THAT(about("[timeouts]\nidle = \"" + std::string(text) + "\""),
                    StartsWith("2: [timeouts] idle: takes a dur"));
}

TEST(load, a_word_outside_the_list_is_shown_the_list) {
    EXPECT_EQ(about("[accounts]\ndefault_require = \"SLS\""),
              "2: [accounts] default_require: takes 'NONE', 'SSL' or 'X509', not 'SLS'; did you mean 'SSL'?");
    EXPECT_THAT(
        findings("[cluster.default]\nssl_mode = \"VERIFY\"\n[[cluster.default.aggregator]]\naddress = \"a:1\"\n" +
                 tls_listener),
        ElementsAre("2: [cluster.default] ssl_mode: takes 'DISABLED', 'PREFERRED', 'REQUIRED', 'VERIFY_CA' or "
                    "'VERIFY_IDENTITY', not 'VERIFY'; did you mean 'VERIFY_CA'?"));
}

TEST(load, addresses_networks_and_names_are_read_strictly) {
    EXPECT_THAT(findings("[[listener]]\nname = \"a b\"\naddress = \"0.0.0.0\"\n" + one_cluster),
                AllOf(Contains(StartsWith("2: [[listener]] name: takes 1 to 64 letters")),
                      Contains(StartsWith("3: [[listener]] address: takes \"HOST:PORT\""))));
    EXPECT_THAT(
        findings(tls_listener + "deny_from = [\n  \"10.0.0.0/8\",\n  \"10.0.0.1/8\",\n  \"x\"]\n" + one_cluster),
        ElementsAre(AllOf(StartsWith("8: [[listener]] deny_from:"), EndsWith("not '10.0.0.1/8'")),
                    StartsWith("9: [[listener]] deny_from:")));
    EXPECT_THAT(
        findings("[[listener]]\nname = \"a\"\naddress = \"unix:" + std::string(108, 'x') + "\"\n" + one_cluster),
        Contains(AllOf(StartsWith("3: "), HasSubstr("longer than 107 bytes"))));
}

TEST(load, an_empty_allow_list_is_no_way_to_shut_everybody_out) {
    EXPECT_THAT(findings(tls_listener + "allow_from = []\n" + one_cluster),
                ElementsAre(AllOf(StartsWith("6: "), HasSubstr("nobody could connect"))));
}

TEST(load, tls_versions_are_mysqls) {
    const auto versions = [](const std::string& list) { return "tls_version = \"" + list + "\"\n"; };
    for (const auto* list : {"", "TLSv1.4", "TLSv1.2;TLSv1.3", "TLSv1.2,TLSv1.2", "SSLv3", "TLSv1.2,"})
        EXPECT_THAT(findings(tls_listener + versions(list) + one_cluster),
                    ElementsAre(StartsWith("6: [[listener]] tls_version: takes some of TLSv1, TLSv1.1")))
            << list;
}

TEST(load, names_of_certificates_are_read_strictly) {
    EXPECT_THAT(about("[[account]]\nuser = \"a\"\nsubject = \"CN=app\""),
                AllOf(StartsWith("3: [[account]] subject: takes a name such as"), HasSubstr("portcullis certs show")));
    EXPECT_THAT(about("[[account]]\nuser = \"a\"\nissuer = \"/XYZ=1\""), StartsWith("3: [[account]] issuer:"));
}

TEST(load, host_names_and_hosts_that_nobody_matches_are_refused) {
    for (const auto* host : {"db.example.com", "%.example.com", "10.0.0.1/8", "10.0.0.0/255.0.255.0", "host/8"})
        EXPECT_THAT(about("[[account]]\nuser = \"a\"\nhost = \"" + std::string(host) + "\""),
                    AllOf(StartsWith("3: [[account]] host: "), HasSubstr(host)));
    EXPECT_THAT(about("[[account]]\nuser = \"a\"\nhost = \"db1\""), HasSubstr("does not resolve names of clients"));
}

TEST(load, a_server_version_that_drivers_stumble_over_is_refused) {
    for (const auto& version :
         {std::string("MySQL"), std::string("8.0 x"), std::string("8\u00e9"), std::string(61, '8')})
        EXPECT_THAT(about("[gate]\nserver_version = \"" + version + "\""), HasSubstr("must begin with a number"));
}

TEST(load, a_nul_byte_is_refused_wherever_a_text_is_taken) {
    EXPECT_THAT(about("[[account]]\nuser = \"app\\u0000\""), EndsWith("must not contain a NUL character"));
    EXPECT_THAT(about("[log]\nfile = \"a\\u0000b\""), EndsWith("must not contain a NUL character"));
}

TEST(load, what_a_terminal_would_act_upon_is_shown_instead) {
    EXPECT_THAT(about("[gate]\n\"a\\u001b[2J\" = 1"), HasSubstr("unknown key 'a\\x1b[2J'"));
}

TEST(load, what_is_no_toml_is_named_with_its_line) {
    EXPECT_THAT(findings("[gate]\nworkers = = 2\n"), ElementsAre(StartsWith("2: not TOML: ")));
    EXPECT_THAT(findings("[gate]\nworkers = 2\nworkers = 3\n"), ElementsAre(StartsWith("3: not TOML: ")));
    EXPECT_THAT(findings("[gate]\n[gate]\n"), ElementsAre(StartsWith("2: not TOML: ")));
    EXPECT_THAT(findings("\xff\xfe"), ElementsAre(HasSubstr("not TOML: ")));
    EXPECT_THAT(findings("a = " + std::string(10'000, '[')), ElementsAre(HasSubstr("not TOML: ")));
}

TEST(load, what_the_toml_library_gives_up_on_is_named_with_its_line_too) {
    EXPECT_THAT(findings("\n[gate]\n[\nworkers = 2\n"), ElementsAre("3: not TOML: nothing can be made of it"));
    EXPECT_THAT(findings("[\n"), ElementsAre("1: not TOML: nothing can be made of it"));
    EXPECT_THAT(findings("workers = \"a\n[\n"), ElementsAre(StartsWith("1: not TOML: ")));
}

TEST(load, all_problems_of_a_file_come_at_once_in_line_order) {
    const auto found = findings(
        "[log]\nlevel = 1\n[gate]\nworker = 1\n[[account]]\nuser = \"a\"\nhost = \"db1\"\n[limits]\nmax_connections = "
        "0\n" +
        in_order + "[cluster.default.health]\ninterval = \"0s\"\n");
    EXPECT_THAT(found, ElementsAre(StartsWith("2: "), StartsWith("4: "), StartsWith("7: "), StartsWith("9: "),
                                   StartsWith("19: ")));
}

TEST(load, an_empty_file_is_refused) {
    EXPECT_THAT(findings(""), ElementsAre("there is no [[listener]], so nobody could connect",
                                          "there is no [cluster.NAME], so nothing to connect to"));
}

TEST(load_file, says_what_is_wrong_with_the_file_itself) {
    const scratch_folder folder;
    const auto said = [](const std::filesystem::path& file) {
        const auto result = load_file(file);
        EXPECT_FALSE(result.ok());
        EXPECT_THAT(result.diagnostics, SizeIs(1));
        return result.diagnostics.at(0).to_string();
    };
    EXPECT_EQ(said("/nonexistent/portcullis.toml"), "/nonexistent/portcullis.toml: does not exist");
    EXPECT_THAT(said(folder.path()), EndsWith(": is a folder, not a configuration file"));
    EXPECT_THAT(said(folder.write("big", std::string(5U << 20U, '#'))),
                EndsWith("larger than the 4 MiB a configuration may have"));
    EXPECT_TRUE(load_file(folder.write("good", in_order)).ok());
}

}  // namespace
}  // namespace portcullis::config
