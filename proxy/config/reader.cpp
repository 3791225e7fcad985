#include "proxy/config/reader.hpp"

#include "proxy/config/duration.hpp"
#include "proxy/config/nearest.hpp"
#include "proxy/config/size.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace portcullis::config {
namespace {

bool same_word(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::string in_quotes(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f) {
            out += c;
            continue;
        }
        std::array<char, 5> escaped{};
        std::snprintf(escaped.data(), escaped.size(), "\\x%02x", static_cast<unsigned>(byte));
        out += escaped.data();
    }
    return out + "'";
}

std::string one_of(std::span<const std::string_view> words) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i != 0) out += i + 1 == words.size() ? " or " : ", ";
        out += in_quotes(words[i]);
    }
    return out;
}

reader::reader(const document_value& value, unsigned line, std::string path, std::string key, std::string title,
               reading& shared)
    : value_(&value),
      line_(line),
      path_(std::move(path)),
      key_(std::move(key)),
      title_(std::move(title)),
      shared_(&shared) {
    if (!path_.empty()) shared_->source.lines[path_] = line_;
}

reader reader::child(const document_entry& entry, const std::string& title) const {
    return {entry.value, entry.line, path_.empty() ? entry.key : path_ + "." + entry.key, entry.key, title, *shared_};
}

std::vector<reader> reader::items() {
    std::vector<reader> out;
    if (!is(document_value::kind::array, "an array")) return out;
    for (std::size_t i = 0; i < value_->items.size(); ++i) {
        const auto& each = value_->items[i];
        out.emplace_back(each, each.line, path_ + "[" + std::to_string(i) + "]", key_, title_, *shared_);
    }
    return out;
}

std::optional<reader> reader::table(const std::string& header) {
    if (value_->type == document_value::kind::table) return reader(*value_, line_, path_, key_, header, *shared_);
    const bool several = value_->type == document_value::kind::array;
    error(several ? "is written " + header + ", as there is only one" : "is a table, written " + header);
    return std::nullopt;
}

std::vector<reader> reader::tables(const std::string& header) {
    std::vector<reader> out;
    if (value_->type != document_value::kind::array) {
        error("is written " + header + ", as there can be several");
        return out;
    }
    for (auto& each : items())
        if (auto read = each.table(header)) out.push_back(*std::move(read));
    return out;
}

void reader::report(diagnostic::severity level, const std::string& sentence) {
    const auto subject = title_.empty() ? key_ : title_ + " " + key_;
    shared_->found.push_back({level, shared_->source.file, line_, subject + ": " + sentence});
}

void reader::error(const std::string& sentence) {
    report(diagnostic::severity::error, sentence);
}
void reader::warning(const std::string& sentence) {
    report(diagnostic::severity::warning, sentence);
}

bool reader::is(document_value::kind type, std::string_view wanted) {
    if (value_->type == type) return true;
    error("takes " + std::string(wanted) + ", not " + value_->type_name);
    return false;
}

bool reader::text(std::string& out) {
    if (!is(document_value::kind::text, "a string")) return false;
    if (value_->text.find('\0') != std::string::npos) {
        error("must not contain a NUL character");
        return false;
    }
    out = value_->text;
    return true;
}

bool reader::boolean(bool& out) {
    if (!is(document_value::kind::boolean, "true or false")) return false;
    out = value_->boolean;
    return true;
}

bool reader::whole_number(std::int64_t& out, std::int64_t least, std::int64_t most) {
    const auto range = std::to_string(least) + " to " + std::to_string(most);
    if (!is(document_value::kind::integer, "a whole number from " + range)) return false;
    if (value_->integer < least || value_->integer > most) {
        error("takes a whole number from " + range + ", not " + std::to_string(value_->integer));
        return false;
    }
    out = value_->integer;
    return true;
}

bool reader::word_index(std::size_t& out, std::span<const std::string_view> words) {
    if (!is(document_value::kind::text, one_of(words))) return false;
    const auto found =
        std::find_if(words.begin(), words.end(), [&](std::string_view each) { return same_word(each, value_->text); });
    if (found == words.end()) {
        const auto meant = nearest(value_->text, words);
        error("takes " + one_of(words) + ", not " + in_quotes(value_->text) +
              (meant ? "; did you mean " + in_quotes(*meant) + "?" : ""));
        return false;
    }
    out = static_cast<std::size_t>(found - words.begin());
    return true;
}

bool reader::duration(std::chrono::milliseconds& out, bool may_be_zero) {
    constexpr auto wanted = R"(a duration with its unit, such as "500ms", "10s" or "1m30s")";
    if (!is(document_value::kind::text, wanted)) return false;
    const auto parsed = parse_duration(value_->text);
    if (!parsed || (parsed->count() == 0 && !may_be_zero)) {
        error("takes " + std::string(wanted) + (may_be_zero ? "" : ", longer than zero") + " and at most 365d, not " +
              in_quotes(value_->text));
        return false;
    }
    out = *parsed;
    return true;
}

bool reader::size(std::uint64_t& out, std::uint64_t least, std::uint64_t most) {
    constexpr auto wanted = R"(a size with its unit, such as "512B", "64KiB" or "100MiB")";
    if (!is(document_value::kind::text, wanted)) return false;
    const auto parsed = parse_size(value_->text);
    if (!parsed || *parsed < least || *parsed > most) {
        error("takes " + std::string(wanted) + ", from " + size_text(least) + " to " + size_text(most) + ", not " +
              in_quotes(value_->text));
        return false;
    }
    out = *parsed;
    return true;
}

bool reader::path(std::filesystem::path& out) {
    std::string written;
    if (!text(written)) return false;
    out = written.empty() ? std::filesystem::path() : shared_->folder / written;
    return true;
}

bool reader::paths(std::vector<std::filesystem::path>& out) {
    std::vector<std::filesystem::path> read;
    if (value_->type != document_value::kind::array) {
        if (!is(document_value::kind::text, "a string or an array of strings")) return false;
        read.emplace_back();
        if (!path(read.back())) return false;
        if (read.back().empty()) read.clear();
    } else {
        for (auto& each : items()) {
            if (!each.path(read.emplace_back())) return false;
            if (!read.back().empty()) continue;
            each.error("names no file in one of its places");
            return false;
        }
    }
    out = std::move(read);
    return true;
}

}  // namespace portcullis::config
