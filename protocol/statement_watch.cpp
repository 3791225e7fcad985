#include "protocol/statement_watch.hpp"

#include "protocol/com_query.hpp"
#include "protocol/command.hpp"

#include <algorithm>

namespace portcullis::protocol {
namespace {

/// Query attributes stand before the statement. Most are a few bytes; longer ones are waited for up to a limit.
constexpr std::size_t usual_attributes = 64;
constexpr std::size_t most_attributes = 1024UL * 1024;

constexpr auto query_byte = static_cast<std::uint8_t>(command::query);
constexpr auto prepare_byte = static_cast<std::uint8_t>(command::stmt_prepare);

}  // namespace

std::vector<statement> statement_watch::feed(bytes_view chunk, bool file_data) {
    std::vector<statement> found;
    if (left_ > 0) collect(chunk.first(std::min(left_, chunk.size())), found);
    std::size_t position = 0;
    packet_start packet;
    while (walker_.next(chunk, position, packet) == packet_walker::step::start) {
        begin(packet, file_data);
        collect(chunk.subspan(position, std::min(left_, chunk.size() - position)), found);
    }
    return found;
}

void statement_watch::begin(const packet_start& packet, bool file_data) {
    left_ = packet.length;
    continues_ = packet.length == max_payload;
    if (packet.continuation) return;
    const bool is_statement = packet.first_byte == query_byte || packet.first_byte == prepare_byte;
    collecting_ = is_statement && packet.length > 0 && packet.sequence_id == 0 && !file_data;
    kept_.clear();
    wanted_ = 1 + size_ + (attributes_ ? usual_attributes : 0);
}

void statement_watch::collect(bytes_view payload, std::vector<statement>& found) {
    left_ -= payload.size();
    while (collecting_) {
        const auto taken = std::min(payload.size(), wanted_ - kept_.size());
        kept_.insert(kept_.end(), payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(taken));
        payload = payload.subspan(taken);
        const bool whole = payload.empty() && left_ == 0 && !continues_;
        if (!whole && kept_.size() < wanted_) return;
        finish(whole, found);
    }
}

void statement_watch::finish(bool whole, std::vector<statement>& found) {
    const bool prepared = kept_.front() == prepare_byte;
    const result<std::size_t> offset = prepared ? result<std::size_t>(1) : statement_offset(kept_, negotiated_);
    const bool may_be_longer = attributes_ && !whole && wanted_ < most_attributes;
    if (!offset && may_be_longer) {
        wanted_ = most_attributes;
        return;
    }
    const bool short_of = offset && may_be_longer && kept_.size() - *offset < size_;
    if (short_of) {
        wanted_ = *offset + size_;
        return;
    }
    collecting_ = false;
    statement& made = found.emplace_back();
    made.prepared = prepared;
    made.cut = !whole || !offset;
    if (offset) {
        const auto text = as_text(bytes_view(kept_).subspan(*offset));
        made.cut = made.cut || text.size() > size_;
        made.text = text.substr(0, size_);
    }
    kept_ = {};
}

}  // namespace portcullis::protocol
