#include "bench/gate/connection.hpp"

#include "certs/verification_failure.hpp"
#include "protocol/command.hpp"
#include "protocol/err_packet.hpp"
#include "protocol/handshake_response.hpp"
#include "proxy/cluster/password_login.hpp"

#include <openssl/err.h>

#include <algorithm>

namespace portcullis::bench {
namespace {

using net::awaitable;

protocol::capability_flags capabilities() {
    using namespace protocol;
    return client_long_password | client_protocol_41 | client_secure_connection | client_plugin_auth |
           client_transactions | client_multi_results;
}

std::string err_text(protocol::bytes_view payload) {
    const auto refusal = protocol::parse_err_packet(payload);
    if (!refusal) return "a broken ERR";
    return protocol::in_words(*refusal);
}

}  // namespace

connection::connection(net::asio::io_context& context, const endpoint& to, cluster::tls_session_store& sessions)
    : to_(to), sessions_(sessions), channel_(net::stream_socket(context)), replies_(capabilities()) {}

awaitable<std::string> connection::start_tls() {
    ERR_clear_error();
    certs::ssl_ptr ssl{SSL_new(to_.context.get())};
    if (!ssl) co_return "TLS: out of memory";
    const auto unnamed = certs::set_expected_host(ssl.get(), to_.address.host, to_.verify);
    if (unnamed) co_return "TLS: " + unnamed.message();
    auto tickets = net::tls_stream::tickets::ignored;
    if (to_.resume) tickets = sessions_.attach(ssl.get());
    const auto failed = co_await channel_.stream().connect_tls(std::move(ssl), tickets);
    if (!failed) {
        const auto* const made = channel_.stream().ssl();
        resumed_ = SSL_session_reused(made) == 1;
        tls_version_ = SSL_get_version(made);
        cipher_ = SSL_get_cipher_name(made);
        co_return std::string{};
    }
    const auto reason = certs::verification_failure(channel_.stream().ssl());
    if (!reason.empty()) co_return "TLS: the server's certificate was refused: " + reason;
    co_return "TLS: " + (channel_.stream().failure().empty() ? failed.message() : channel_.stream().failure());
}

awaitable<std::string> connection::greet(protocol::greeting& out) {
    auto reading = channel_.stream().is_tls() ? channel_.read() : channel_.read_exactly_one();
    const auto payload = co_await std::move(reading);
    if (!payload) co_return "greeting: " + payload.error().message();
    if (!payload->empty() && payload->front() == 0xff) co_return err_text(*payload);
    auto parsed = protocol::parse_greeting(*payload);
    if (!parsed) co_return "greeting: " + parsed.error().message();
    out = std::move(*parsed);
    co_return std::string{};
}

awaitable<std::string> connection::knock() {
    const auto error = co_await channel_.stream().connect(to_.resolved.endpoint());
    if (error) co_return "connect: " + error.message();
    protocol::greeting unused;
    co_return co_await greet(unused);
}

awaitable<std::string> connection::open() {
    const auto error = co_await channel_.stream().connect(to_.resolved.endpoint());
    if (error) co_return "connect: " + error.message();
    if (to_.how == transport::tls_first) {
        auto failure = co_await start_tls();
        if (!failure.empty()) co_return failure;
    }
    protocol::greeting greeting;
    auto failure = co_await greet(greeting);
    if (!failure.empty()) co_return failure;
    const bool offered = (greeting.capabilities & protocol::client_ssl) != 0;
    if (to_.how == transport::in_band && !offered && !to_.tls_if_offered) co_return "the server offers no TLS";
    if (to_.how == transport::in_band && offered) {
        const auto request = protocol::serialize_ssl_request({capabilities() | protocol::client_ssl, 1U << 24U, 45});
        const auto unsent = co_await channel_.write(request);
        if (unsent) co_return "SSLRequest: " + unsent.message();
        failure = co_await start_tls();
        if (!failure.empty()) co_return failure;
    }
    cluster::password_login account;
    account.user = to_.user;
    account.password = to_.password;
    account.capabilities = capabilities();
    if (to_.how == transport::in_band && channel_.stream().is_tls()) account.capabilities |= protocol::client_ssl;
    account.secure = channel_.stream().is_tls() || to_.address.is_unix();
    auto login = co_await cluster::log_in_with_password(account, channel_, greeting);
    if (!login.accepted && login.failure.empty()) login.failure = "the login was not accepted";
    co_return std::move(login.failure);
}

awaitable<std::string> connection::exchange(protocol::bytes_view packet) {
    constexpr std::size_t piece = 64UL * 1024;
    replies_.expect_reply_to(static_cast<std::uint8_t>(protocol::command::query));
    replies_.client_packet(0);
    for (auto rest = packet; !rest.empty();) {
        const auto now = rest.first(std::min(rest.size(), piece));
        const auto error = co_await channel_.stream().write(now);
        if (error) co_return "write: " + error.message();
        rest = rest.subspan(now.size());
    }
    bytes_ += packet.size();
    co_return co_await read_reply();
}

awaitable<std::string> connection::read_reply() {
    for (bool first = true; !replies_.replied(); first = false) {
        const auto more = co_await channel_.stream().read_some();
        if (!more) co_return "read: " + more.error().message();
        bytes_ += more->size();
        if (first && more->size() > protocol::packet_header_size && (*more)[protocol::packet_header_size] == 0xff)
            co_return err_text(std::span<const std::uint8_t>(*more).subspan(protocol::packet_header_size));
        replies_.feed(*more);
        if (replies_.lost() || replies_.requested()) co_return "a reply out of order";
    }
    co_return std::string{};
}

awaitable<void> connection::quit() {
    co_await cluster::quit(channel_);
    channel_.stream().close();
}

}  // namespace portcullis::bench
