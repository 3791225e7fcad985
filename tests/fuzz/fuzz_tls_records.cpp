// A peer that has the keys and says whatever it likes, cut wherever it likes: what comes out is the text of its records
// of data before the first thing that is wrong, and what it is answered are records that it can open.
#include "certs/record_keys.hpp"
#include "proxy/net/tls_records.hpp"
#include "require.hpp"

#include <algorithm>
#include <vector>

using namespace portcullis;
using bytes = std::vector<std::uint8_t>;

namespace {

constexpr std::uint8_t alert = 21;
constexpr std::uint8_t handshake = 22;
constexpr std::uint8_t data = 23;

certs::record_keys keys(int suite, certs::direction does, std::uint8_t whose) {
    const auto of = *certs::suite_of(static_cast<std::uint16_t>(0x1301 + suite));
    certs::traffic_secret secret;
    secret.set(bytes(certs::size_of(of.hash), whose));
    return std::move(*certs::record_keys::make(of, does, secret, 0));
}

bytes take(std::span<const std::uint8_t>& from, std::size_t count) {
    const auto part = from.first(std::min(count, from.size()));
    from = from.subspan(part.size());
    return {part.begin(), part.end()};
}

/// What a peer says, and what of it should be heard.
class script {
public:
    script(certs::record_keys with, bool to_client) : keys_(std::move(with)), to_client_(to_client) {}

    bytes ciphertext;
    bytes expected;
    bool over = false;

    void say_raw(const bytes& raw) {
        ciphertext.insert(ciphertext.end(), raw.begin(), raw.end());
        if (!raw.empty()) over = true;
    }
    void say(bytes inner) {
        const auto size = inner.size() + certs::record_cipher::tag_size;
        const auto at = ciphertext.size();
        ciphertext.insert(ciphertext.end(),
                          {data, 3, 3, static_cast<std::uint8_t>(size >> 8U), static_cast<std::uint8_t>(size)});
        ciphertext.resize(ciphertext.size() + size);
        const auto last = inner.back();
        const auto record = std::span(ciphertext).subspan(at);
        require(keys_.seal(record.first(5), std::span(inner).first(inner.size() - 1), last, record.data() + 5));
        if (!over) over = size > net::tls_records::longest_sealed || !hears(std::move(inner));
    }

private:
    bool hears(bytes inner) {
        while (!inner.empty() && inner.back() == 0) inner.pop_back();
        if (inner.empty() || inner.size() > net::tls_records::longest_text + 1) return false;
        const auto type = inner.back();
        inner.pop_back();
        if (type == alert) return inner.size() == 2 && inner[1] == 90;
        if (type == handshake) return !inner.empty() && hears_messages(inner);
        if (type != data || !message_.empty()) return false;
        expected.insert(expected.end(), inner.begin(), inner.end());
        return true;
    }
    bool hears_messages(const bytes& more) {
        message_.insert(message_.end(), more.begin(), more.end());
        while (message_.size() >= 4) {
            const auto size = std::size_t{message_[1]} << 16U | std::size_t{message_[2]} << 8U | message_[3];
            if (message_[0] == 24) return size == 1 && message_.size() == 5 && hears_update();
            if (message_[0] != 4 || !to_client_ || size > net::tls_records::longest_text) return false;
            if (message_.size() < 4 + size) return true;
            message_.erase(message_.begin(), message_.begin() + static_cast<std::ptrdiff_t>(4 + size));
        }
        return true;
    }
    bool hears_update() {
        if (message_[4] > 1 || ++updates_ > net::tls_records::most_updates) return false;
        message_.clear();
        return keys_.renew();
    }

    certs::record_keys keys_;
    bytes message_;
    unsigned updates_ = 0;
    bool to_client_;
};

void write(script& out, std::span<const std::uint8_t> rest) {
    for (int records = 0; !rest.empty() && records < 40; ++records) {
        const auto what = rest[0];
        const auto size = take(rest, 2).back();
        if (what % 8 == 7) {
            out.say_raw(take(rest, size));
            continue;
        }
        auto inner = what % 8 == 6 ? bytes(size * 65UL, what) : take(rest, size);
        const std::uint8_t types[] = {data, handshake, alert, handshake, data, what, data};
        inner.push_back(types[what % 8]);
        inner.resize(inner.size() + (what / 8 % 4) * 7UL);
        if (what / 32 == 7) inner.resize(inner.size() + 16'000);
        out.say(std::move(inner));
    }
}

void require_to_be_understood(std::span<const std::uint8_t> answers, certs::record_keys reading,
                              const net::tls_records& by) {
    bool alarmed = false;
    while (!answers.empty()) {
        const std::size_t size = std::size_t{answers[3]} << 8U | answers[4];
        bytes text(size - certs::record_cipher::tag_size);
        require(!alarmed && reading.open(answers.first(5), answers.subspan(5, size), text.data()));
        alarmed = text.back() == alert;
        require(alarmed ? text.size() == 3 && text[0] == 2 : text == bytes({24, 0, 0, 1, 0, handshake}));
        if (!alarmed) require(reading.renew());
        answers = answers.subspan(5 + size);
    }
    if (alarmed) require(by.now() == net::tls_records::state::failed && !by.failure().empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    if (size < 2) return 0;
    const int suite = input[0] % 3;
    const bool to_client = input[0] / 4 % 2 == 1;
    script peer(keys(suite, certs::direction::seal, 1), to_client);
    write(peer, {input + 2, size - 2});
    // Byte by byte only what is short: each cut costs as much as all that waits.
    const std::size_t piece = input[1] == 0 ? 100'000 : input[1] * (1 + peer.ciphertext.size() / 2048);

    net::tls_records ours(keys(suite, certs::direction::open, 1), keys(suite, certs::direction::seal, 2), to_client);
    net::send_buffer answers;
    bytes waiting;
    bytes heard;
    for (std::span<const std::uint8_t> rest(peer.ciphertext); !rest.empty();) {
        const auto part = take(rest, piece);
        waiting.insert(waiting.end(), part.begin(), part.end());
        bytes out(waiting.size());
        const auto opened = ours.open(waiting, out, answers);
        require(opened.taken <= waiting.size() && opened.text <= out.size());
        heard.insert(heard.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(opened.text));
        waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(opened.taken));
    }
    require(heard == peer.expected);
    if (!peer.over) require(ours.now() == net::tls_records::state::open && waiting.empty());
    require_to_be_understood(answers.bytes(), keys(suite, certs::direction::open, 2), ours);
    return 0;
}
