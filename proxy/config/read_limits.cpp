#include "proxy/config/tables.hpp"

namespace portcullis::config {
namespace {

// Connection ids have 23 bits of counter; far fewer may live at once, so that a free one is always near.
constexpr std::int64_t most = 1'000'000;

constexpr field<limits> fields[] = {
    {"max_connections", [](reader& in, limits& out) { in.integer(out.max_connections, 1, most); }},
    {"max_unauthenticated", [](reader& in, limits& out) { in.integer(out.max_unauthenticated, 1, most); }},
    {"max_connections_per_address",
     [](reader& in, limits& out) { in.integer(out.max_connections_per_address, 0, most); }},
    {"ban_after", [](reader& in, limits& out) { in.integer(out.ban_after, 0, most); }},
    {"ban_window", [](reader& in, limits& out) { in.duration(out.ban_window); }},
    {"ban_time", [](reader& in, limits& out) { in.duration(out.ban_time); }},
};

}  // namespace

table_keys limits_keys() {
    return {"[limits]", names_of(fields)};
}

void read_limits(reader& in, configuration& out) {
    if (const auto table = in.table("[limits]")) read_table(*table, fields, out.limits);
}

}  // namespace portcullis::config
