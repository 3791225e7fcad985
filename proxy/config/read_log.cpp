#include "proxy/config/tables.hpp"

#include <array>

namespace portcullis::config {
namespace {

constexpr std::array<std::pair<std::string_view, log_level>, 4> levels{{
    {"debug", log_level::debug},
    {"info", log_level::info},
    {"warning", log_level::warning},
    {"error", log_level::error},
}};
constexpr std::array<std::pair<std::string_view, log_format>, 2> formats{{
    {"logfmt", log_format::logfmt},
    {"json", log_format::json},
}};

constexpr field<log> fields[] = {
    {"level", [](reader& in, log& out) { in.word<log_level>(out.level, levels); }},
    {"format", [](reader& in, log& out) { in.word<log_format>(out.format, formats); }},
    {"file", [](reader& in, log& out) { in.path(out.file); }},
};

}  // namespace

table_keys log_keys() {
    return {"[log]", names_of(fields)};
}

void read_log(reader& in, configuration& out) {
    if (const auto table = in.table("[log]")) read_table(*table, fields, out.log);
}

}  // namespace portcullis::config
