// A tls_stream over a socket, with OpenSSL behind it: what passes is whole and in order whoever has the records'
// keys, and what ends it has the right name.
#include "proxy/net/tls_stream.hpp"

#include "proxy/net/error.hpp"
#include "proxy/net/scratch.hpp"
#include "tests/unit/net/record_ends.hpp"
#include "tests/unit/net/stream_peer.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace portcullis::net {
namespace {

using test::bytes;
using test::counting;
using test::sealed_record;
using test::stream_peer;
using tickets = tls_stream::tickets;

/// One behind the other; with an operator that evaluates them in this order.
bytes operator<<(bytes front, const bytes& behind) {
    front.insert(front.end(), behind.begin(), behind.end());
    return front;
}

struct heard {
    bytes text;
    error_code end;
};

awaitable<void> hear(tls_stream& from, std::size_t size, heard& out) {
    while (out.text.size() < size) {
        const auto some = co_await from.read_some();
        if (!some) {
            out.end = some.error();
            co_return;
        }
        out.text.insert(out.text.end(), some->begin(), some->end());
    }
}

/// A semaphore, of a mutex and a condition variable.
class permits {
public:
    void release(int count = 1) {
        const std::scoped_lock lock(mutex_);
        left_ += count;
        changed_.notify_all();
    }
    void acquire() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return left_ > 0; });
        --left_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int left_ = 0;
};

class stream_fixture : public testing::Test {
protected:
    ~stream_fixture() override { finish(); }

    /// What the peer does behind its handshake; its last flight is not sent before it says so.
    using peers_part = std::function<void(stream_peer&)>;

    void start(bool we_serve, const std::string& suite, const peers_part& of_peer, bool tickets_from_peer = true) {
        finish();
        go_on_.emplace();
        we_serve_ = we_serve;
        const auto* const properties = certs::provider_properties({});
        if (!our_context_) our_context_ = test::make_context(we_serve, suite, properties);
        if (!peers_context_) peers_context_ = test::make_context(!we_serve, suite, properties);
        if (!tickets_from_peer) SSL_CTX_set_num_tickets(peers_context_.get(), 0);
        const auto [near, far] = test::connect_over_loopback();
        const asio::generic::stream_protocol tcp(AF_INET, IPPROTO_TCP);
        stream_.emplace(stream_socket(context_, tcp, near));
        thread_ = std::thread([this, far = far, of_peer] {
            stream_peer peer(peers_context_.get(), far, !we_serve_);
            if (peer.shake())
                of_peer(peer);
            else
                ADD_FAILURE() << "the peer's handshake";
        });
    }
    /// Our end's handshake, too.
    void shake(tickets sent = tickets::wanted, SSL_SESSION* resumed = nullptr) {
        error_code error;
        run(shaken(sent, resumed, error));
        ASSERT_FALSE(error) << error.message() << stream_->failure();
    }
    void finish() {
        if (stream_) stream_->close();
        if (go_on_) go_on_->release(1000);
        if (thread_.joinable()) thread_.join();
        stream_.reset();
    }
    void run(awaitable<void> work) {
        bool done = false;
        context_.restart();
        asio::co_spawn(context_, std::move(work), [&](const std::exception_ptr& thrown) {
            done = true;
            if (thrown) std::rethrow_exception(thrown);
        });
        context_.run_for(std::chrono::minutes(2));
        if (done) return;
        ADD_FAILURE() << "it waits for ever";
        stream_->cancel();
        context_.run();
    }
    heard hears(std::size_t size) {
        heard out;
        run(hear(*stream_, size, out));
        return out;
    }
    error_code says(const bytes& text) {
        error_code error;
        run(said(text, error));
        return error;
    }

    std::optional<tls_stream> stream_;
    std::optional<permits> go_on_;  ///< what the peer waits for
    certs::ssl_ctx_ptr our_context_;
    certs::ssl_ctx_ptr peers_context_;
    asio::io_context context_{1};

private:
    awaitable<void> shaken(tickets sent, SSL_SESSION* resumed, error_code& error) {
        if (we_serve_) {
            error = co_await stream_->accept_tls(our_context_.get());
            co_return;
        }
        certs::ssl_ptr prepared(SSL_new(our_context_.get()));
        if (resumed != nullptr) SSL_set_session(prepared.get(), resumed);
        error = co_await stream_->connect_tls(std::move(prepared), sent);
    }
    awaitable<void> said(const bytes& text, error_code& error) { error = co_await stream_->write(text); }

