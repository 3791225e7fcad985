#include "bench/gate/statement.hpp"

#include "protocol/command.hpp"
#include "protocol/packet.hpp"
#include "protocol/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace portcullis::bench {
namespace {

using protocol::bytes;
using protocol::bytes_view;

constexpr std::string_view question = "SELECT REPEAT('p', ";
constexpr std::string_view upload = "DO LENGTH('";

bytes query_packet(std::string_view statement) {
    bytes payload{static_cast<std::uint8_t>(protocol::command::query)};
    payload.insert(payload.end(), statement.begin(), statement.end());
    bytes packet;
    protocol::append_packet(packet, 0, payload);
    return packet;
}

/// MySQL Internals, "Protocol::ColumnDefinition41": a text without a table.
bytes column_definition(std::string_view name, std::size_t longest) {
    protocol::writer out;
    out.lenenc_string(protocol::as_bytes("def"));
    for (const std::string_view text :
         {std::string_view{}, std::string_view{}, std::string_view{}, name, std::string_view{}})
        out.lenenc_string(protocol::as_bytes(text));
    out.int1(0x0c);
    out.int2(45);
    out.int4(static_cast<std::uint32_t>(longest));
    out.int1(0xfd);
    out.int2(0);
    out.int1(0x1f);
    out.zeros(2);
    return out.take();
}

bytes row(std::size_t size) {
    protocol::writer out;
    out.lenenc_string(bytes(size, 'p'));
    return out.take();
}

}  // namespace

bytes ask_for(std::size_t answer, std::size_t size) {
    auto statement = fmt::format("{}{}) AS answer", question, answer);
    statement.resize(std::max(size, statement.size()), ' ');
    return query_packet(statement);
}

bytes bring(std::size_t size) {
    std::string statement(upload);
    statement.resize(std::max(size, upload.size() + 2) - 2, 'p');
    return query_packet(statement + "')");
}

reply_plan understand(std::string_view statement) {
    if (statement.starts_with(upload)) return {};
    reply_plan plan{true, 1};
    if (!statement.starts_with(question)) return plan;
    const auto digits = statement.substr(question.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), plan.answer);
    constexpr std::size_t longest = 16'000'000;  // one packet
    plan.answer = std::min(plan.answer, longest);
    return plan;
}

bytes write_reply(reply_plan plan) {
    bytes out;
    if (!plan.result) {
        protocol::append_packet(out, 1, bytes{0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00});
        return out;
    }
    const bytes end{0xfe, 0x00, 0x00, 0x02, 0x00};
    protocol::append_packet(out, 1, bytes{1});
    protocol::append_packet(out, 2, column_definition("answer", plan.answer));
    protocol::append_packet(out, 3, end);
    protocol::append_packet(out, 4, row(plan.answer));
    protocol::append_packet(out, 5, end);
    return out;
}

}  // namespace portcullis::bench
