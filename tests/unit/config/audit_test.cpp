#include "unit/config/reading.hpp"

namespace portcullis::config {
namespace {

std::vector<std::string> about(const std::string& keys) {
    return findings("[audit]\n" + keys + "\n" + in_order);
}

TEST(audit, is_off_unless_asked_for) {
    EXPECT_EQ(loaded(in_order).audit.level, audit_level::off);
}

TEST(audit, reads_every_key) {
    const auto read = loaded(
        "[audit]\nlevel = \"statements\"\nfile = \"a.json\"\nmax_file_size = \"1MiB\"\nmax_files = 3\n"
        "syslog = \"10.0.0.1:514\"\nfacility = \"local0\"\naccounts = [\"app\"]\nstatement_size = \"2KiB\"\n"
        "on_failure = \"refuse_logins\"\n" +
        in_order);
    EXPECT_EQ(read.audit.level, audit_level::statements);
    EXPECT_EQ(read.audit.file, "/etc/portcullis/a.json");
    EXPECT_EQ(read.audit.max_file_size, 1048576U);
    EXPECT_EQ(read.audit.max_files, 3U);
    EXPECT_EQ(read.audit.syslog.port, 514);
    EXPECT_EQ(read.audit.facility, syslog_facility::local0);
    EXPECT_EQ(read.audit.accounts, std::vector<std::string>{"app"});
    EXPECT_EQ(read.audit.statement_size, 2048U);
    EXPECT_EQ(read.audit.on_failure, audit_failure::refuse_logins);
}

TEST(audit, refuses_what_contradicts_itself) {
    using testing::ElementsAre;
    EXPECT_THAT(about("level = \"logins\""), ElementsAre(testing::HasSubstr("destination \"file\" needs 'file'")));
    EXPECT_THAT(about("level = \"logins\"\ndestination = \"stdout\"\nfile = \"a\""),
                ElementsAre("4: [audit] file: is for destination \"file\" only"));
    EXPECT_THAT(about("level = \"logins\"\nfile = \"a\"\n[log]\nfile = \"a\""),
                ElementsAre("3: [audit] file: is the file of [log], too; give each its own"));
    EXPECT_THAT(about("level = \"logins\"\nfile = \"a\"\naccounts = [\"x\"]"),
                ElementsAre(testing::HasSubstr("nothing is chosen by it")));
    EXPECT_THAT(about("max_file_size = \"1KiB\""), ElementsAre(testing::HasSubstr("from 4KiB to 1023GiB, not '1KiB'")));
    EXPECT_THAT(about("max_file_size = 4096"), ElementsAre(testing::HasSubstr("takes a size with its unit")));
}

}  // namespace
}  // namespace portcullis::config
