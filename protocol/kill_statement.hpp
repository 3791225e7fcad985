// KILL, as a statement or as COM_PROCESS_KILL: whether a command is one, which id it names and where that id stands.
// Decides nothing about the id: proxy/session/kill does.
// Source: MySQL 9 Reference Manual, "KILL Statement"; MariaDB Knowledge Base, "KILL [CONNECTION | QUERY]".
#pragma once

#include "protocol/bytes.hpp"
#include "protocol/capabilities.hpp"
#include "protocol/error.hpp"

#include <string>

namespace portcullis::protocol {

/// A longer KILL is not looked for. Drivers put a comment of about a hundred bytes in front of theirs.
inline constexpr std::size_t max_kill_payload = 512;

struct kill_statement {
    bool query = false;   ///< ends the target's statement; otherwise its connection
    bool soft = false;    ///< MariaDB's SOFT
    bool binary = false;  ///< COM_PROCESS_KILL: the id is four bytes, not digits
    std::uint64_t id = 0;
    std::size_t id_offset = 0;  ///< in the payload
    std::size_t id_size = 0;
};

/// Whether a payload is whole, or only the beginning of one that is not there yet.
enum class payload_part { whole, beginning };

/// By a command's first bytes, whether it is worth a look: false for nearly all of them.
[[nodiscard]] bool may_be_kill(bytes_view payload, capability_flags negotiated);

/// Reads KILL [HARD|SOFT] [CONNECTION|QUERY] NUMBER, with comments anywhere and one ';' at the end, or
/// COM_PROCESS_KILL.
///
/// Any other way to kill is no KILL here: KILL QUERY ID and KILL USER (MariaDB's, they name no connection), an
/// expression in place of the number, a second number (SingleStore's node), an executable comment (/*! ... */, whose
/// content depends on the server's version), one statement of several, a prepared one. Such a command passes as it is,
/// and an id that the gate gave out reaches nothing.
///
/// Errors: truncated (the payload ends too early: with payload_part::beginning it may become a KILL), bad_length,
/// unexpected_message (it is none). A beginning is never taken for a KILL.
[[nodiscard]] result<kill_statement> parse_kill(bytes_view payload, capability_flags negotiated,
                                                payload_part part = payload_part::whole);

/// The same payload with another id in the place of its own.
[[nodiscard]] bytes with_id(bytes_view payload, const kill_statement& kill, std::uint32_t id);

/// The statement that does the same to `id`, in the gate's own words.
[[nodiscard]] std::string kill_text(const kill_statement& kill, std::uint32_t id);

}  // namespace portcullis::protocol