    std::thread thread_;
    bool we_serve_ = false;
};

struct leg {
    const char* suite;
    bool we_serve;
};

class TlsStream : public stream_fixture, public testing::WithParamInterface<leg> {
protected:
    void begin(const peers_part& of_peer) {
        start(GetParam().we_serve, GetParam().suite, of_peer);
        shake();
    }
    static bool is_tls13() { return *GetParam().suite != '\0'; }
};

std::string name_of(const testing::TestParamInfo<leg>& each) {
    return (*each.param.suite != '\0' ? std::string(each.param.suite) : "TLS_1_2") +
           (each.param.we_serve ? "_server" : "_client");
}

INSTANTIATE_TEST_SUITE_P(Each, TlsStream,
                         testing::Values(leg{"", true}, leg{"", false}, leg{"TLS_AES_128_GCM_SHA256", true},
                                         leg{"TLS_AES_128_GCM_SHA256", false}, leg{"TLS_AES_256_GCM_SHA384", true},
                                         leg{"TLS_AES_256_GCM_SHA384", false},
                                         leg{"TLS_CHACHA20_POLY1305_SHA256", true},
                                         leg{"TLS_CHACHA20_POLY1305_SHA256", false}),
                         name_of);

TEST_P(TlsStream, CarriesTextOfOddSizesBothWays) {
    const std::vector<std::size_t> sizes{1, 7, 1000, 16'384, 16'385, 50'001, 300'000, 2, 1'000'000};
    begin([=](stream_peer& peer) {
        EXPECT_TRUE(peer.send());
        for (const auto size : sizes) {
            const auto text = peer.hear(size);
            EXPECT_EQ(text, counting(size)) << size;
            if (text.empty()) return;
            peer.say(text);
            EXPECT_TRUE(peer.send());
        }
    });
    ASSERT_NE(stream_->ssl(), nullptr) << "who the peer is can be asked";
    for (const auto size : sizes) {
        ASSERT_FALSE(says(counting(size))) << size;
        ASSERT_EQ(hears(size).text, counting(size)) << size;
        EXPECT_TRUE(stream_->is_tls());
    }
    EXPECT_EQ(stream_->ssl() == nullptr, is_tls13());
}

