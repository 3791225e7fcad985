// Asio as this project uses it: coroutines that yield (error_code, value) and are resumed by deferred operations.
// The one place that includes its headers by name; compiled once in asio_implementation.cpp.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/system/result.hpp>

namespace portcullis::net {

namespace asio = boost::asio;
using boost::system::error_code;
template <class T>
using result = boost::system::result<T>;
template <class T>
using awaitable = asio::awaitable<T>;
using stream_socket = asio::generic::stream_protocol::socket;

/// co_await operation(..., yield) gives a tuple that begins with the error_code.
inline constexpr auto yield = asio::as_tuple(asio::deferred);

}  // namespace portcullis::net
