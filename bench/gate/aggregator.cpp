#include "bench/gate/aggregator.hpp"

#include "bench/gate/statement.hpp"
#include "certs/random.hpp"
#include "protocol/auth_messages.hpp"
#include "protocol/auth_plugin.hpp"
#include "protocol/command.hpp"
#include "protocol/greeting.hpp"
#include "protocol/handshake_response.hpp"
#include "protocol/packet_walker.hpp"
#include "proxy/net/inherited_sockets.hpp"
#include "proxy/net/listener.hpp"
#include "proxy/net/packet_channel.hpp"

#include <boost/asio/signal_set.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <iterator>
#include <map>

namespace portcullis::bench {
namespace {

using net::awaitable;
using net::error_code;
using protocol::bytes;
using protocol::bytes_view;

const bytes ok_payload{0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00};
const bytes scramble(20, 'p');  // nobody's password is checked

protocol::capability_flags capabilities(bool tls) {
    using namespace protocol;
    return client_long_password | client_found_rows | client_long_flag | client_connect_with_db | client_protocol_41 |
           client_transactions | client_secure_connection | client_multi_statements | client_multi_results |
           client_ps_multi_results | client_plugin_auth | client_connect_attrs | client_plugin_auth_lenenc_data |
           (tls ? client_ssl : capability_flags{0});
}

/// The messages of a client after OK: their first bytes, however long they are.
class commands {
public:
    static constexpr std::size_t head_size = 128;

    /// The messages that end in this chunk, in their order.
    std::vector<bytes> feed(bytes_view chunk) {
        bytes joined = std::exchange(kept_, {});
        if (!joined.empty()) {
            std::copy(chunk.begin(), chunk.end(), std::back_inserter(joined));  // insert() is a false alarm of g++ 14's
            chunk = joined;
        }
        std::vector<bytes> ended;
        for (std::size_t position = 0;;) {
            protocol::packet_start start;
            const auto from = position;
            const auto found = walker_.next(chunk, position, start);
            const auto payload_end = found == step::start ? start.offset : position;
            collect(chunk.subspan(from, payload_end - from));
            if (open_ && (found != step::end || walker_.at_boundary())) ended.push_back(std::exchange(head_, {}));
            open_ = found == step::start || (open_ && found == step::end && !walker_.at_boundary());
            if (found == step::need_more)
                kept_.assign(chunk.begin() + static_cast<std::ptrdiff_t>(position), chunk.end());
            if (found != step::start) return ended;
        }
    }

private:
    using step = protocol::packet_walker::step;

    void collect(bytes_view payload) {
        const auto wanted = std::min(payload.size(), head_size - head_.size());
        head_.insert(head_.end(), payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(wanted));
    }

    protocol::packet_walker walker_;
    bytes kept_;
    bytes head_;
    bool open_ = false;
};

class visitor {
public:
    visitor(net::stream_socket socket, SSL_CTX* context, bool tls_first)
        : channel_(std::move(socket)), context_(context), tls_first_(tls_first) {}

    awaitable<void> run() {
        if (!co_await log_in()) co_return;
        commands incoming;
        const auto rest = channel_.take_rest();
        auto ended = incoming.feed(rest);
        for (;;) {
            for (const auto& head : ended)
                if (!co_await answer(head)) co_return;
            const auto more = co_await channel_.stream().read_some();
            if (!more) co_return;
            ended = incoming.feed(*more);
        }
    }

private:
    awaitable<bool> log_in() {
        auto& stream = channel_.stream();
        if (tls_first_ && co_await stream.accept_tls(context_)) co_return false;
        const auto greeting = make_greeting();
        if (co_await channel_.write(greeting)) co_return false;
        auto reading = tls_first_ ? channel_.read() : channel_.read_exactly_one();
        auto payload = co_await std::move(reading);
        if (!payload) co_return false;
        const auto kind = protocol::classify_first_packet(*payload);
        if (!kind) co_return false;
        if (*kind == protocol::first_packet::ssl_request) {
            if (context_ == nullptr || co_await stream.accept_tls(context_)) co_return false;
            payload = co_await channel_.read();
            if (!payload) co_return false;
        }
        const auto response = protocol::parse_handshake_response(*payload, stream.is_tls());
        if (!response) co_return false;
        const bool known = protocol::as_text(response->auth_plugin) == protocol::mysql_native_password;
        if (!known && !co_await switch_plugin()) co_return false;
        const auto error = co_await channel_.write(ok_payload);
        co_return !error;
    }

