// A server as far as a relay can confuse it: it reads commands and files, numbers packets, and answers as it is told.
// It notes what no relay may let happen: a packet out of order, or a COM_CHANGE_USER that the gate has not seen.
#pragma once

#include "stream.hpp"

#include <functional>
#include <string>

namespace portcullis::protocol {

class model_server {
public:
    /// `choose` gives the next byte of whatever decides the answers.
    model_server(capability_flags negotiated, std::function<std::uint8_t()> choose)
        : eof_(!(negotiated & client_deprecate_eof)), choose_(std::move(choose)) {}

    void receive(bytes_view chunk) {
        in_.insert(in_.end(), chunk.begin(), chunk.end());
        while (!confused && in_.size() >= packet_header_size) {
            const auto header = parse_packet_header(bytes_view(in_).first<packet_header_size>());
            const std::uint8_t expected = reading_file_ ? id_ : std::uint8_t{0};
            // A real server finds this out from the header alone.
            confused = header.sequence_id != expected;
            if (confused || in_.size() < packet_header_size + header.length) return;
            const bytes payload(in_.begin() + packet_header_size, in_.begin() + packet_header_size + header.length);
            in_.erase(in_.begin(), in_.begin() + packet_header_size + header.length);
            id_ = static_cast<std::uint8_t>(header.sequence_id + 1);
            reading_file_ ? file_packet(payload) : command_packet(payload);
        }
    }

    /// It waits for a command, and has said all that it has to say to the last.
    [[nodiscard]] bool is_idle() const { return in_.empty() && !reading_file_; }

    bytes out;                  ///< what it has said and the relay has not read
    bool confused = false;      ///< it got a packet out of order
    bool changed_user = false;  ///< it got a COM_CHANGE_USER
    bool dumped = false;        ///< it was asked for its binary log
    int files = 0;              ///< read to their end

private:
    using text = std::string_view;

    void say(text payload) { append_packet(out, id_++, as_bytes(payload)); }
    void end(bool more) { say(text(more ? "\xfe\0\0\x0a\0\0\0" : "\xfe\0\0\x02\0\0\0", eof_ ? 5 : 7)); }

    void file_packet(const bytes& payload) {
        if (!payload.empty()) return;
        ++files;
        reading_file_ = false;
        const bool more = choose_() % 4 == 0;
        say(text(more ? "\0\0\0\x0a\0\0\0" : "\0\0\0\x02\0\0\0", 7));
        if (more) answer_query();
    }

    void command_packet(const bytes& payload) {
        const std::uint8_t command = payload.empty() ? std::uint8_t{0} : payload.front();
        changed_user = changed_user || command == 0x11;
        switch (command) {
            case 0x01:
            case 0x18:
            case 0x19:
                break;
            case 0x03:
            case 0x0a:
            case 0x17:
            case 0xfa:
                answer_query();
                break;
            case 0x16:
                answer_prepare();
                break;
            case 0x12:
            case 0x1e:
                dumped = true;
                dump();
                break;
            case 0x04:
            case 0x1c:
                rows();
                end(false);
                break;
            default:
                say(choose_() % 2 ? "\xff\x17\x04#08S01no" : text("\0\0\0\x02\0\0\0", 7));
        }
    }

    // Real ones close behind the last event. This one goes on, which leaves more to be confused about.
    void dump() {
        for (int events = choose_() % 4; events > 0; --events) {
            id_ = choose_();
            say(text("\0event", 6));
        }
        if (choose_() % 2) return say("\xff\xcb\x04#42000no");
        end(false);
    }

    void answer_query() {
        for (int results = 0; results < 20; ++results) {
            switch (choose_() % 6) {
                case 0:
                    say(text("\0\0\0\x02\0\0\0", 7));
                    return;
                case 1:
                    say("\xff\x15\x04#28000no");
                    return;
                case 2:
                    result(false);
                    return;
                case 3:
                    result(true);
                    break;
                case 4:
                    say(text("\0\0\0\x0a\0\0\0", 7));
                    break;
                default:
                    say("\xfb"
                        "file");
                    reading_file_ = true;
                    return;
            }
        }
        say("\xff\x15\x04#28000no");
    }

    void result(bool more) {
        say("\x01");
        say("\x03"
            "def");
        if (eof_) end(more);
        rows();
        if (choose_() % 8 == 0) return say("\xff\xff\xff\x01progress"), end(more);
        end(more);
    }
    void rows() {
        const int count = choose_() % 16 == 0 ? 300 : choose_() % 4;
        for (int i = 0; i < count; ++i)
            say(i % 3 == 0   ? "\xfb"
                : i % 3 == 1 ? text("\0", 1)
                             : "\xfb"
                               "file");
    }
    void answer_prepare() {
        const std::uint8_t columns = choose_() % 3, parameters = choose_() % 3;
        std::string ok(12, '\0');
        ok[5] = static_cast<char>(columns);
        ok[7] = static_cast<char>(parameters);
        say(ok);
        for (const int definitions : {parameters, columns}) {
            for (int i = 0; i < definitions; ++i)
                say("\x03"
                    "def");
            if (definitions > 0 && eof_) end(false);
        }
    }

    bool eof_;
    std::function<std::uint8_t()> choose_;
    bytes in_;
    bool reading_file_ = false;
    std::uint8_t id_ = 0;
};

}  // namespace portcullis::protocol
