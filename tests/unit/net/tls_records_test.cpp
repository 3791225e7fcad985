// The gate's records of TLS 1.3 and OpenSSL's understand each other in every suite, in both roles and however they are
// cut; and whatever a peer may send that it must not, ends in the right alert and in nothing else.
#include "proxy/net/tls_records.hpp"

#include "tests/unit/net/record_ends.hpp"

#include <functional>

namespace portcullis::net {
namespace {

using test::bytes;
using test::counting;
using test::record_ends;
using test::sealed_record;
using state = tls_records::state;

constexpr std::uint8_t alert = 21;
constexpr std::uint8_t handshake = 22;
constexpr std::uint8_t data = 23;

const char* const suites[] = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"};

/// One behind the other; with an operator that evaluates them in this order.
bytes operator<<(bytes front, const bytes& behind) {
    front.insert(front.end(), behind.begin(), behind.end());
    return front;
}

bytes key_update(std::uint8_t request) {
    return {24, 0, 0, 1, request};
}

bytes ticket(std::size_t size) {
    return bytes{4, static_cast<std::uint8_t>(size >> 16U), static_cast<std::uint8_t>(size >> 8U),
                 static_cast<std::uint8_t>(size)}
           << bytes(size, 0x18);  // of KeyUpdates, if its length were forgotten
}

std::vector<bytes> records_in(const bytes& ciphertext) {
    std::vector<bytes> out;
    for (std::size_t at = 0; at < ciphertext.size();) {
        const std::size_t size = 5U + (std::size_t{ciphertext[at + 3]} << 8U | ciphertext[at + 4]);
        out.emplace_back(ciphertext.begin() + static_cast<long>(at), ciphertext.begin() + static_cast<long>(at + size));
        at += size;
    }
    return out;
}

class TlsRecords : public testing::TestWithParam<std::tuple<const char*, bool>> {
protected:
    static bool we_serve() { return std::get<1>(GetParam()); }
    static bool is_client() { return !we_serve(); }

    /// Both ways, still.
    void expect_to_work() {
        const auto there = counting(300);
        ASSERT_EQ(ends_.we_open(ends_.peer_seals(there)), there);
        ASSERT_TRUE(ends_.we_seal(there));
        ASSERT_EQ(ends_.peer_reads(), there);
        ASSERT_EQ(ends_.ours->now(), state::open);
    }
    /// After a failure nothing is said, opened or sealed, whoever asks.
    void expect_to_be_dead(certs::record_keys& peer) {
        EXPECT_EQ(ends_.ours->now(), state::failed);
        EXPECT_FALSE(ends_.ours->failure().empty());
        ends_.to_send.clear();
        EXPECT_EQ(ends_.we_open(sealed_record(peer, data, counting(10))), bytes());
        EXPECT_FALSE(ends_.we_seal(counting(10)));
        ends_.ours->end(ends_.to_send);
        EXPECT_TRUE(ends_.to_send.empty());
        EXPECT_EQ(ends_.ours->now(), state::failed);
    }

