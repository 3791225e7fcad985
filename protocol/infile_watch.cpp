#include "protocol/infile_watch.hpp"

#include "protocol/command.hpp"
#include "protocol/reader.hpp"

#include <algorithm>
#include <utility>

namespace portcullis::protocol {
namespace {

constexpr std::uint8_t ok_byte = 0x00;
constexpr std::uint8_t local_infile_byte = 0xfb;
constexpr std::uint8_t end_byte = 0xfe;  // EOF, or OK in its place
constexpr std::uint8_t err_byte = 0xff;
constexpr std::uint16_t more_results_exist = 0x0008;
constexpr std::uint16_t cursor_exists = 0x0040;
constexpr std::uint16_t out_parameters = 0x1000;
constexpr std::size_t eof_size = 5;

// MariaDB's progress report is an ERR of this code, and not the end of anything.
bool is_progress_report(bytes_view head) {
    return head.size() >= 3 && head[0] == err_byte && head[1] == 0xff && head[2] == 0xff;
}

// Status flags of an OK or EOF packet of `length` bytes, whose beginning `head` is. Errors: truncated, bad_length.
result<std::uint16_t> status_flags(bytes_view head, std::uint32_t length) {
    reader in(head.subspan(1));
    if (head.front() == end_byte && length == eof_size) {
        in.skip(2);  // warnings
    } else {
        static_cast<void>(in.lenenc_int());  // affected rows
        static_cast<void>(in.lenenc_int());  // last insert id
    }
    const std::uint16_t flags = in.int2();
    if (in.error()) return in.error();
    return flags;
}

}  // namespace

void infile_watch::expect_reply_to(std::uint8_t command_byte) {
    switch (static_cast<command>(command_byte)) {
        case command::quit:
        case command::stmt_send_long_data:
        case command::stmt_close:
            awaited_ = awaited::nothing;
            break;
        case command::query:
        case command::process_info:
        case command::stmt_execute:
        case command::stmt_bulk_execute:
            awaited_ = awaited::result;
            break;
        case command::binlog_dump:
        case command::binlog_dump_gtid:
            awaited_ = awaited::events;
            break;
        case command::stmt_prepare:
            awaited_ = awaited::prepared;
            break;
        case command::field_list:
        case command::stmt_fetch:
            awaited_ = awaited::end_packet;
            break;
        default:
            awaited_ = awaited::one_message;
            break;
    }
}

bool infile_watch::passes_between_events(std::uint8_t first_byte) {
    const auto what = static_cast<command>(first_byte);
    if (awaited_ != awaited::events || (what != command::semi_sync_ack && what != command::quit)) return false;
    interrupted_ = true;
    return true;
}

void infile_watch::feed(bytes_view chunk) {
    // A packet start that the last chunk cut is completed byte by byte: there are at most four.
    while (kept_size_ > 0 && !chunk.empty()) {
        std::array<std::uint8_t, packet_header_size + 1> start{};
        std::copy_n(kept_.begin(), kept_size_, start.begin());
        start[kept_size_] = chunk.front();
        chunk = chunk.subspan(1);
        examine(bytes_view(start).first(kept_size_ + 1));
    }
    if (!chunk.empty()) examine(chunk);
}

void infile_watch::examine(bytes_view chunk) {
    collect(chunk);
    std::size_t position = 0;
    packet_start found;
    packet_walker::step step = walker_.next(chunk, position, found);
    for (; step == packet_walker::step::start; step = walker_.next(chunk, position, found))
        if (begin_packet(found)) collect(chunk.subspan(position));
    const bytes_view incomplete = step == packet_walker::step::need_more ? chunk.subspan(position) : bytes_view();
    std::copy(incomplete.begin(), incomplete.end(), kept_.begin());
    kept_size_ = incomplete.size();
}

// True if it begins a message that concerns a reply.
bool infile_watch::begin_packet(const packet_start& packet) {
    if (awaited_ == awaited::nothing || lost()) return false;  // such a message announces the end of the connection
    if (packet.sequence_id != next_sequence_id_ && awaited_ != awaited::events) {
        awaited_ = awaited::unknown;
        return false;
    }
    client_packet(packet.sequence_id);  // numbers on
    if (packet.continuation) return false;
    length_ = packet.length;
    head_size_ = 0;
    head_wanted_ = std::min<std::size_t>(packet.length, head_capacity);
    if (head_wanted_ == 0) judge({});
    return true;
}

void infile_watch::collect(bytes_view payload) {
    if (head_size_ == head_wanted_) return;
    const std::size_t taken = std::min(head_wanted_ - head_size_, payload.size());
    std::copy_n(payload.begin(), taken, head_.begin() + static_cast<std::ptrdiff_t>(head_size_));
    head_size_ += taken;
    if (head_size_ == head_wanted_) judge(bytes_view(head_).first(head_size_));
}

void infile_watch::judge(bytes_view head) {
    if (is_progress_report(head)) return;
    const std::uint8_t first = head.empty() ? std::uint8_t{0} : head.front();
    // A row may begin with 0xFE only if its first column has 16 MiB or more.
    const bool ends_rows = first == err_byte || (first == end_byte && length_ < max_payload);
    switch (awaited_) {
        case awaited::one_message:
            awaited_ = awaited::nothing;
            break;
        case awaited::end_packet:
            if (ends_rows) awaited_ = awaited::nothing;
            break;
        case awaited::events:
            if (ends_rows) awaited_ = interrupted_ ? awaited::unknown : awaited::nothing;
            break;
        case awaited::prepared:
            judge_prepared(head);
            break;
        case awaited::countdown:
            if (--countdown_ == 0) awaited_ = awaited::nothing;
            break;
        case awaited::result:
            judge_result(head);
            break;
        case awaited::columns:
        case awaited::rows:
            if (ends_rows) end_result(head);
            break;
        case awaited::file:
            awaited_ = awaited::unknown;
            break;  // servers read a file to its end before they speak
        case awaited::nothing:
        case awaited::unknown:
            break;
    }
}

void infile_watch::judge_result(bytes_view head) {
    if (head.empty()) {
        awaited_ = awaited::unknown;
    } else if (head.front() == local_infile_byte) {
        awaited_ = awaited::file;
    } else if (head.front() == ok_byte || head.front() == end_byte || head.front() == err_byte) {
        end_result(head);
    } else {
        awaited_ = awaited::columns;
    }
}

// An OK, EOF or ERR: another result follows, or the rows, or nothing.
void infile_watch::end_result(bytes_view head) {
    const bool behind_columns = awaited_ == awaited::columns && eof_behind_columns_;
    awaited_ = awaited::nothing;
    if (head.front() == err_byte) {
        out_parameters_ = false;
        return;
    }
    const result<std::uint16_t> flags = status_flags(head, length_);
    if (!flags) {
        awaited_ = awaited::unknown;
    } else if (behind_columns && !(*flags & cursor_exists)) {
        awaited_ = awaited::rows;
        out_parameters_ = (*flags & out_parameters) != 0;
    } else if (*flags & more_results_exist || std::exchange(out_parameters_, false)) {
        // Behind the row of a CALL's OUT parameters comes its OK, although the EOF of MySQL (seen on 9.7) denies it.
        out_parameters_ = false;
        awaited_ = awaited::result;
    }
}

// Parameters, then columns, each with an EOF behind where the client wants EOFs.
void infile_watch::judge_prepared(bytes_view head) {
    awaited_ = awaited::nothing;
    if (!head.empty() && head.front() == err_byte) return;
    reader in(head);
    in.skip(5);  // status, statement id
    const std::uint32_t columns = in.int2();
    const std::uint32_t parameters = in.int2();
    const std::uint32_t eof = eof_behind_columns_ ? 1 : 0;
    countdown_ = columns + parameters + (columns > 0 ? eof : 0) + (parameters > 0 ? eof : 0);
    if (in.error()) awaited_ = awaited::unknown;
    if (!in.error() && countdown_ > 0) awaited_ = awaited::countdown;
}

}  // namespace portcullis::protocol
