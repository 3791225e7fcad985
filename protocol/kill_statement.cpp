#include "protocol/kill_statement.hpp"

#include "protocol/com_query.hpp"
#include "protocol/command.hpp"
#include "protocol/reader.hpp"
#include "protocol/writer.hpp"

#include <algorithm>
#include <charconv>

namespace portcullis::protocol {
namespace {

constexpr std::size_t process_kill_size = 5;

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_control(char c) {
    return static_cast<std::uint8_t>(c) < ' ' || c == '\x7f';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// Bytes of other characters belong to words: which of them are letters depends on the client's character set.
bool is_word(char c) {
    return is_digit(c) || (upper(c) >= 'A' && upper(c) <= 'Z') || c == '_' || c == '$' ||
           static_cast<std::uint8_t>(c) >= 0x80;
}

/// A word, a ';' or, at the end of the statement, nothing.
struct token {
    std::size_t offset = 0;
    std::string_view text;

    [[nodiscard]] bool is(std::string_view keyword) const {
        return std::equal(text.begin(), text.end(), keyword.begin(), keyword.end(),
                          [](char a, char b) { return upper(a) == b; });
    }
};

/// A statement's tokens, one after the other, without space and comments.
/// Errors: truncated (a beginning ends here), unexpected_message (what no KILL has).
class tokens {
public:
    tokens(std::string_view text, payload_part part) : text_(text), whole_(part == payload_part::whole) {}

    result<token> next() {
        const error_code hidden = skip_space();
        if (hidden) return hidden;
        const std::size_t begin = at_;
        while (!ended() && is_word(text_[at_])) ++at_;
        if (at_ == begin && !ended() && text_[at_] == ';') ++at_;
        if (ended() && !whole_) return errc::truncated;  // a word may go on, a comment may follow
        if (at_ == begin && !ended()) return errc::unexpected_message;
        return token{begin, text_.substr(begin, at_ - begin)};
    }

private:
    [[nodiscard]] bool ended() const { return at_ == text_.size(); }
    [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }

    error_code skip_space() {
        for (;;) {
            while (!ended() && is_space(text_[at_])) ++at_;
            if (ended() || std::string_view("/-#").find(text_[at_]) == std::string_view::npos) return {};
            const error_code none = skip_comment();
            if (none) return none;
        }
    }

    error_code skip_comment() {
        const auto left = rest();
        if (left.front() == '#') return skip_line();
        if (left.size() < 3 && !whole_) return errc::truncated;
        if (left.starts_with("--") && (left.size() == 2 || is_space(left[2]) || is_control(left[2])))
            return skip_line();
        if (!left.starts_with("/*")) return errc::unexpected_message;
        const auto content = left.substr(2);
        if (content.starts_with('!') || content.starts_with("M!")) return errc::unexpected_message;
        const auto end = left.find("*/", 2);
        if (end == std::string_view::npos) return errc::truncated;
        at_ += end + 2;
        return {};
    }

    error_code skip_line() {
        at_ += std::min(rest().find('\n'), rest().size());
        return {};
    }

    std::string_view text_;
    bool whole_;
    std::size_t at_ = 0;
};

result<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (bad != std::errc{} || end != text.data() + text.size()) return errc::unexpected_message;
    return value;
}

result<kill_statement> parse_text(std::string_view text, payload_part part) {
    tokens in(text, part);
    kill_statement found;
    result<token> word = in.next();
    if (word && !word->is("KILL")) return errc::unexpected_message;
    if (word) word = in.next();
    if (word && (word->is("SOFT") || word->is("HARD"))) {
        found.soft = word->is("SOFT");
        word = in.next();
    }
    if (word && (word->is("QUERY") || word->is("CONNECTION"))) {
        found.query = word->is("QUERY");
        word = in.next();
    }
    if (!word) return word.error();
    const auto id = number(word->text);
    if (!id) return id.error();
    found.id = *id;
    found.id_offset = word->offset;
    found.id_size = word->text.size();
    word = in.next();
    if (word && word->is(";")) word = in.next();
    if (!word) return word.error();
    if (!word->text.empty()) return errc::unexpected_message;
    return found;
}

result<kill_statement> parse_process_kill(bytes_view payload, payload_part part) {
    if (payload.size() < process_kill_size || part == payload_part::beginning) return errc::truncated;
    reader in(payload.subspan(1));
    kill_statement found;
    found.binary = true;
    found.id = in.int4();
    found.id_offset = 1;
    found.id_size = process_kill_size - 1;
    return found;
}

}  // namespace

bool may_be_kill(bytes_view payload, capability_flags negotiated) {
    if (payload.empty()) return true;
    if (payload.front() != static_cast<std::uint8_t>(command::query))
        return payload.front() == static_cast<std::uint8_t>(command::process_kill);
    const bool attributes = (negotiated & client_query_attributes) != 0;
    const std::size_t statement = attributes ? 3 : 1;  // no attributes are two bytes
    if (payload.size() <= statement || (attributes && payload[1] != 0)) return true;
    const char first = static_cast<char>(payload[statement]);
    return upper(first) == 'K' || is_space(first) || first == '/' || first == '-' || first == '#';
}

result<kill_statement> parse_kill(bytes_view payload, capability_flags negotiated, payload_part part) {
    if (payload.empty()) return errc::truncated;
    if (payload.front() == static_cast<std::uint8_t>(command::process_kill)) return parse_process_kill(payload, part);
    const auto begin = statement_offset(payload, negotiated);
    if (!begin && part == payload_part::beginning && begin.error() == errc::bad_length) return errc::truncated;
    if (!begin) return begin.error();
    auto found = parse_text(as_text(payload.subspan(*begin)), part);
    if (found) found->id_offset += *begin;
    return found;
}

bytes with_id(bytes_view payload, const kill_statement& kill, std::uint32_t id) {
    writer out;
    out.raw(payload.first(kill.id_offset));
    if (kill.binary)
        out.int4(id);
    else
        out.raw(as_bytes(std::to_string(id)));
    out.raw(payload.subspan(kill.id_offset + kill.id_size));
    return out.take();
}

std::string kill_text(const kill_statement& kill, std::uint32_t id) {
    std::string text = "KILL ";
    if (kill.soft) text += "SOFT ";
    if (kill.query) text += "QUERY ";
    return text + std::to_string(id);
}

}  // namespace portcullis::protocol
