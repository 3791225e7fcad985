// A whole session, from the greeting to its end, between a client and aggregators that both say what the input tells
// them to: a list of steps, each a byte for what is done and bytes for how. The session's own code runs over sockets,
// in this thread. Whatever is said, the session ends and leaves nothing behind, and no aggregator hears what it must
// not hear: see login/aggregator and login/client.
#include "login/aggregator.hpp"
#include "login/client.hpp"
#include "login/messages.hpp"
#include "login/stage.hpp"
#include "protocol/command.hpp"
#include "protocol/packet.hpp"
#include "require.hpp"

#include <algorithm>
#include <deque>

using namespace portcullis;
using fuzzing::aggregator;
using protocol::bytes;
using protocol::bytes_view;

namespace {

/// What a step does. login/seeds.py knows the numbers.
enum class action : std::uint8_t {
    // The client:
    raw,     ///< bytes, past all framing
    stream,  ///< bytes, inside the compressed frames
    packet,  ///< a payload, with the next sequence id
    packet_numbered,
    login,
    answer,  ///< what an honest client answers now
    change_user,
    query,
    command,  ///< of one byte
    kill,
    proof,        ///< 20 bytes
    end_of_file,  ///< an empty packet
    proxy_header,
    ssl_request,
    shutdown,
    close,
    deaf,        ///< stops to read, or begins again
    long_query,  ///< fills the sockets
    // The aggregator:
    choose,  ///< which connection speaks from here on
    aggregator_raw,
    aggregator_packet,
    aggregator_packet_numbered,
    greeting,
    auth_switch,
    more_data,
    fast_ok,
    full_authentication,
    public_key,
    ok,
    ok_to_command,  ///< with sequence id 1
    eof,
    err,
    file_request,
    prepared,
    aggregator_shutdown,
    aggregator_close,
    aggregator_deaf,  ///< stops to read, or begins again
    flood,            ///< a packet that fills the sockets
    // Both:
    split,  ///< the next message comes in two pieces
    gate_stops,
    count,
};

constexpr std::uint8_t at_once = 0x80;  ///< of a step: the gate sees it together with the next

constexpr std::size_t long_payload = 100'000;

constexpr int most_steps = 100;  ///< what takes longer finds less

class play {
public:
    explicit play(bytes_view input)
        : input_(input),
          choices_(byte()),
          options_(options_of(choices_)),
          stage_(options_),
          client_(stage_.connect(), options_.secure_client) {}

    void run() {
        settle();
        for (int steps = 0; steps < most_steps && !input_.empty(); ++steps) {
            const auto step = byte();
            perform(static_cast<action>((step & ~at_once) % static_cast<unsigned>(action::count)));
            if ((step & at_once) == 0)
                settle();
            else
                client_.hurry();
        }
        settle();
        for (const auto& each : aggregators_) each.require_nothing_hidden();
        end();
    }

private:
    static fuzzing::stage_options options_of(std::uint8_t choices) {
        fuzzing::stage_options made;
        made.local_infile = (choices & 1U) != 0;
        made.secure_client = (choices & 2U) != 0;
        made.secure_aggregators = (choices & 4U) != 0;
        made.health_account = (choices & 8U) != 0;
        made.proxy_header = (choices & 16U) != 0;
        if ((choices & 32U) != 0) made.switching = cluster::auth_switch::unknown;
        if ((choices & 64U) != 0) made.switching = cluster::auth_switch::unsupported;
        return made;
    }

    std::uint8_t byte() {
        if (input_.empty()) return 0;
        const auto first = input_.front();
        input_ = input_.subspan(1);
        return first;
    }

    /// A byte that says how many, and so many bytes.
    bytes some() {
        const auto size = std::min<std::size_t>(byte(), input_.size());
        const auto taken = input_.first(size);
        input_ = input_.subspan(size);
        return {taken.begin(), taken.end()};
    }

    /// Lets the gate do all it can do, and the peers hear all of it.
    void settle() {
        bool busy = true;
        while (busy) {
            busy = fuzzing::stage::run();
            for (const int each : fuzzing::stage::accept()) {
                chosen_ = aggregators_.size();
                aggregators_.emplace_back(each, rules(), client_);
                busy = true;
            }
            busy = client_.receive() || busy;
            for (auto& each : aggregators_) {
                busy = each.receive(client_) || busy;
                if (each.take_change()) client_.change_begins();
            }
        }
        const bool logged_in = client_.had_ok();
        require(!logged_in || std::any_of(aggregators_.begin(), aggregators_.end(),
                                          [](const auto& each) { return each.has_accepted(); }));
        for (auto& each : aggregators_) each.settled(logged_in);
    }

    aggregator::rules rules() const {
        return {options_.secure_aggregators, options_.health_account,
                options_.switching == cluster::auth_switch::supported, options_.proxy_header};
    }

    /// `say` sends what it is given: all of it at once, or in two pieces.
    template <class Say>
    void deliver(bytes_view wire, const Say& say) {
        const auto first = std::min<std::size_t>(std::exchange(split_, 0), wire.size());
        if (first > 0) {
            say(wire.first(first));
            settle();
        }
        say(wire.subspan(first));
    }

    void client_says(const bytes& wire) {
        deliver(wire, [this](bytes_view piece) { client_.leg.send(piece); });
    }

