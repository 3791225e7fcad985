#include "proxy/admin/server.hpp"

#include "proxy/admin/connection.hpp"
#include "proxy/net/socket_address.hpp"
#include "proxy/observe/log.hpp"

#include <openssl/ssl.h>

#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace portcullis::admin {
namespace {

/// At a time. The unix socket has its own: strangers cannot take the last place of the administrator.
constexpr unsigned most_connections = 64;
constexpr unsigned owner_alone = 0600;

/// Gives a place back when it goes.
class place {
public:
    explicit place(std::shared_ptr<unsigned> taken) : taken_(std::move(taken)) { ++*taken_; }
    place(place&& other) noexcept = default;
    place& operator=(place&&) = delete;
    ~place() {
        if (taken_) --*taken_;
    }

private:
    std::shared_ptr<unsigned> taken_;
};

std::string name_of(const net::accepted& from) {
    if (from.address) return config::endpoint{from.address->to_string(), from.port, {}}.to_string();
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(from.descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "unix";
    return "uid=" + std::to_string(peer.uid) + " pid=" + std::to_string(peer.pid);
}

net::awaitable<void> serve(net::stream_socket socket, certs::ssl_ctx_ptr context, answerer& answers, caller from,
                           place /*taken*/) {
    const http_limits limits;
    co_await serve_connection(std::move(socket), context.get(), answers, std::move(from), limits);
}

/// Another owner of the same context.
certs::ssl_ctx_ptr shared(const certs::ssl_ctx_ptr& context) {
    if (!context) return nullptr;
    SSL_CTX_up_ref(context.get());
    return certs::ssl_ctx_ptr(context.get());
}

config::listener as_listener(config::endpoint address) {
    config::listener out;
    out.name = "admin";
    out.address = std::move(address);
    return out;
}

}  // namespace

struct server::door {
    bool tls = false;
    std::shared_ptr<unsigned> taken = std::make_shared<unsigned>(0);
};

server::server(config::admin settings, certs::ssl_ctx_ptr context, operations& work)
    : settings_(std::move(settings)), context_(std::move(context)), answers_(settings_, work) {}

server::~server() {  // NOLINT(bugprone-exception-escape)
    stop();
}

std::string server::open(net::inherited_sockets& inherited) {
    auto problem = open_socket(inherited);
    return problem.empty() ? open_address(inherited) : problem;
}

std::string server::open_socket(net::inherited_sockets& inherited) {
    if (settings_.socket.empty()) return {};
    auto made = std::make_shared<net::listener>(context_of_all_, as_listener({"", 0, settings_.socket}), owner_alone);
    auto problem = made->open(inherited);
    if (!problem.empty() && settings_.socket_is_default) {
        observe::log(observe::log_level::info, "no administration over the default socket", {{"reason", problem}});
        return {};
    }
    if (!problem.empty()) return problem;
    listeners_.push_back(std::move(made));
    doors_.push_back(std::make_shared<door>());
    return {};
}

std::string server::open_address(net::inherited_sockets& inherited) {
    if (!settings_.address) return {};
    // The configuration's check knows a name; what it means is known here.
    for (const auto& each : net::resolve_now(*settings_.address, true)) {
        const auto ip = each.ip();
        if (!context_ && ip && !ip->is_loopback())
            return "[admin] address: " + settings_.address->host + " is " + ip->to_string() +
                   ", beyond this machine: give it ssl_cert and ssl_key";
    }
    auto made = std::make_shared<net::listener>(context_of_all_, as_listener(*settings_.address));
    auto problem = made->open(inherited);
    if (!problem.empty()) return problem;
    listeners_.push_back(std::move(made));
    auto through = std::make_shared<door>();
    through->tls = context_ != nullptr;
    doors_.push_back(std::move(through));
    return {};
}

void server::admit(const std::shared_ptr<door>& through, const net::accepted& from) {
    if (*through->taken >= most_connections) {
        ::close(from.descriptor);
        return;
    }
    caller who{name_of(from), from.address};
    auto socket = net::adopt(context_of_all_, from);
    if (!socket) return;
    net::asio::co_spawn(context_of_all_,
                        serve(std::move(*socket), through->tls ? shared(context_) : nullptr, answers_, std::move(who),
                              place(through->taken)),
                        [](const std::exception_ptr& failure) {
                            if (!failure) return;
                            observe::log(observe::log_level::error, "administration: a connection failed");
                        });
}

void server::start() {
    for (std::size_t i = 0; i < listeners_.size(); ++i) {
        observe::log(
            observe::log_level::info, "administration",
            {{"address", listeners_[i]->settings().address.to_string()}, {"tls", doors_[i]->tls ? "true" : "false"}});
        listeners_[i]->start([this, through = doors_[i]](const net::accepted& from) { admit(through, from); });
    }
    if (!listeners_.empty()) thread_ = std::thread([this] { context_of_all_.run(); });
}

void server::adopt(config::admin settings, certs::ssl_ctx_ptr context) {
    struct change {
        config::admin settings;
        certs::ssl_ctx_ptr context;
    };
    auto next = std::make_shared<change>(change{std::move(settings), std::move(context)});
    net::asio::post(context_of_all_, [this, next] {
        answers_.adopt(next->settings);
        if (context_ && next->context) context_ = std::move(next->context);
    });
}

void server::hand_over() {
    net::asio::post(context_of_all_, [this] {
        for (const auto& each : listeners_) each->hand_over();
    });
}

void server::stop() {
    if (!thread_.joinable()) return;
    net::asio::post(context_of_all_, [this] {
        for (const auto& each : listeners_) each->close();
        context_of_all_.stop();
    });
    thread_.join();
}

}  // namespace portcullis::admin