TEST_P(TlsStream, ReadsWhatCameWithTheHandshakesEnd) {
    begin([](stream_peer& peer) {
        peer.say(counting(100));
        peer.say(counting(40'000));
        EXPECT_TRUE(peer.send());
        EXPECT_EQ(peer.hear(5), counting(5));
    });
    EXPECT_EQ(hears(40'100).text, counting(100) << counting(40'000));
    EXPECT_FALSE(says(counting(5)));
    EXPECT_EQ(stream_->ssl() == nullptr, is_tls13());
}

TEST_P(TlsStream, WaitsForTheRestOfARecord) {
    const auto size = counting(20).size() + 5 + 17;
    begin([=, this](stream_peer& peer) {
        peer.say(counting(3));
        EXPECT_TRUE(peer.send());
        peer.hear(3);
        for (std::size_t cut = 1; cut < size; ++cut) {
            peer.say(counting(20));
            const auto sealed = peer.take();
            const auto middle = std::min(cut, sealed.size());
            EXPECT_TRUE(peer.send_bytes(std::span(sealed).first(middle)));
            go_on_->acquire();
            EXPECT_TRUE(peer.send_bytes(std::span(sealed).subspan(middle)));
            peer.hear(1);
        }
    });
    ASSERT_EQ(hears(3).text, counting(3));
    ASSERT_FALSE(says(counting(3)));
    for (std::size_t cut = 1; cut < size; ++cut) {
        run([](tls_stream& from) -> awaitable<void> { co_await from.readable(); }(*stream_));
        for (int i = 0; i < 3; ++i) {
            const auto part = stream_->try_read();
            ASSERT_FALSE(part) << cut;
            ASSERT_EQ(part.error(), error_code(asio::error::would_block));
        }
        stream_->free_idle_buffers();
        go_on_->release();
        ASSERT_EQ(hears(20).text, counting(20)) << cut;
        ASSERT_FALSE(says(counting(1)));
    }
}

TEST_P(TlsStream, EndsWithCloseNotifyAndMayStillBeWrittenTo) {
    begin([](stream_peer& peer) {
        peer.say(counting(10));
        peer.say_end();
        EXPECT_TRUE(peer.send());
        EXPECT_EQ(peer.hear(70'000), counting(70'000));
        peer.hear_all();
        EXPECT_EQ(peer.says, SSL_ERROR_ZERO_RETURN);
    });
    const auto all = hears(11);
    EXPECT_EQ(all.text, counting(10));
    EXPECT_EQ(all.end, errc::end_of_stream) << "though there is no FIN yet";
    EXPECT_EQ(hears(1).end, errc::end_of_stream);
    EXPECT_FALSE(says(counting(70'000)));
    run([](tls_stream& of) -> awaitable<void> { (void)co_await of.shutdown_write(); }(*stream_));
}

TEST_P(TlsStream, IsTruncatedByAFinAlone) {
    begin([](stream_peer& peer) {
        peer.say(counting(10));
        EXPECT_TRUE(peer.send());
        peer.say(counting(10));
        const auto half = peer.take();
        EXPECT_TRUE(peer.send_bytes(std::span(half).first(half.size() - 1)));
        peer.fin();
        peer.hear_all();
    });
    const auto all = hears(11);
    EXPECT_EQ(all.text, counting(10)) << "but not the last record, of which a byte is missing";
    EXPECT_EQ(all.end, errc::truncated);
}

TEST_P(TlsStream, FailsAtGarbageAndSaysSo) {
    begin([](stream_peer& peer) {
        peer.say(counting(10));
        EXPECT_TRUE(peer.send());
        peer.hear(1);
        EXPECT_TRUE(peer.send_bytes(bytes(100, 'x')));
        peer.hear_all();
        EXPECT_EQ(peer.says, SSL_ERROR_SSL);
        EXPECT_GT(test::alert_in_error_queue(), 0);
    });
    ASSERT_EQ(hears(10).text, counting(10));
    ASSERT_FALSE(says(counting(1)));
    EXPECT_EQ(hears(1).end, errc::tls_failed);
    EXPECT_FALSE(stream_->failure().empty());
    EXPECT_EQ(hears(1).end, errc::tls_failed);
    EXPECT_EQ(says(counting(1)), errc::tls_failed);
}

TEST_P(TlsStream, ReadsNothingBehindAForgedRecord) {
    begin([=, this](stream_peer& peer) {
        peer.say(counting(10));
        auto all = peer.take();  // with its last flight
        peer.say(counting(20));
        auto forged = peer.take();
        forged.back() ^= 1U;
        peer.say(counting(30));
        EXPECT_TRUE(peer.send_bytes(all << forged << peer.take()));
        go_on_->acquire();
        peer.say(counting(40));
        EXPECT_TRUE(peer.send());
        peer.hear_all();
        EXPECT_EQ(peer.says, SSL_ERROR_SSL);
        EXPECT_EQ(test::alert_in_error_queue(), SSL_AD_BAD_RECORD_MAC);
    });
    ASSERT_EQ(hears(10).text, counting(10));
    go_on_->release();
    EXPECT_EQ(says(counting(1)), errc::tls_failed);
    const auto more = hears(1);
    EXPECT_EQ(more.text, bytes());
    EXPECT_EQ(more.end, errc::tls_failed);
    EXPECT_FALSE(stream_->failure().empty());
    EXPECT_EQ(hears(1).end, errc::tls_failed);
}

TEST_P(TlsStream, SaysItsEndOnceAndReadsOn) {
    begin([](stream_peer& peer) {
        EXPECT_TRUE(peer.send());
        EXPECT_EQ(peer.hear_all(), counting(10));
        EXPECT_EQ(peer.says, SSL_ERROR_ZERO_RETURN);
        for (int i = 0; i < 3; ++i) {
            if (is_tls13()) peer.say_key_update(SSL_KEY_UPDATE_REQUESTED);
            peer.say(counting(1000));
            EXPECT_TRUE(peer.send());
        }
        std::array<std::uint8_t, 1> byte{};
        peer.say_end();
        EXPECT_TRUE(peer.send());
        EXPECT_FALSE(peer.raw(byte)) << "something behind close_notify";
    });
    ASSERT_FALSE(says(counting(10)));
    run([](tls_stream& of) -> awaitable<void> { (void)co_await of.shutdown_write(); }(*stream_));
    const auto all = hears(3001);
    EXPECT_EQ(all.text, counting(1000) << counting(1000) << counting(1000));
    EXPECT_EQ(all.end, errc::end_of_stream);
    EXPECT_TRUE(says(counting(10)).failed());
}

TEST_P(TlsStream, KeepsTheOrderOfWhatASlowPeerHasNotRead) {
    constexpr std::size_t much = 6'000'000;
    begin([](stream_peer& peer) {
        for (int i = 0; i < 20; ++i) {
            if (is_tls13()) peer.say_key_update(SSL_KEY_UPDATE_REQUESTED);
            peer.say(counting(1000));
            EXPECT_TRUE(peer.send());
        }
        EXPECT_EQ(peer.hear(much), counting(much));
        peer.say_end();
        EXPECT_TRUE(peer.send());
    });
    heard all;
    error_code error;
    asio::co_spawn(context_, hear(*stream_, 20'001, all), asio::detached);
    const auto text = counting(much);
    run([](tls_stream& to, const bytes& all_of_it, error_code& failure) -> awaitable<void> {
        for (std::size_t at = 0; at < all_of_it.size() && !failure; at += 1'000'000)
            failure = co_await to.write(std::span(all_of_it).subspan(at, 1'000'000));
    }(*stream_, text, error));
    EXPECT_FALSE(error) << error.message();
    EXPECT_EQ(all.text.size(), 20'000U);
    EXPECT_EQ(all.end, errc::end_of_stream);
}

TEST_P(TlsStream, EndsWithAPeerThatSendsAndNeverReads) {
    begin([=, this](stream_peer& peer) {
        peer.say(counting(10));
        EXPECT_TRUE(peer.send());
        go_on_->acquire();
        peer.say(counting(10));
        EXPECT_TRUE(peer.send());
        go_on_->acquire();
    });
    ASSERT_EQ(hears(10).text, counting(10));
    const auto much = counting(1'000'000);
    for (int i = 0; i < 12; ++i) (void)stream_->write_now(much);
    go_on_->release();
    EXPECT_EQ(hears(1).end, errc::tls_barren);
}

// --- the handshake's last flight

class LastFlight : public stream_fixture {
protected:
    static constexpr const char* tls13_ = "TLS_AES_256_GCM_SHA384";
    /// Of whom the peer waits for Finished.
    static constexpr std::array<leg, 2> ours_ends_it_{leg{"", true}, leg{tls13_, false}};

    void begin(const leg& as, const peers_part& of_peer) {
        finish();
        our_context_.reset();
        peers_context_.reset();
        start(as.we_serve, as.suite, of_peer);
        shake();
    }
    permits seen_;  ///< what we wait for
};

TEST_F(LastFlight, LeavesWithTheFirstText) {
    for (const auto& each : ours_ends_it_) {
        begin(each, [](stream_peer& peer) {
            EXPECT_GT(peer.received_ahead(), 10U) << "the text came with Finished";
            EXPECT_EQ(peer.hear(10), counting(10));
        });
        EXPECT_FALSE(says(counting(10)));
    }
}

TEST_F(LastFlight, LeavesBeforeTheFirstReadIfThePeerWaitsForIt) {
    for (const auto& each : ours_ends_it_) {
        begin(each, [](stream_peer& peer) {
            EXPECT_EQ(peer.received_ahead(), 0U);
            peer.say(counting(10));
            EXPECT_TRUE(peer.send());
            EXPECT_EQ(peer.hear(20), counting(20));
        });
        EXPECT_EQ(hears(10).text, counting(10));
        EXPECT_FALSE(says(counting(20)));
    }
}

TEST_F(LastFlight, LeavesWithTheEnd) {
    for (const auto& each : ours_ends_it_) {
        begin(each, [](stream_peer& peer) {
            EXPECT_GT(peer.received_ahead(), 0U);
            EXPECT_EQ(peer.hear_all(), bytes());
            EXPECT_EQ(peer.says, SSL_ERROR_ZERO_RETURN);
        });
        stream_->close();
    }
}

TEST_F(LastFlight, OfTicketsWaitsForTheFirstTextThoughThereIsARead) {
    int tickets_heard = 0;
    peers_context_ = test::make_context(false, tls13_, certs::provider_properties({}));
    SSL_CTX_set_session_cache_mode(peers_context_.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_app_data(peers_context_.get(), &tickets_heard);
    SSL_CTX_sess_set_new_cb(peers_context_.get(), [](SSL* of, SSL_SESSION*) {
        ++*static_cast<int*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(of)));
        return 0;
    });
    start(true, tls13_, [this](stream_peer& peer) {
        peer.say(counting(10));
        EXPECT_TRUE(peer.send());
        go_on_->acquire();
        EXPECT_TRUE(peer.is_quiet());
        seen_.release();
        EXPECT_EQ(peer.hear(20), counting(20));
    });
    shake();
    EXPECT_EQ(hears(10).text, counting(10));
    EXPECT_FALSE(stream_->try_read());
    go_on_->release();
    seen_.acquire();
    EXPECT_FALSE(says(counting(20)));
    finish();
    EXPECT_EQ(tickets_heard, 2);
}

// --- the hand-over

class TakeOver : public stream_fixture {
protected:
    static constexpr const char* suite_ = "TLS_AES_256_GCM_SHA384";
};

TEST_F(TakeOver, HappensAtAServersFirstReadOrWrite) {
    for (const bool reads : {true, false}) {
        start(true, suite_, [](stream_peer& peer) {
            peer.say(counting(10));
            EXPECT_TRUE(peer.send());
            EXPECT_EQ(peer.hear(10), counting(10));
        });
        shake();
        ASSERT_NE(stream_->ssl(), nullptr);
        if (reads)
            (void)stream_->try_read();
        else
            ASSERT_FALSE(says(counting(10)));
        EXPECT_EQ(stream_->ssl(), nullptr);
        EXPECT_TRUE(stream_->is_tls());
        if (reads) {
            ASSERT_FALSE(says(counting(10)));
        }
    }
}

TEST_F(TakeOver, OfAClientWaitsForTheFirstText) {
    start(false, suite_, [](stream_peer& peer) {
        EXPECT_TRUE(peer.send());
        EXPECT_EQ(peer.hear(40'000), counting(40'000));
        peer.say(counting(10));
        EXPECT_TRUE(peer.send());
        EXPECT_EQ(peer.hear(20'000), counting(20'000)) << "numbered behind what OpenSSL sealed";
    });
    shake();
    ASSERT_FALSE(says(counting(40'000)));
    EXPECT_NE(stream_->ssl(), nullptr);
    ASSERT_EQ(hears(10).text, counting(10));
    EXPECT_NE(stream_->ssl(), nullptr);
    ASSERT_FALSE(says(counting(20'000)));
    EXPECT_EQ(stream_->ssl(), nullptr);
}

TEST_F(TakeOver, LeavesAConnectionToOpensslWhoseKeysAreNoLongerThoseOfTheHandshake) {
    start(false, suite_, [](stream_peer& peer) {
        EXPECT_TRUE(peer.send());
        peer.say_key_update(SSL_KEY_UPDATE_REQUESTED);
        peer.say(counting(10));
        EXPECT_TRUE(peer.send());
        for (int i = 0; i < 3; ++i) {
            EXPECT_EQ(peer.hear(20'000), counting(20'000));
            peer.say(counting(10));
            EXPECT_TRUE(peer.send());
        }
    });
    shake();
    for (int i = 0; i < 3; ++i) {
        ASSERT_EQ(hears(10).text, counting(10));
        ASSERT_FALSE(says(counting(20'000)));
        EXPECT_NE(stream_->ssl(), nullptr);
    }
}

TEST_F(TakeOver, IsFollowedByKeyUpdatesThatAreOurs) {
    for (const bool we_serve : {true, false}) {
        finish();
        our_context_.reset();
        peers_context_.reset();
        start(we_serve, suite_, [we_serve](stream_peer& peer) {
            if (we_serve) peer.say_key_update(SSL_KEY_UPDATE_REQUESTED);  // in the segment of Finished
            peer.say(counting(10));
            EXPECT_TRUE(peer.send());
            for (int i = 0; i < 5; ++i) {
                EXPECT_EQ(peer.hear(20'000), counting(20'000));
                peer.say_key_update(i % 2 == 0 ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED);
                peer.say(counting(10));
                EXPECT_TRUE(peer.send());
            }
        });
        shake();
        for (int i = 0; i < 5; ++i) {
            ASSERT_EQ(hears(10).text, counting(10));
            ASSERT_FALSE(says(counting(20'000)));
            EXPECT_EQ(stream_->ssl(), nullptr);
        }
        EXPECT_EQ(hears(10).text, counting(10));
    }
}

int sessions_stored = 0;

TEST_F(TakeOver, OfAClientThatIgnoresTicketsLeavesTheStoreAlone) {
    const auto talk = [](stream_peer& peer) {
        peer.say(counting(10));
        EXPECT_TRUE(peer.send());
        EXPECT_EQ(peer.hear(10), counting(10));
        peer.say(counting(20));
        peer.say_end();
        EXPECT_TRUE(peer.send());
    };
    static certs::ssl_session_ptr stored;
    sessions_stored = 0;
    our_context_ = test::make_context(false, suite_, certs::provider_properties({}));
    SSL_CTX_set_session_cache_mode(our_context_.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(our_context_.get(), [](SSL*, SSL_SESSION* made) {
        ++sessions_stored;
        stored.reset(made);
        return 1;
    });
    for (const auto sent : {tickets::ignored, tickets::wanted, tickets::ignored}) {
        const auto before = sessions_stored;
        const bool resumes = stored != nullptr;
        start(false, suite_, talk);
        shake(sent, stored.get());
        EXPECT_EQ(SSL_session_reused(stream_->ssl()) == 1, resumes);
        ASSERT_EQ(hears(10).text, counting(10));
        ASSERT_FALSE(says(counting(10)));
        EXPECT_EQ(stream_->ssl(), nullptr);
        const auto rest = hears(21);
        EXPECT_EQ(rest.text, counting(20));
        EXPECT_EQ(rest.end, errc::end_of_stream);
        const bool takes = sent == tickets::wanted || !resumes;  // the first session is not to be missed
        EXPECT_EQ(sessions_stored > before, takes);
        if (takes) {
            EXPECT_EQ(SSL_SESSION_is_resumable(stored.get()), 1) << "its connection ended well";
        }
    }
    stored.reset();
}

TEST_F(TakeOver, WaitsForTheRestOfAMessageThatOpensslHasBegunToRead) {
    for (std::size_t cut = 1; cut < 5; ++cut) {
        finish();
        our_context_.reset();
        peers_context_.reset();
        start(
            false, suite_,
            [=, this](stream_peer& peer) {
                EXPECT_TRUE(peer.send());
                auto keys = peer.keys(true);
                const bytes update{24, 0, 0, 1, 0};
                const auto middle = update.begin() + static_cast<long>(cut);
                EXPECT_TRUE(peer.send_bytes(sealed_record(keys, 23, counting(10))
                                            << sealed_record(keys, 22, {update.begin(), middle})));
                go_on_->acquire();
                const auto rest = sealed_record(keys, 22, {middle, update.end()});
                EXPECT_TRUE(keys.renew());
                EXPECT_TRUE(peer.send_bytes(rest << sealed_record(keys, 23, counting(20))));
                EXPECT_EQ(peer.hear(10), counting(10));
            },
            false);
        shake();
        ASSERT_EQ(hears(10).text, counting(10));
        (void)stream_->try_read();
        go_on_->release();
        const auto rest = hears(20);
        EXPECT_EQ(rest.text, counting(20)) << cut << ": " << rest.end.message() << stream_->failure();
        EXPECT_FALSE(says(counting(10)));
    }
}

TEST_F(TakeOver, LeavesAClientOfShortRecordsToOpenssl) {
    peers_context_ = test::make_context(false, suite_, "provider=default");
    SSL_CTX_set_tlsext_max_fragment_length(peers_context_.get(), TLSEXT_max_fragment_length_512);
    start(true, suite_, [](stream_peer& peer) {
        EXPECT_TRUE(peer.send());
        EXPECT_EQ(peer.hear(40'000), counting(40'000));
    });
    shake();
    EXPECT_FALSE(says(counting(40'000)));
    EXPECT_NE(stream_->ssl(), nullptr);
}

TEST_F(TakeOver, LeavesTheScratchToOthersWhileItWaits) {
    start(true, suite_, [=, this](stream_peer& peer) {
        peer.say(counting(10));
        const auto first = peer.take();
        peer.say(counting(10'000));
        const auto second = peer.take();
        EXPECT_TRUE(peer.send_bytes(first << bytes(second.begin(), second.begin() + 5'000)));
        go_on_->acquire();
        EXPECT_TRUE(peer.send_bytes(std::span(second).subspan(5'000)));
    });
    shake();
    scratch::of_this_thread().received.fill(0xee);
    ASSERT_EQ(hears(10).text, counting(10));
    scratch::of_this_thread().received.fill(0xee);
    EXPECT_FALSE(stream_->try_read());
    scratch::of_this_thread().received.fill(0xee);
    go_on_->release();
    EXPECT_EQ(hears(10'000).text, counting(10'000));
}

}  // namespace
}  // namespace portcullis::net
