#include "proxy/admin/connection.hpp"

#include "proxy/net/deadline.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <openssl/ssl.h>

#include <optional>

namespace portcullis::admin {
namespace {

namespace http = boost::beast::http;
using net::awaitable;
using net::error_code;

constexpr std::chrono::seconds farewell{1};
constexpr std::size_t most_discarded = 65536;

using parsed_request = http::request<http::string_body>;

request taken_apart(const parsed_request& from) {
    const auto header = [&from](http::field name) { return std::string(from[name]); };
    request out;
    out.method = std::string(from.method_string());
    out.target = std::string(from.target());
    out.host = header(http::field::host);
    out.authorization = header(http::field::authorization);
    out.origin = header(http::field::origin);
    out.content_type = header(http::field::content_type);
    out.if_none_match = header(http::field::if_none_match);
    out.body = from.body();
    return out;
}

http::response<http::string_body> put_together(reply&& from, unsigned version, bool keep_alive, bool head) {
    http::response<http::string_body> out;
    out.version(version);
    out.result(from.status);
    out.set(http::field::content_type, from.content_type);
    out.set(http::field::cache_control, "no-store");
    out.set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : from.headers) out.set(name, value);
    out.keep_alive(keep_alive);
    if (from.status != 304) out.content_length(from.body.size());  // RFC 9110, 15.4.5: its length would be another's
    if (!head) out.body() = std::move(from.body);
    return out;
}

/// Of a request that cannot be read: how it is answered; 0 if nobody is there to read that.
unsigned status_of(const error_code& error) {
    if (error == http::error::header_limit) return 431;
    if (error == http::error::body_limit) return 413;
    if (error == http::error::end_of_stream || error == http::error::partial_message) return 0;
    if (error.category() == http::make_error_code(http::error::bad_method).category()) return 400;
    return 0;
}

std::string words_of(unsigned status) {
    if (status == 431) return "the head of the request is too large";
    if (status == 413) return "the body of the request is too large";
    return "the request is not HTTP as it should be";
}

/// What was not read would have the kernel reset the connection, and the reply might be lost with it.
template <class Stream>
awaitable<void> discard_rest(Stream& stream) {
    std::array<char, 4096> scrap{};
    std::size_t discarded = 0;
    while (discarded < most_discarded) {
        auto [error, size] = co_await stream.async_read_some(net::asio::buffer(scrap), net::yield);
        if (error) co_return;
        discarded += size;
    }
}

template <class Stream>
class conversation {
public:
    conversation(Stream& stream, net::stream_socket& socket, answerer& answers, const caller& from,
                 const http_limits& limits)
        : stream_(stream), socket_(socket), answers_(answers), from_(from), limits_(limits) {}

    awaitable<void> run() {
        const auto executor = co_await net::asio::this_coro::executor;
        for (unsigned i = 1; i <= limits_.requests; ++i) {
            const bool goes_on = co_await one_request(executor, i == limits_.requests);
            if (!goes_on) co_return;
        }
    }

    void end_waiting() {
        error_code ignored;
        socket_.close(ignored);
    }

private:
    awaitable<bool> one_request(net::asio::any_io_executor executor, bool last) {
        std::optional<net::deadline> limit;
        const auto begin_limit = [&] {
            limit.emplace(executor, net::clock::now() + limits_.request, [this] { end_waiting(); });
        };
        begin_limit();
        http::request_parser<http::string_body> parser;
        parser.header_limit(limits_.head);
        parser.body_limit(limits_.body);
        auto [unread, size] = co_await http::async_read(stream_, buffer_, parser, net::yield);
        if (unread) co_return co_await complain(status_of(unread));
        const auto& asked = parser.get();
        const bool keep_alive = asked.keep_alive() && !last;
        const auto request = taken_apart(asked);
        limit.reset();  // what an answer may take is its own affair: a reload looks at every new aggregator
        auto answer = co_await answers_.answer(request, from_);
        begin_limit();
        auto response =
            put_together(std::move(answer), asked.version(), keep_alive, asked.method() == http::verb::head);
        const bool written = co_await write(response, asked.method() == http::verb::head);
        co_return written&& keep_alive;
    }

    /// The body of a reply to HEAD is not there, whatever its length says.
    awaitable<bool> write(http::response<http::string_body>& response, bool head) {
        http::response_serializer<http::string_body> serializer(response);
        error_code failed;
        if (head) {
            auto [error, size] = co_await http::async_write_header(stream_, serializer, net::yield);
            failed = error;
        } else {
            auto [error, size] = co_await http::async_write(stream_, serializer, net::yield);
            failed = error;
        }
        co_return !failed;
    }

    awaitable<bool> complain(unsigned status) {
        if (status == 0) co_return false;
        auto response = put_together(error_reply(status, words_of(status)), 11, false, false);
        const bool written = co_await write(response, false);
        if (!written) co_return false;
        error_code ignored;
        socket_.shutdown(net::stream_socket::shutdown_send, ignored);
        co_await discard_rest(socket_);
        co_return false;
    }

    Stream& stream_;
    net::stream_socket& socket_;
    answerer& answers_;
    const caller& from_;
    const http_limits& limits_;
    boost::beast::flat_buffer buffer_{65536};
};

awaitable<void> serve_tls(net::stream_socket& socket, SSL_CTX* context, answerer& answers, const caller& from,
                          const http_limits& limits) {
    SSL_CTX_up_ref(context);
    net::asio::ssl::context shared(context);
    net::asio::ssl::stream<net::stream_socket&> stream(socket, shared);
    const auto executor = co_await net::asio::this_coro::executor;
    const auto close = [&socket] {
        error_code ignored;
        socket.close(ignored);
    };
    {
        const net::deadline limit(executor, net::clock::now() + limits.request, close);
        auto [error] = co_await stream.async_handshake(net::asio::ssl::stream_base::server, net::yield);
        if (error) co_return;
    }
    conversation talk(stream, socket, answers, from, limits);
    co_await talk.run();
    if (!socket.is_open()) co_return;
    const net::deadline limit(executor, net::clock::now() + farewell, close);
    [[maybe_unused]] const auto ended = co_await stream.async_shutdown(net::yield);
}

}  // namespace

awaitable<void> serve_connection(net::stream_socket socket, SSL_CTX* context, answerer& answers, caller from,
                                 http_limits limits) {
    from.tls = context != nullptr;
    if (context != nullptr) co_return co_await serve_tls(socket, context, answers, from, limits);
    conversation talk(socket, socket, answers, from, limits);
    co_await talk.run();
}

}  // namespace portcullis::admin