    void aggregator_says(bytes_view wire) {
        if (aggregators_.empty()) return;
        deliver(wire,
                [&speaker = aggregators_[chosen_ % aggregators_.size()]](bytes_view piece) { speaker.send(piece); });
    }

    void aggregator_packet(std::uint8_t sequence_id, bytes_view payload) {
        bytes wire;
        protocol::append_packet(wire, sequence_id, payload);
        aggregator_says(wire);
    }

    void aggregator_packet(bytes_view payload) {
        if (aggregators_.empty()) return;
        auto& speaker = aggregators_[chosen_ % aggregators_.size()];
        aggregator_packet(speaker.leg.sequence_id++, payload);
    }

    void perform(action what);
    void perform_for_client(action what);
    void perform_for_aggregator(action what);
    void at_the_aggregator(action how);

    void end() {
        if ((choices_ & 0x80U) != 0) fuzzing::stage::stop();
        while (fuzzing::stage::run()) {
        }
        client_.leg.close();
        aggregators_.clear();
        stage_.require_end();
    }

    bytes_view input_;
    const std::uint8_t choices_;
    const fuzzing::stage_options options_;
    fuzzing::stage stage_;
    fuzzing::client client_;
    std::deque<aggregator> aggregators_;  ///< stay where they are while more come
    std::size_t chosen_ = 0;
    std::size_t split_ = 0;
};

void play::perform(action what) {
    if (what == action::split)
        split_ = byte();
    else if (what == action::gate_stops)
        fuzzing::stage::stop();
    else if (what < action::choose)
        perform_for_client(what);
    else
        perform_for_aggregator(what);
}

void play::perform_for_client(action what) {
    switch (what) {
        case action::raw:
            return client_says(client_.raw(some()));
        case action::stream:
            return client_says(client_.stream(some()));
        case action::packet_numbered:
            client_.leg.sequence_id = byte();
            [[fallthrough]];
        case action::packet:
            return client_says(client_.packet(some()));
        case action::login: {
            const auto user = fuzzing::user_name(byte());
            return client_says(client_.login(user, byte()));
        }
        case action::answer:
            return client_says(client_.answer());
        case action::change_user:
            return client_says(client_.change_user(fuzzing::user_name(byte())));
        case action::query:
            return client_says(client_.command(fuzzing::query(some(), client_.negotiated())));
        case action::command:
            return client_says(client_.command(bytes{byte()}));
        case action::kill:
            return client_says(client_.command(fuzzing::kill(byte(), client_.negotiated())));
        case action::proof:
            return client_says(client_.packet(bytes(20, 'x')));
        case action::end_of_file:
            return client_says(client_.packet({}));
        case action::proxy_header:
            return client_says(client_.proxy_header());
        case action::ssl_request:
            return client_says(client_.packet(fuzzing::ssl_request()));
        case action::shutdown:
            return client_.leg.shutdown();
        case action::deaf:
            client_.lose_trust();
            return client_.leg.turn_deaf();
        case action::long_query:
            return client_says(client_.command(fuzzing::query(bytes(long_payload, ' '), client_.negotiated())));
        default:
            return client_.leg.close();
    }
}

void play::perform_for_aggregator(action what) {
    switch (what) {
        case action::choose:
            chosen_ = byte();
            return;
        case action::aggregator_raw:
            return aggregator_says(some());
        case action::aggregator_packet:
            return aggregator_packet(some());
        case action::aggregator_packet_numbered: {
            const auto sequence_id = byte();
            return aggregator_packet(sequence_id, some());
        }
        case action::greeting:
            return aggregator_packet(0, fuzzing::greeting(byte()));
        case action::auth_switch:
            return aggregator_packet(fuzzing::auth_switch(byte()));
        case action::more_data:
            return aggregator_packet(fuzzing::more_data(some()));
        case action::fast_ok:
            return aggregator_packet(fuzzing::more_data(bytes{3}));
        case action::full_authentication:
            return aggregator_packet(fuzzing::more_data(bytes{4}));
        case action::public_key:
            return aggregator_packet(fuzzing::more_data(protocol::as_bytes(fuzzing::stage::public_key())));
        case action::ok:
            return aggregator_packet(fuzzing::ok(byte()));
        case action::ok_to_command:
            return aggregator_packet(1, fuzzing::ok(byte()));
        case action::eof:
            return aggregator_packet(fuzzing::eof(byte()));
        case action::err:
            return aggregator_packet(fuzzing::err(byte()));
        case action::file_request:
            return aggregator_packet(bytes{0xfb, 'f', 'i', 'l', 'e'});
        case action::flood:
            return aggregator_packet(bytes(long_payload, 'r'));
        case action::prepared: {
            const auto parameters = byte();
            return aggregator_packet(fuzzing::prepared(parameters, byte()));
        }
        default:
            return at_the_aggregator(what);
    }
}

void play::at_the_aggregator(action how) {
    if (aggregators_.empty()) return;
    auto& leg = aggregators_[chosen_ % aggregators_.size()].leg;
    if (how == action::aggregator_deaf)
        leg.turn_deaf();
    else if (how == action::aggregator_shutdown)
        leg.shutdown();
    else
        leg.close();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const bytes_view input(data, size);
    if (protocol::as_text(input).find(fuzzing::password.substr(0, 8)) != std::string_view::npos) return 0;
    play(input).run();
    return 0;
}
