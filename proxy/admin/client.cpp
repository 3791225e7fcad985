#include "proxy/admin/client.hpp"

#include "proxy/net/deadline.hpp"
#include "proxy/net/socket_address.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <openssl/ssl.h>

#include <optional>

namespace portcullis::admin {
namespace {

namespace http = boost::beast::http;
namespace ssl = net::asio::ssl;
using net::awaitable;
using net::error_code;

constexpr std::uint64_t largest_reply = 256UL * 1024 * 1024;

using http_request = http::request<http::string_body>;

template <class Stream>
awaitable<response> exchange(Stream& stream, http_request& asked) {
    response out;
    [[maybe_unused]] const auto written = co_await http::async_write(stream, asked, net::yield);
    boost::beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(largest_reply);
    // Even if it could not be sent whole: the gate may have said why before it closed.
    auto [unread, size] = co_await http::async_read(stream, buffer, parser, net::yield);
    if (unread) {
        out.failure = unread == http::error::end_of_stream ? "the gate closed the connection" : unread.message();
        co_return out;
    }
    out.status = parser.get().result_int();
    out.body = std::move(parser.get().body());
    co_return out;
}

awaitable<response> exchange_over_tls(const place& where, net::stream_socket& socket, http_request& asked) {
    ssl::context context(ssl::context::tls_client);
    error_code failed;
    response out;
    if (where.ca.empty())
        context.set_default_verify_paths(failed);
    else
        context.load_verify_file(where.ca.string(), failed);
    if (failed) {
        out.failure = "the CA cannot be read: " + failed.message();
        co_return out;
    }
    ssl::stream<net::stream_socket&> stream(socket, context);
    stream.set_verify_mode(ssl::verify_peer);
    stream.set_verify_callback(ssl::host_name_verification(where.address.host));
    SSL_set_tlsext_host_name(stream.native_handle(), where.address.host.c_str());
    auto [refused] = co_await stream.async_handshake(ssl::stream_base::client, net::yield);
    if (refused) {
        out.failure = "TLS: " + refused.message();
        co_return out;
    }
    co_return co_await exchange(stream, asked);
}

awaitable<response> converse(const place& where, http_request& asked) {
    const auto executor = co_await net::asio::this_coro::executor;
    net::stream_socket socket(executor);
    const net::deadline limit(executor, net::clock::now() + where.patience, [&socket] {
        error_code ignored;
        socket.close(ignored);
    });
    response out;
    error_code failed = net::asio::error::host_not_found;
    for (const auto& each : net::resolve_now(where.address, false)) {
        const auto endpoint = each.endpoint();
        auto [error] = co_await socket.async_connect(endpoint, net::yield);
        failed = error;
        if (!failed || limit.expired()) break;
        error_code ignored;
        socket.close(ignored);
    }
    if (failed) {
        out.failure = failed.message();
        out.refused_by_system = failed == boost::system::errc::permission_denied;
    } else if (where.tls) {
        out = co_await exchange_over_tls(where, socket, asked);
    } else {
        out = co_await exchange(socket, asked);
    }
    if (limit.expired()) out = {0, {}, "no answer within " + std::to_string(where.patience.count()) + " s", false};
    co_return out;
}

}  // namespace

std::optional<place> parse_place(std::string_view text) {
    place out;
    constexpr std::string_view http_scheme = "http://";
    constexpr std::string_view https_scheme = "https://";
    out.tls = text.starts_with(https_scheme);
    if (text.starts_with(http_scheme)) text.remove_prefix(http_scheme.size());
    if (out.tls) text.remove_prefix(https_scheme.size());
    if (text.ends_with('/') && !text.starts_with("unix:")) text.remove_suffix(1);
    const auto parsed = config::endpoint::parse(text);
    if (!parsed || (out.tls && parsed->is_unix())) return std::nullopt;
    out.address = *parsed;
    return out;
}

response ask(const place& where, const std::string& method, const std::string& target, const std::string& body) {
    http_request asked(http::string_to_verb(method), target, 11);
    asked.set(http::field::host, where.address.is_unix() ? std::string("localhost") : where.address.to_string());
    asked.set(http::field::connection, "close");
    if (!where.token.empty()) asked.set(http::field::authorization, "Bearer " + where.token);
    if (!body.empty()) asked.set(http::field::content_type, "application/json");
    asked.body() = body;
    asked.prepare_payload();
    response out;
    net::asio::io_context context(1);
    net::asio::co_spawn(context, converse(where, asked), [&out](const std::exception_ptr& failure, response got) {
        if (failure) got.failure = "out of memory";
        out = std::move(got);
    });
    context.run();
    return out;
}

}  // namespace portcullis::admin
