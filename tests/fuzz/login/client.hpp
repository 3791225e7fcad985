// The client of a script: says what it is told to, and can answer the gate's questions as an honest client would, with
// a password that must not be seen where it can be read.
// Judges the gate in one thing: a client on a readable leg is never asked for a readable password.
#pragma once

#include "login/peer.hpp"
#include "protocol/capabilities.hpp"
#include "proxy/net/compression.hpp"

#include <memory>
#include <optional>
#include <string>

namespace portcullis::fuzzing {

class client {
public:
    client(int descriptor, bool secure) : leg(descriptor), secure_(secure) {}

    /// Takes in what came; true if there was anything.
    bool receive();

    // What is to be sent for one step. Whoever builds it sends it.

    /// Bytes as they are, past all framing.
    [[nodiscard]] protocol::bytes raw(protocol::bytes wire);
    /// Bytes inside the compressed frames, where there are any.
    [[nodiscard]] protocol::bytes stream(protocol::bytes wire);
    /// The next packet of the conversation.
    [[nodiscard]] protocol::bytes packet(protocol::bytes_view payload);
    [[nodiscard]] protocol::bytes proxy_header();
    [[nodiscard]] protocol::bytes login(std::string_view user, std::uint8_t flags);
    [[nodiscard]] protocol::bytes command(protocol::bytes_view payload);
    [[nodiscard]] protocol::bytes change_user(std::string_view user);
    /// An honest answer to the gate's last question; nothing if there is none.
    [[nodiscard]] protocol::bytes answer();

    /// A member was asked to change the user: the next questions are about that.
    void change_begins();
    /// The next step comes before the gate has seen this one: behind OK the order of things is not known any more.
    void hurry();
    /// From here on nobody can tell what belongs to what: no honest answer any more.
    void lose_trust() { trusted_ = false; }

    [[nodiscard]] protocol::capability_flags negotiated() const { return negotiated_; }
    [[nodiscard]] bool logging_in() const { return phase_ == phase::login && !leg.was_deaf(); }
    /// The login is over.
    [[nodiscard]] bool had_ok() const;
    /// The user of the first packet, as far as it was sent: an aggregator may hear no other before OK.
    [[nodiscard]] std::optional<std::string> first_user() const;

    peer leg;

private:
    enum class phase { greeting, ready, login, logged_in, before_change, change, over };

    void hear(const protocol::bytes& payload);
    void ask(protocol::bytes_view question);
    void prepare_answer(bool asked_to_switch, protocol::bytes_view said);
    void begin_compression();
    [[nodiscard]] protocol::bytes send(protocol::bytes wire);
    [[nodiscard]] protocol::bytes hidden_password(protocol::bytes_view key) const;

    const bool secure_;
    bool trusted_ = true;
    phase phase_ = phase::greeting;
    protocol::capability_flags offered_ = 0;
    protocol::capability_flags wanted_ = 0;
    protocol::capability_flags negotiated_ = 0;
    std::string plugin_;
    std::optional<protocol::bytes> answer_;
    protocol::bytes heard_;  ///< packets, out of their frames
    protocol::bytes said_;   ///< the beginning of all that was sent
    std::unique_ptr<net::compressed_frames> frames_;
};

}  // namespace portcullis::fuzzing
