// The least that a relay between two TLS connections can cost: for every 64 KiB one recv and one send, for every record
// of 16 KiB in them one decryption and one encryption, in place. No TLS library, no event loop, no protocol.
// The gate's CPU seconds per GB are compared with this.
#include "bench/micro/loopback.hpp"
#include "bench/micro/throughput.hpp"
#include "certs/openssl_ptr.hpp"

#include <array>
#include <benchmark/benchmark.h>
#include <span>
#include <sys/socket.h>

namespace portcullis::bench {
namespace {

constexpr std::size_t header_size = 5;
constexpr std::size_t plain_size = 16UL * 1024;
constexpr std::size_t tag_size = 16;
constexpr std::size_t record_size = header_size + plain_size + tag_size;
constexpr std::size_t records_at_once = 4;
constexpr std::size_t chunk_size = records_at_once * record_size;

using record = std::span<std::uint8_t, record_size>;

/// One direction's cipher of a connection. Numbers its records as TLS does: a nonce of its own for each.
class sealer {
public:
    sealer(const EVP_CIPHER* cipher, bool encrypts) : context_(EVP_CIPHER_CTX_new()) {
        const std::array<std::uint8_t, EVP_MAX_KEY_LENGTH> key{1, 2, 3};
        sound_ = EVP_CipherInit_ex(context_.get(), cipher, nullptr, key.data(), nullptr, encrypts ? 1 : 0) == 1;
    }

    void encrypt(record wire) {
        crypt(wire);
        control(EVP_CTRL_AEAD_GET_TAG, wire);
    }
    void decrypt(record wire) {
        next_is(number_);
        control(EVP_CTRL_AEAD_SET_TAG, wire);
        crypt(wire);
    }
    /// Of the record that is to come.
    void next_is(std::uint64_t number) { number_ = number; }
    /// No call failed, and every tag was right.
    [[nodiscard]] bool sound() const { return sound_; }

private:
    void crypt(record wire) {
        std::array<std::uint8_t, 12> nonce{};
        for (std::size_t i = 0; i < 8; ++i) nonce[11 - i] = static_cast<std::uint8_t>(number_ >> (8 * i));
        ++number_;
        int size = 0;
        auto* const payload = wire.data() + header_size;
        sound_ = sound_ && EVP_CipherInit_ex(context_.get(), nullptr, nullptr, nullptr, nonce.data(), -1) == 1 &&
                 EVP_CipherUpdate(context_.get(), nullptr, &size, wire.data(), header_size) == 1 &&
                 EVP_CipherUpdate(context_.get(), payload, &size, payload, plain_size) == 1 &&
                 EVP_CipherFinal_ex(context_.get(), payload + size, &size) == 1;
    }
    void control(int command, record wire) {
        auto* const tag = wire.data() + header_size + plain_size;
        sound_ = sound_ && EVP_CIPHER_CTX_ctrl(context_.get(), command, tag_size, tag) == 1;
    }

    certs::evp_cipher_ctx_ptr context_;
    std::uint64_t number_ = 0;
    bool sound_ = false;
};

record record_of(std::span<std::uint8_t> chunk, std::size_t index) {
    return chunk.subspan(index * record_size).first<record_size>();
}

void floor(benchmark::State& state, const EVP_CIPHER* cipher) {
    std::vector<std::uint8_t> chunk(chunk_size);
    for (std::size_t i = 0; i < chunk.size(); ++i) chunk[i] = static_cast<std::uint8_t>(i);
    // The peer repeats one chunk, encrypted once: the numbers of its records begin again with each.
    sealer far(cipher, true);
    for (std::size_t i = 0; i < records_at_once; ++i) far.encrypt(record_of(chunk, i));

    auto in = connect_over_loopback();
    auto out = connect_over_loopback();
    const auto size = static_cast<int>(chunk_size);
    ::setsockopt(in.near.number(), SOL_SOCKET, SO_RCVLOWAT, &size, sizeof size);  // wakes for a whole chunk only
    const peer feeder(std::move(in.far), feed(chunk));
    const peer drainer(std::move(out.far), drain);
    sealer received(cipher, false);
    sealer sent(cipher, true);
    std::int64_t bytes = 0;
    const throughput measured;
    for ([[maybe_unused]] auto each : state) {
        bool moved = ::recv(in.near.number(), chunk.data(), chunk_size, MSG_WAITALL) == size;
        received.next_is(0);
        for (std::size_t i = 0; i < records_at_once; ++i) {
            received.decrypt(record_of(chunk, i));
            sent.encrypt(record_of(chunk, i));
        }
        moved = moved && ::send(out.near.number(), chunk.data(), chunk_size, MSG_NOSIGNAL) == size;
        if (!moved || !received.sound() || !sent.sound()) {
            state.SkipWithError("the loop failed");
            break;
        }
        bytes += static_cast<std::int64_t>(records_at_once * plain_size);
    }
    measured.report(state, bytes);
}

BENCHMARK_CAPTURE(floor, aes_256_gcm, EVP_aes_256_gcm())->Name("floor/AES-256-GCM");
BENCHMARK_CAPTURE(floor, aes_128_gcm, EVP_aes_128_gcm())->Name("floor/AES-128-GCM");
BENCHMARK_CAPTURE(floor, chacha20_poly1305, EVP_chacha20_poly1305())->Name("floor/ChaCha20-Poly1305");

}  // namespace
}  // namespace portcullis::bench