    awaitable<bool> switch_plugin() {
        const auto request = switch_request();
        if (co_await channel_.write(request)) co_return false;
        const auto proof = co_await channel_.read();
        co_return proof.has_value();
    }

    [[nodiscard]] bytes make_greeting() const {
        static std::atomic<std::uint32_t> last_id{0};
        protocol::greeting message;
        message.server_version = "8.0.11-synthetic";
        message.connection_id = ++last_id;
        message.scramble = scramble;
        message.capabilities = capabilities(context_ != nullptr && !tls_first_);
        message.character_set = 45;
        message.status_flags = 2;
        message.auth_plugin = protocol::mysql_native_password;
        return protocol::serialize_greeting(message);
    }

    static bytes switch_request() {
        bytes data = scramble;
        data.push_back(0);
        return protocol::serialize_auth_switch_request({protocol::mysql_native_password, data});
    }

    /// The whole reply to a message whose first bytes are `head`; false: the session is over.
    awaitable<bool> answer(const bytes& head) {
        if (std::exchange(proof_awaited_, false)) {
            bytes packet;
            protocol::append_packet(packet, 3, ok_payload);
            co_return co_await send(packet);
        }
        if (head.empty()) co_return true;
        const auto command = static_cast<protocol::command>(head.front());
        if (command == protocol::command::quit) co_return false;
        if (command == protocol::command::stmt_close) co_return true;
        if (command == protocol::command::change_user) {
            proof_awaited_ = true;
            bytes packet;
            protocol::append_packet(packet, 1, switch_request());
            co_return co_await send(packet);
        }
        const auto plan = command == protocol::command::query
                              ? understand(protocol::as_text(bytes_view(head).subspan(1)))
                              : reply_plan{};
        co_return co_await send_reply(plan);
    }

    awaitable<bool> send(const bytes& packet) {
        const auto error = co_await channel_.stream().write(packet);
        co_return !error;
    }

    awaitable<bool> send_reply(reply_plan plan) {
        static thread_local std::map<std::size_t, bytes> known;
        auto& reply = known[plan.result ? plan.answer + 1 : 0];
        if (reply.empty()) reply = write_reply(plan);
        constexpr std::size_t piece = 64UL * 1024;
        for (bytes_view rest = reply; !rest.empty();) {
            const auto now = rest.first(std::min(rest.size(), piece));
            if (co_await channel_.stream().write(now)) co_return false;
            rest = rest.subspan(now.size());
        }
        co_return true;
    }

    net::packet_channel channel_;
    SSL_CTX* context_;
    const bool tls_first_;
    bool proof_awaited_ = false;
};

awaitable<void> visit(std::unique_ptr<visitor> guest) {
    co_await guest->run();
}

void welcome(net::worker& home, const net::accepted& from, SSL_CTX* context, bool tls_first) {
    net::load_token load(home);
    net::asio::post(home.context(), [&home, from, context, tls_first, load = std::move(load)]() mutable {
        auto socket = net::adopt(home.context(), from);
        if (!socket) return;
        auto guest = std::make_unique<visitor>(std::move(*socket), context, tls_first);
        net::asio::co_spawn(home.context(), visit(std::move(guest)),
                            [load = std::move(load)](const std::exception_ptr&) {});
    });
}

std::string open_door(net::asio::io_context& control, const config::endpoint& address,
                      std::vector<std::unique_ptr<net::listener>>& doors) {
    config::listener settings;
    settings.name = "aggregator";
    settings.address = address;
    doors.push_back(std::make_unique<net::listener>(control, settings));
    net::inherited_sockets none;
    return doors.back()->open(none);
}

}  // namespace

std::string serve_as_aggregator(const aggregator_settings& settings) {
    net::asio::io_context control{1};
    net::worker_pool workers(settings.workers);
    std::vector<std::unique_ptr<net::listener>> doors;
    auto problem = open_door(control, settings.address, doors);
    if (problem.empty() && settings.tls_first_address) problem = open_door(control, *settings.tls_first_address, doors);
    if (!problem.empty()) return problem;
    workers.start();
    for (std::size_t i = 0; i < doors.size(); ++i)
        doors[i]->start([&workers, &settings, tls_first = i == 1](const net::accepted& from) {
            welcome(workers.least_loaded(), from, settings.context, tls_first);
        });
    net::asio::signal_set signals(control, SIGINT, SIGTERM);
    signals.async_wait([&control](error_code, int) { control.stop(); });
    std::puts("ready");
    std::fflush(stdout);
    control.run();
    std::_Exit(0);  // the visitors' sockets are the kernel's to close
}

}  // namespace portcullis::bench
