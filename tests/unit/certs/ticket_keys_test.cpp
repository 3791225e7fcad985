// Keys of session tickets: their file, their renewal, and what they open. Security rules 10 and 15.
#include "certs/ticket_keys.hpp"

#include "certs/peer_identity.hpp"
#include "tests/unit/certs/tls_fixture.hpp"

#include <string>

namespace portcullis::certs {
namespace {

/// As `openssl rand 80 | openssl base64 -A; echo` writes it.
std::string line_of(std::uint8_t filler) {
    const std::vector<unsigned char> bytes(80, filler);
    std::string text(108 + 1, '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), 80);
    text.back() = '\n';
    return text;
}

class TicketKeyFile : public testing::Test {
protected:
    std::string load(const std::string& text, unsigned mode = 0600) {
        const auto file = folder_.write("ticket.keys", text, mode);
        problems found;
        keys_ = load_ticket_keys("ticket_keys", file, found);
        EXPECT_EQ(found.empty(), !keys_.empty());
        return found.empty() ? std::string() : test::words_of(found);
    }
    std::string fillers() const {
        std::string text;
        for (const auto& each : keys_) {
            const std::string name(each.name.begin(), each.name.end());
            EXPECT_EQ(name, std::string(16, name[0]));
            EXPECT_EQ(std::string(each.hmac.begin(), each.hmac.end()), std::string(32, name[0]));
            EXPECT_EQ(std::string(each.aes.begin(), each.aes.end()), std::string(32, name[0]));
            text += name[0];
        }
        return text;
    }

    const test::scratch_folder folder_;
    std::vector<ticket_key> keys_;
};

TEST_F(TicketKeyFile, SealsByTheLastButOne) {
    EXPECT_EQ(load(line_of('a')), "");
    EXPECT_EQ(fillers(), "a");
    EXPECT_EQ(load(line_of('a') + line_of('b')), "");
    EXPECT_EQ(fillers(), "ab");
    EXPECT_EQ(load("# of the fleet\n\n" + line_of('a') + line_of('b') + line_of('c') + line_of('d')), "");
    EXPECT_EQ(fillers(), "cdab");
}

TEST_F(TicketKeyFile, MayEndWithoutALineEndOrWithThoseOfWindows) {
    auto line = line_of('a');
    line.pop_back();
    EXPECT_EQ(load(line), "");
    EXPECT_EQ(load(line + "\r\n" + line_of('b')), "");
    EXPECT_EQ(fillers(), "ab");
}

TEST_F(TicketKeyFile, SaysWhatIsWrongAndNoKey) {
    const auto good = line_of('a');
    const auto inside = good.substr(0, 107);
    for (const auto& each :
         {std::string(), std::string("# none\n"), inside + "\n", inside + "A\n", " " + good, inside + " =\n",
          good.substr(0, 64) + "\n" + good.substr(64), std::string("!") + good.substr(1), good + good,
          line_of('b') + "\n" + good.substr(0, 20) + "\n", std::string(80, '\0'), std::string(109, '=') + "\n"})
        EXPECT_EQ(load(each).find(good.substr(0, 20)), std::string::npos) << each;
    std::string eleven;
    for (std::uint8_t filler = 'a'; filler < 'a' + 11; ++filler) eleven += line_of(filler);
    EXPECT_NE(load(eleven).find("more than 10"), std::string::npos);
    EXPECT_NE(load(line_of('b') + "\nshort\n").find("line 3"), std::string::npos);
}

TEST_F(TicketKeyFile, IsItsOwnersAlone) {
    EXPECT_NE(load(line_of('a'), 0604).find("chmod 600"), std::string::npos);
}

TEST_F(TicketKeyFile, IsAFileThatIsThere) {
    problems found;
    EXPECT_TRUE(load_ticket_keys("ticket_keys", folder_.path() / "none", found).empty());
    EXPECT_TRUE(test::has_error(found, "ticket_keys", "does not exist"));
    EXPECT_TRUE(load_ticket_keys("ticket_keys", folder_.path(), found).empty());
    EXPECT_TRUE(test::has_error(found, "ticket_keys", "is a directory"));
}

/// A handshake whose session is to be resumed at a context with keys that changed, or at another gate's.
class TicketKeys : public test::tls_fixture, public testing::WithParamInterface<const char*> {
protected:
    TicketKeys() {
        only(GetParam());
        contexts();
        EXPECT_TRUE(use_ticket_keys(server_context_.get(), keys_));
    }
    ssl_session_ptr begin() const {
        auto first = connect();
        EXPECT_TRUE(first.shake());
        return first.session();
    }
    /// A new context with `keys`, as after a reload or in another gate.
    void go_to(const std::shared_ptr<ticket_keys>& keys) {
        server_context_ = make_server_context(server_, found_);
        ASSERT_TRUE(server_context_) << test::words_of(found_);
        ASSERT_TRUE(use_ticket_keys(server_context_.get(), keys));
    }
    /// The session of the next time, or null if this one was not resumed.
    ssl_session_ptr resume(const ssl_session_ptr& session) const {
        auto connection = connect(session.get());
        EXPECT_TRUE(connection.shake());
        return facts_of(connection.server.get()).resumed ? connection.session() : nullptr;
    }
    std::vector<ticket_key> loaded(const std::string& fillers) const {
        std::string text;
        for (const char each : fillers) text += line_of(static_cast<std::uint8_t>(each));
        problems found;
        return load_ticket_keys("ticket_keys", folder_.write("ticket.keys", text, 0600), found);
    }

    const std::shared_ptr<ticket_keys> keys_ = std::make_shared<ticket_keys>();
};

INSTANTIATE_TEST_SUITE_P(Both, TicketKeys, testing::Values("TLSv1.2", "TLSv1.3"),
                         [](const auto& each) { return std::string(each.param).substr(0, 5) + "_" + each.param[6]; });

TEST_P(TicketKeys, OutliveAContext) {
    auto session = begin();
    go_to(keys_);
    EXPECT_TRUE(resume(session));
}

TEST_P(TicketKeys, OfAnotherGateOpenNothing) {
    auto session = begin();
    go_to(std::make_shared<ticket_keys>());
    EXPECT_FALSE(resume(session));
}

TEST_P(TicketKeys, OpenUntilTheirTicketsExpire) {
    std::vector<ssl_session_ptr> sessions;  // OpenSSL's client does not use one again that it got a newer ticket for
    for (auto age = ticket_key_interval; age <= ticket_lifetime + ticket_key_interval; age += ticket_key_interval)
        sessions.push_back(begin());
    for (std::size_t i = 0; i + 1 < sessions.size(); ++i) {
        keys_->renew();
        EXPECT_TRUE(resume(sessions[i])) << i;
    }
    keys_->renew();
    EXPECT_FALSE(resume(sessions.back()));
}

TEST_P(TicketKeys, GiveANewTicketForOneOfAnOlderKey) {
    auto session = begin();
    for (int hours = 0; hours < 10; ++hours) {
        keys_->renew();
        session = resume(session);
        ASSERT_TRUE(session) << hours;
    }
}

TEST_P(TicketKeys, ResumeManyTimesInARow) {
    auto session = begin();
    for (int times = 0; times < 5; ++times) {
        session = resume(session);
        ASSERT_TRUE(session) << times;
    }
}

TEST_P(TicketKeys, OfAFleetOpenEachOthersTickets) {
    const auto others = std::make_shared<ticket_keys>();
    keys_->adopt(loaded("abc"));
    others->adopt(loaded("bcd"));  // which has the next file already
    auto session = begin();
    go_to(others);
    session = resume(session);
    ASSERT_TRUE(session) << "sealed by b";
    go_to(keys_);
    EXPECT_TRUE(resume(session)) << "sealed by c, the one to come";
}

TEST_P(TicketKeys, OfAFileAreNotRenewed) {
    keys_->adopt(loaded("ab"));
    auto session = begin();
    for (int hours = 0; hours < 5; ++hours) keys_->renew();
    EXPECT_TRUE(resume(session));
}

TEST_P(TicketKeys, ThatWereLoadedGoWithTheirFile) {
    auto session = begin();
    keys_->adopt({});
    EXPECT_TRUE(resume(session)) << "own ones stay";
    keys_->adopt(loaded("ab"));
    EXPECT_FALSE(resume(session));
    session = begin();
    keys_->adopt({});
    EXPECT_FALSE(resume(session));
    EXPECT_TRUE(resume(begin())) << "there are own ones again";
}

TEST_P(TicketKeys, SealNothingThatATamperedTicketOpens) {
    auto session = begin();
    const unsigned char* ticket = nullptr;
    std::size_t size = 0;
    SSL_SESSION_get0_ticket(session.get(), &ticket, &size);
    ASSERT_GT(size, 100U);
    const auto key = keys_->sealing();
    EXPECT_TRUE(std::equal(key->name.begin(), key->name.end(), ticket));
    const_cast<unsigned char*>(ticket)[size / 2] ^= 1U;
    EXPECT_FALSE(resume(session));
}

TEST_P(TicketKeys, DoNotLeadAroundAnotherPolicy) {
    auto session = begin();
    server_.ca = client_.ca;
    go_to(keys_);
    EXPECT_FALSE(resume(session)) << "client certificates are verified now";
}

TEST_P(TicketKeys, TellClientsHowLongTheyOpen) {
    EXPECT_EQ(SSL_SESSION_get_ticket_lifetime_hint(begin().get()), std::chrono::seconds(ticket_lifetime).count());
}

}  // namespace
}  // namespace portcullis::certs