    record_ends ends_{std::get<0>(GetParam()), we_serve()};
};

INSTANTIATE_TEST_SUITE_P(Each, TlsRecords, testing::Combine(testing::ValuesIn(suites), testing::Bool()),
                         [](const auto& each) {
                             return std::string(std::get<0>(each.param)) +
                                    (std::get<1>(each.param) ? "_server" : "_client");
                         });

// --- data

TEST_P(TlsRecords, CarryTextOfEverySize) {
    for (const std::size_t size : {1UL, 2UL, 15UL, 16UL, 17UL, 16'383UL, 16'384UL, 16'385UL, 100'000UL}) {
        const auto text = counting(size);
        ASSERT_EQ(ends_.we_open(ends_.peer_seals(text)), text) << size;
        ASSERT_TRUE(ends_.we_seal(text));
        const auto sent = records_in({ends_.to_send.bytes().begin(), ends_.to_send.bytes().end()});
        EXPECT_EQ(sent.size(), (size + 16'383) / 16'384) << size;
        ASSERT_EQ(ends_.peer_reads(), text) << size;
    }
    EXPECT_EQ(ends_.ours->now(), state::open);
}

TEST_P(TlsRecords, AreNoneForNoText) {
    EXPECT_TRUE(ends_.we_seal({}));
    EXPECT_TRUE(ends_.to_send.empty());
    expect_to_work();
}

TEST_P(TlsRecords, OpenWhereverTheyAreCut) {
    ASSERT_EQ(ends_.we_open(), bytes());
    const auto text = counting(7) << counting(40) << counting(1);
    const auto size = ends_.peer_seals(text).size() + std::size_t{2} * (5 + 17);
    ends_.begin_again(is_client());
    auto peer = ends_.peers_keys();
    for (std::size_t cut = 0; cut <= size; ++cut) {
        const auto sealed = sealed_record(peer, data, counting(7))
                            << sealed_record(peer, data, counting(40)) << sealed_record(peer, data, counting(1));
        ASSERT_EQ(sealed.size(), size);
        const auto middle = sealed.begin() + static_cast<long>(cut);
        const auto front = ends_.we_open({sealed.begin(), middle});
        ASSERT_EQ(front << ends_.we_open({middle, sealed.end()}), text) << cut;
        ASSERT_TRUE(ends_.received.empty());
    }
}

TEST_P(TlsRecords, OpenByteByByte) {
    const auto text = counting(700);
    ASSERT_EQ(ends_.we_open(ends_.peer_seals(text) << ends_.peer_seals(text), 1), text << text);
}

TEST_P(TlsRecords, TakeNoMoreThanWholeRecords) {
    ASSERT_EQ(ends_.we_open(), bytes());
    const auto first = ends_.peer_seals(counting(30));
    const auto second = ends_.peer_seals(counting(50));
    auto both = first << second;
    both.pop_back();
    bytes out(both.size());
    const auto opened = ends_.ours->open(both, out, ends_.to_send);
    EXPECT_EQ(opened.taken, first.size());
    EXPECT_EQ(opened.text, 30U);
}

TEST_P(TlsRecords, MayBePaddedAndEmpty) {
    auto peer = ends_.peers_keys();
    ASSERT_EQ(ends_.we_open(), bytes());
    const bytes zeros(20);  // text that looks like padding
    for (const std::size_t padding : {1UL, 2UL, 100UL, 16'384UL - 20}) {
        EXPECT_EQ(ends_.we_open(sealed_record(peer, data, zeros, padding)), zeros) << padding;
        EXPECT_EQ(ends_.we_open(sealed_record(peer, data, {}, padding)), bytes()) << padding;
    }
    EXPECT_EQ(ends_.we_open(sealed_record(peer, data, {})), bytes());
    EXPECT_EQ(ends_.we_open(sealed_record(peer, data, counting(16'384), 239)), counting(16'384)) << "of 16,640";
    EXPECT_EQ(ends_.ours->now(), state::open);
    EXPECT_TRUE(ends_.to_send.empty());
}

// --- KeyUpdate

TEST_P(TlsRecords, FollowTheKeysOfThePeer) {
    for (int round = 0; round < 3; ++round) {
        ASSERT_EQ(SSL_key_update(ends_.peer.get(), SSL_KEY_UPDATE_NOT_REQUESTED), 1);
        ASSERT_EQ(ends_.we_open(ends_.peer_seals(counting(40))), counting(40)) << round;
        EXPECT_TRUE(ends_.to_send.empty()) << "it did not ask for ours";
    }
    expect_to_work();
}

TEST_P(TlsRecords, AnswerAKeyUpdateThatAsksForOne) {
    for (int round = 0; round < 3; ++round) {
        ASSERT_EQ(SSL_key_update(ends_.peer.get(), SSL_KEY_UPDATE_REQUESTED), 1);
        ASSERT_EQ(ends_.we_open(ends_.peer_seals(counting(40))), counting(40)) << round;
        EXPECT_EQ(ends_.to_send.size(), 5U + 5 + 1 + 16);
        ASSERT_TRUE(ends_.we_seal(counting(50)));
        ASSERT_EQ(ends_.peer_reads(), counting(50));
        EXPECT_EQ(ends_.peer_says, SSL_ERROR_WANT_READ);
    }
    expect_to_work();
}

TEST_P(TlsRecords, SealWithTheOldKeyBeforeTheAnswerAndWithTheNewOneBehindIt) {
    ASSERT_TRUE(ends_.we_seal(counting(10)));
    ASSERT_EQ(SSL_key_update(ends_.peer.get(), SSL_KEY_UPDATE_REQUESTED), 1);
    ASSERT_EQ(ends_.we_open(ends_.peer_seals(counting(40))), counting(40));
    ASSERT_TRUE(ends_.we_seal(counting(20)));
    EXPECT_EQ(ends_.peer_reads(), counting(10) << counting(20));
}

TEST_P(TlsRecords, FollowSeveralKeyUpdatesInARow) {
    bytes sent;
    for (int round = 0; round < 5; ++round) {
        ASSERT_EQ(SSL_key_update(ends_.peer.get(), SSL_KEY_UPDATE_REQUESTED), 1);
        ASSERT_EQ(SSL_do_handshake(ends_.peer.get()), 1);
        sent = sent << record_ends::drain(ends_.peer.get());
    }
    ASSERT_EQ(ends_.we_open(sent), bytes());
    expect_to_work();
}

TEST_P(TlsRecords, PutTogetherAKeyUpdateThatComesInPieces) {
    auto peer = ends_.peers_keys();
    const auto update = key_update(0);
    for (std::size_t cut = 1; cut < update.size(); ++cut) {
        const auto middle = update.begin() + static_cast<long>(cut);
        ASSERT_EQ(ends_.we_open(sealed_record(peer, handshake, {update.begin(), middle})), bytes());
        ASSERT_EQ(ends_.we_open(sealed_record(peer, handshake, {middle, update.end()})), bytes());
        ASSERT_TRUE(peer.renew());
        ASSERT_EQ(ends_.we_open(sealed_record(peer, data, counting(9))), counting(9)) << cut;
    }
}

TEST_P(TlsRecords, EndAFloodOfKeyUpdates) {
    auto peer = ends_.peers_keys();
    const auto update = [&] {
        auto sealed = sealed_record(peer, handshake, key_update(0));
        EXPECT_TRUE(peer.renew());
        return sealed;
    };
    for (unsigned i = 0; i < tls_records::most_updates; ++i) ASSERT_EQ(ends_.we_open(update()), bytes());
    ASSERT_EQ(ends_.we_open(sealed_record(peer, data, counting(1))), counting(1));
    EXPECT_EQ(ends_.we_open(update()), bytes()) << "data forgives one";
    ASSERT_EQ(ends_.ours->now(), state::open);
    EXPECT_EQ(ends_.we_open(update() << sealed_record(peer, data, counting(1))), bytes());
    EXPECT_EQ(ends_.ours->now(), state::flooded);
    EXPECT_EQ(ends_.we_open(sealed_record(peer, data, counting(1))), bytes());
}

TEST_P(TlsRecords, RenewTheirKeysThemselvesBeforeThoseAreWorn) {
    using certs::direction;
    const auto keys = [&](direction does, const certs::traffic_secret& secret, std::uint64_t before) {
        return std::move(*certs::record_keys::make(ends_.suite, does, secret, before));
    };
    constexpr auto near = certs::record_keys::most_records - 3;
    tls_records here(keys(direction::open, ends_.peers_secret, 0), keys(direction::seal, ends_.our_secret, near), true);
    tls_records there(keys(direction::open, ends_.our_secret, near), keys(direction::seal, ends_.peers_secret, 0),
                      false);
    send_buffer sent;
    ASSERT_TRUE(here.seal(counting(std::size_t{10} * 16'384), sent));
    auto sealed = records_in({sent.bytes().begin(), sent.bytes().end()});
    ASSERT_EQ(sealed.size(), 11U);
    for (std::size_t i = 0; i < sealed.size(); ++i)
        EXPECT_EQ(sealed[i].size(), i == 3 ? 5U + 5 + 17 : 5U + 16'384 + 17) << "the KeyUpdate is the fourth";
    bytes out(sent.size());
    send_buffer answers;
    const auto opened = there.open(sent.bytes(), out, answers);
    out.resize(opened.text);
    EXPECT_EQ(out, counting(std::size_t{10} * 16'384));
    EXPECT_TRUE(answers.empty()) << "it asks for no answer";
    // Before it was renewed, the key of then opened no more than its share.
    auto old = keys(direction::open, ends_.our_secret, near + 4);
    out.resize(sealed[4].size());
    EXPECT_FALSE(old.open(std::span(sealed[4]).first(5), std::span(sealed[4]).subspan(5), out.data()));
}

// --- what else a peer may say

TEST_P(TlsRecords, EndWithTheirPeersCloseNotify) {
    auto last = ends_.peer_seals(counting(20));
    SSL_shutdown(ends_.peer.get());
    last = last << record_ends::drain(ends_.peer.get());
    ASSERT_EQ(ends_.we_open(last), counting(20));
    EXPECT_EQ(ends_.ours->now(), state::ended);
    EXPECT_TRUE(ends_.ours->failure().empty());
    EXPECT_TRUE(ends_.to_send.empty());
}

TEST_P(TlsRecords, OpenNothingBehindACloseNotifyButStillSeal) {
    auto peer = ends_.peers_keys();
    const auto end = sealed_record(peer, alert, {1, 0});
    EXPECT_EQ(ends_.we_open(end << sealed_record(peer, data, counting(9))), bytes());
    EXPECT_EQ(ends_.we_open(sealed_record(peer, data, counting(9))), bytes());
    EXPECT_EQ(ends_.ours->now(), state::ended);
    ASSERT_TRUE(ends_.we_seal(counting(33)));
    EXPECT_EQ(ends_.peer_reads(), counting(33));
}

TEST_P(TlsRecords, SayCloseNotifyOnceAndNothingBehindIt) {
    ASSERT_TRUE(ends_.we_seal(counting(20)));
    ends_.ours->end(ends_.to_send);
    const auto size = ends_.to_send.size();
    ends_.ours->end(ends_.to_send);
    EXPECT_FALSE(ends_.we_seal(counting(1)));
    EXPECT_EQ(ends_.to_send.size(), size);
    EXPECT_EQ(ends_.peer_reads(), counting(20));
    EXPECT_EQ(ends_.peer_says, SSL_ERROR_ZERO_RETURN);
    ASSERT_EQ(SSL_key_update(ends_.peer.get(), SSL_KEY_UPDATE_REQUESTED), 1);
    EXPECT_EQ(ends_.we_open(ends_.peer_seals(counting(40))), counting(40)) << "the peer may go on";
    EXPECT_TRUE(ends_.to_send.empty()) << "a KeyUpdate behind close_notify";
    EXPECT_EQ(ends_.we_open(bytes{23, 3, 3, 0, 0}), bytes());
    EXPECT_EQ(ends_.ours->now(), state::failed);
    EXPECT_FALSE(ends_.ours->failure().empty());
    EXPECT_TRUE(ends_.to_send.empty()) << "an alert behind close_notify";
}

TEST_P(TlsRecords, GoOnBehindUserCanceled) {
    auto peer = ends_.peers_keys();
    EXPECT_EQ(ends_.we_open(sealed_record(peer, alert, {1, 90}) << sealed_record(peer, data, counting(9))),
              counting(9));
    EXPECT_EQ(ends_.ours->now(), state::open);
}

TEST_P(TlsRecords, FailWithoutAnAnswerAtAnyOtherAlert) {
    for (const std::uint8_t level : bytes{1, 2, 77})
        for (const std::uint8_t description : bytes{10, 20, 42, 46, 48, 80, 100, 116, 255}) {
            ends_.begin_again(is_client());
            auto peer = ends_.peers_keys();
            const auto front = sealed_record(peer, data, counting(5));
            EXPECT_EQ(ends_.we_open(front << sealed_record(peer, alert, {level, description})
                                          << sealed_record(peer, data, counting(5))),
                      counting(5));
            EXPECT_NE(ends_.ours->failure().find("the peer's alert"), std::string::npos);
            EXPECT_TRUE(ends_.to_send.empty());
            expect_to_be_dead(peer);
        }
}

// --- tickets

TEST_P(TlsRecords, PassOverTicketsWhereTheyAreAClients) {
    if (!is_client()) return;  // a server that is sent one fails: see below
    ASSERT_GT(ends_.peers_before, 0U) << "OpenSSL sends some";
    expect_to_work();
    ends_.begin_again(true);
    auto peer = ends_.peers_keys();
    EXPECT_EQ(ends_.we_open(sealed_record(peer, handshake, ticket(100) << ticket(0) << ticket(16'000))
                            << sealed_record(peer, data, counting(5))),
              counting(5))
        << "several in one";
    const auto long_one = ticket(90);
    for (std::size_t cut = 1; cut < long_one.size(); ++cut) {
        const auto middle = long_one.begin() + static_cast<long>(cut);
        EXPECT_EQ(ends_.we_open(sealed_record(peer, handshake, {long_one.begin(), middle})
                                << sealed_record(peer, handshake, bytes(middle, long_one.end()) << key_update(0))),
                  bytes());
        ASSERT_TRUE(peer.renew());
        EXPECT_EQ(ends_.we_open(sealed_record(peer, data, counting(5))), counting(5)) << cut;
    }
    bytes slowly;
    for (const auto each : ticket(20)) slowly = slowly << sealed_record(peer, handshake, {each});
    EXPECT_EQ(ends_.we_open(slowly << sealed_record(peer, data, counting(6))), counting(6)) << "a byte in each record";
    EXPECT_EQ(ends_.ours->now(), state::open);
    EXPECT_TRUE(ends_.to_send.empty());
}

// --- what a peer must not say

struct wrong {
    const char* what;
    int alert;
    std::function<bytes(certs::record_keys&)> make;
    bool to_client = true;
    bool to_server = true;
};

bytes plaintext(std::uint8_t type, const bytes& text) {
    return bytes{type, 3, 3, static_cast<std::uint8_t>(text.size() >> 8U), static_cast<std::uint8_t>(text.size())}
           << text;
}

std::vector<wrong> all_wrong() {
    const auto sealed = [](std::uint8_t type, const bytes& text) {
        return [=](certs::record_keys& peer) { return sealed_record(peer, type, text); };
    };
    const auto clear = [](std::uint8_t type, const bytes& text) {
        return [=](certs::record_keys&) { return plaintext(type, text); };
    };
    return {
        {"a plaintext alert", SSL_AD_UNEXPECTED_MESSAGE, clear(alert, {1, 0})},
        {"a plaintext handshake message", SSL_AD_UNEXPECTED_MESSAGE, clear(handshake, key_update(0))},
        {"ChangeCipherSpec", SSL_AD_UNEXPECTED_MESSAGE, clear(20, {1})},
        {"a record of type 0", SSL_AD_UNEXPECTED_MESSAGE, clear(0, counting(30))},
        {"a header alone that announces too much", SSL_AD_RECORD_OVERFLOW,
         [](auto&) {
             return bytes{data, 3, 3, 0x41, 0x01};
         }},
        {"a header alone that announces all there is room for", SSL_AD_RECORD_OVERFLOW,
         [](auto&) {
             return bytes{data, 3, 3, 0xff, 0xff};
         }},
        {"a record without room for a tag", SSL_AD_BAD_RECORD_MAC, clear(data, bytes(16))},
        {"an empty record", SSL_AD_BAD_RECORD_MAC, clear(data, {})},
        {"a record of random bytes", SSL_AD_BAD_RECORD_MAC, clear(data, counting(100))},
        {"text in the clear as data", SSL_AD_BAD_RECORD_MAC, clear(data, bytes(17))},
        {"a byte of text too many", SSL_AD_RECORD_OVERFLOW, sealed(data, counting(16'385))},
        {"as much text as a record has room for", SSL_AD_RECORD_OVERFLOW, sealed(data, counting(16'384 + 239))},
        {"nothing but a type of zero", SSL_AD_UNEXPECTED_MESSAGE, sealed(0, {})},
        {"nothing but padding", SSL_AD_UNEXPECTED_MESSAGE, sealed(0, bytes(100))},
        {"text whose type is one of zeros", SSL_AD_UNEXPECTED_MESSAGE, sealed(0, {1, 2, 3, 24, 0})},
        {"an encrypted ChangeCipherSpec", SSL_AD_UNEXPECTED_MESSAGE, sealed(20, {1})},
        {"a heartbeat", SSL_AD_UNEXPECTED_MESSAGE, sealed(24, {1, 0, 1, 7})},
        {"an unknown type", SSL_AD_UNEXPECTED_MESSAGE, sealed(255, counting(3))},
        {"a handshake record without a byte", SSL_AD_UNEXPECTED_MESSAGE, sealed(handshake, {})},
        {"a ClientHello", SSL_AD_UNEXPECTED_MESSAGE, sealed(handshake, {1, 0, 0, 0})},
        {"a HelloRequest", SSL_AD_UNEXPECTED_MESSAGE, sealed(handshake, {0, 0, 0, 0})},
        {"a CertificateRequest", SSL_AD_UNEXPECTED_MESSAGE, sealed(handshake, {13, 0, 0, 1, 0})},
        {"a Finished", SSL_AD_UNEXPECTED_MESSAGE, sealed(handshake, {20, 0, 0, 32})},
        {"a ticket to a server", SSL_AD_UNEXPECTED_MESSAGE, sealed(handshake, ticket(10)), false, true},
        {"a ticket that is too long", SSL_AD_DECODE_ERROR, sealed(handshake, {4, 255, 255, 255}), true, false},
        {"data within a ticket", SSL_AD_UNEXPECTED_MESSAGE,
         [](auto& peer) {
             return sealed_record(peer, handshake, {4, 0, 0, 10, 1}) << sealed_record(peer, data, counting(9));
         },
         true, false},
        {"data within a message's header", SSL_AD_UNEXPECTED_MESSAGE,
         [](auto& peer) { return sealed_record(peer, handshake, {24}) << sealed_record(peer, data, counting(9)); }},
        {"a KeyUpdate with data behind it in its record", SSL_AD_UNEXPECTED_MESSAGE,
         sealed(handshake, key_update(0) << bytes{0})},
        {"two KeyUpdates in one record", SSL_AD_UNEXPECTED_MESSAGE, sealed(handshake, key_update(0) << key_update(0))},
        {"a KeyUpdate in front of a ticket", SSL_AD_UNEXPECTED_MESSAGE, sealed(handshake, key_update(0) << ticket(4)),
         true, false},
        {"a KeyUpdate that asks for something unknown", SSL_AD_ILLEGAL_PARAMETER, sealed(handshake, key_update(2))},
        {"a KeyUpdate of no byte", SSL_AD_DECODE_ERROR, sealed(handshake, {24, 0, 0, 0})},
        {"a KeyUpdate of two bytes", SSL_AD_DECODE_ERROR, sealed(handshake, {24, 0, 0, 2, 0, 0})},
        {"a KeyUpdate of 65,537 bytes", SSL_AD_DECODE_ERROR, sealed(handshake, {24, 1, 0, 1, 0})},
        {"data within a KeyUpdate", SSL_AD_UNEXPECTED_MESSAGE,
         [](auto& peer) {
             return sealed_record(peer, handshake, {24, 0, 0, 1}) << sealed_record(peer, data, counting(9));
         }},
        {"more in the record of a KeyUpdate's last byte", SSL_AD_UNEXPECTED_MESSAGE,
         [](auto& peer) {
             return sealed_record(peer, handshake, {24, 0, 0, 1}) << sealed_record(peer, handshake, {0, 24});
         }},
        {"data under the keys of before a KeyUpdate", SSL_AD_BAD_RECORD_MAC,
         [](auto& peer) {
             return sealed_record(peer, handshake, key_update(0)) << sealed_record(peer, data, counting(9));
         }},
        {"an alert of no byte", SSL_AD_DECODE_ERROR, sealed(alert, {})},
        {"an alert of one byte", SSL_AD_DECODE_ERROR, sealed(alert, {1})},
        {"an alert of three bytes", SSL_AD_DECODE_ERROR, sealed(alert, {1, 0, 0})},
        {"two close_notify in one record", SSL_AD_DECODE_ERROR, sealed(alert, {1, 0, 1, 0})},
        {"a record once more", SSL_AD_BAD_RECORD_MAC,
         [](auto& peer) {
             const auto once = sealed_record(peer, handshake, key_update(0));
             return once << once;
         }},
        {"a record that leaves one out", SSL_AD_BAD_RECORD_MAC,
         [](auto& peer) {
             (void)sealed_record(peer, data, counting(9));
             return sealed_record(peer, data, counting(9));
         }},
    };
}

TEST_P(TlsRecords, AnswerWhatIsWrongWithTheAlertForItAndEnd) {
    for (const auto& each : all_wrong()) {
        if (!(is_client() ? each.to_client : each.to_server)) continue;
        SCOPED_TRACE(each.what);
        ends_ = record_ends(std::get<0>(GetParam()), we_serve());
        ASSERT_EQ(ends_.we_open(), bytes()) << "tickets";
        auto peer = ends_.peers_keys();
        const auto before = sealed_record(peer, data, counting(25));
        const auto bad = each.make(peer);
        EXPECT_EQ(ends_.we_open(before << bad << sealed_record(peer, data, counting(10))), counting(25));
        EXPECT_EQ(ends_.ours->now(), state::failed);
        ends_.peer_reads();
        EXPECT_EQ(ends_.peer_says, SSL_ERROR_SSL);
        EXPECT_EQ(test::alert_in_error_queue(), each.alert);
        expect_to_be_dead(peer);
    }
}

TEST_P(TlsRecords, OpenNoRecordWithABitFlipped) {
    auto peer = ends_.peers_keys();
    const auto whole = sealed_record(peer, data, counting(40));
    const auto next = sealed_record(peer, data, counting(40));
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
        ends_.begin_again(is_client());
        auto changed = whole;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        EXPECT_EQ(ends_.we_open(changed << next), bytes()) << bit;
        const bool longer_now = changed[3] * 256 + changed[4] > whole[3] * 256 + whole[4];
        if (longer_now && ends_.ours->now() == state::open) continue;  // the rest may come
        EXPECT_EQ(ends_.ours->now(), state::failed) << bit;
        EXPECT_FALSE(ends_.ours->failure().empty());
    }
}

}  // namespace
}  // namespace portcullis::net
