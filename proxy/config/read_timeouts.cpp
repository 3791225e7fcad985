#include "proxy/config/tables.hpp"

namespace portcullis::config {
namespace {

constexpr field<timeouts> fields[] = {
    {"login", [](reader& in, timeouts& out) { in.duration(out.login); }},
    {"connect", [](reader& in, timeouts& out) { in.duration(out.connect); }},
    {"idle", [](reader& in, timeouts& out) { in.duration(out.idle); }},
    {"drain_notice", [](reader& in, timeouts& out) { in.duration(out.drain_notice, true); }},
    {"drain", [](reader& in, timeouts& out) { in.duration(out.drain); }},
};

}  // namespace

table_keys timeouts_keys() {
    return {"[timeouts]", names_of(fields)};
}

void read_timeouts(reader& in, configuration& out) {
    if (const auto table = in.table("[timeouts]")) read_table(*table, fields, out.timeouts);
}

}  // namespace portcullis::config
