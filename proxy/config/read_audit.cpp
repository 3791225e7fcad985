#include "proxy/config/read_values.hpp"
#include "proxy/config/tables.hpp"

#include <array>

namespace portcullis::config {
namespace {

constexpr std::uint64_t kib = 1024;

constexpr std::array<std::pair<std::string_view, audit_level>, 3> levels{{
    {"off", audit_level::off},
    {"logins", audit_level::logins},
    {"statements", audit_level::statements},
}};
constexpr std::array<std::pair<std::string_view, audit_destination>, 3> destinations{{
    {"file", audit_destination::file},
    {"stdout", audit_destination::standard_output},
    {"syslog", audit_destination::syslog},
}};
constexpr std::array<std::pair<std::string_view, syslog_facility>, 10> facilities{{
    {"auth", syslog_facility::auth},
    {"authpriv", syslog_facility::authpriv},
    {"local0", syslog_facility::local0},
    {"local1", syslog_facility::local1},
    {"local2", syslog_facility::local2},
    {"local3", syslog_facility::local3},
    {"local4", syslog_facility::local4},
    {"local5", syslog_facility::local5},
    {"local6", syslog_facility::local6},
    {"local7", syslog_facility::local7},
}};
constexpr std::array<std::pair<std::string_view, audit_failure>, 2> failures{{
    {"continue", audit_failure::go_on},
    {"refuse_logins", audit_failure::refuse_logins},
}};

void read_account_names(reader& in, audit& out) {
    std::vector<std::string> names;
    for (auto& each : in.items()) {
        std::string name;
        if (!each.text(name)) return;
        names.push_back(std::move(name));
    }
    out.accounts = std::move(names);
}

constexpr field<audit> fields[] = {
    {"level", [](reader& in, audit& out) { in.word<audit_level>(out.level, levels); }},
    {"destination", [](reader& in, audit& out) { in.word<audit_destination>(out.destination, destinations); }},
    {"file", [](reader& in, audit& out) { in.path(out.file); }},
    {"max_file_size", [](reader& in, audit& out) { in.size(out.max_file_size, 4 * kib, 1023 * kib * kib * kib); }},
    {"max_files", [](reader& in, audit& out) { in.integer(out.max_files, 1, 1000); }},
    {"syslog", [](reader& in, audit& out) { read_endpoint(in, out.syslog); }},
    {"facility", [](reader& in, audit& out) { in.word<syslog_facility>(out.facility, facilities); }},
    {"accounts", read_account_names},
    {"statement_size", [](reader& in, audit& out) { in.size(out.statement_size, 16, 8 * kib); }},
    {"on_failure", [](reader& in, audit& out) { in.word<audit_failure>(out.on_failure, failures); }},
};

}  // namespace

table_keys audit_keys() {
    return {"[audit]", names_of(fields)};
}

void read_audit(reader& in, configuration& out) {
    if (const auto table = in.table("[audit]")) read_table(*table, fields, out.audit);
}

}  // namespace portcullis::config
