#include "protocol/connect_attributes.hpp"

#include "protocol/reader.hpp"
#include "protocol/writer.hpp"

#include <algorithm>

namespace portcullis::protocol {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// performance_schema compares names with a binary collation that pads with spaces; whoever reads them there may compare
// in another way.
bool may_pass_for(std::string_view name, std::string_view reserved) {
    while (!name.empty() && (name.back() == ' ' || name.back() == '\0')) name.remove_suffix(1);
    return std::equal(name.begin(), name.end(), reserved.begin(), reserved.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

/// The next one; nothing at the end and at the first that is broken (then in.error()). One at a time: a block may have
/// half a million.
std::optional<connect_attribute> next(reader& in) {
    if (in.at_end()) return std::nullopt;
    connect_attribute each;
    each.name = as_text(in.lenenc_string());
    each.value = as_text(in.lenenc_string());
    if (in.error()) return std::nullopt;
    return each;
}

bytes serialized(const connect_attribute& each) {
    writer out;
    out.lenenc_string(as_bytes(each.name));
    out.lenenc_string(as_bytes(each.value));
    return out.take();
}

}  // namespace

connect_attributes parse_connect_attributes(bytes_view block) {
    connect_attributes found;
    reader in(block);
    while (const auto each = next(in)) found.entries.push_back(*each);
    found.whole = !in.error();
    return found;
}

bytes serialize_connect_attributes(std::span<const connect_attribute> attributes) {
    bytes out;
    for (const auto& each : attributes) {
        const auto more = serialized(each);
        out.insert(out.end(), more.begin(), more.end());
    }
    return out;
}

std::optional<std::string_view> find_connect_attribute(bytes_view block, std::string_view name) {
    reader in(block);
    while (const auto each = next(in))
        if (each->name == name) return each->value;
    return std::nullopt;
}

bytes with_own_attributes(bytes_view client, std::span<const connect_attribute> added,
                          std::span<const std::string_view> reserved) {
    bytes out = serialize_connect_attributes(added);
    reader in(client);
    while (const auto each = next(in)) {
        const bool is_ours = std::any_of(reserved.begin(), reserved.end(),
                                         [&each](auto name) { return may_pass_for(each->name, name); });
        if (is_ours) continue;
        const auto more = serialized(*each);
        if (out.size() + more.size() > max_connect_attributes) break;
        out.insert(out.end(), more.begin(), more.end());
    }
    return out;
}

}  // namespace portcullis::protocol
