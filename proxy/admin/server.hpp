// The administration interface on its own thread: a unix socket, and HTTP or HTTPS where it is configured.
// Sockets and their limits only; what is answered is answer's.
#pragma once

#include "certs/openssl_ptr.hpp"
#include "proxy/admin/answer.hpp"
#include "proxy/net/listener.hpp"

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace portcullis::admin {

class server {
public:
    /// `context`: null for HTTP without TLS. `work` must outlive the server.
    server(config::admin settings, certs::ssl_ctx_ptr context, operations& work);
    ~server();  // NOLINT(bugprone-exception-escape): out of memory, which is the end anyway
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    /// Binds; returns what went wrong in words, empty if nothing. The default socket is done without where it cannot be
    /// bound: a second gate, or a run without installation, is none the worse for it.
    /// What was inherited for its addresses is taken.
    [[nodiscard]] std::string open(net::inherited_sockets& inherited);
    void start();
    /// Tokens and certificate of a changed configuration, for requests and connections from now on. From any thread.
    /// `socket` and `address` stay; neither does an address with TLS lose it nor one without get it.
    void adopt(config::admin settings, certs::ssl_ctx_ptr context);
    /// Where it listens; from open() on they do not change.
    [[nodiscard]] const std::vector<std::shared_ptr<net::listener>>& listeners() const { return listeners_; }
    /// Another process accepts there from now on. From any thread.
    void hand_over();
    /// Ends every connection and the thread.
    void stop();

private:
    struct door;
    [[nodiscard]] std::string open_socket(net::inherited_sockets& inherited);
    [[nodiscard]] std::string open_address(net::inherited_sockets& inherited);
    void admit(const std::shared_ptr<door>& through, const net::accepted& from);

    const config::admin settings_;
    certs::ssl_ctx_ptr context_;  ///< of the server's thread once it runs
    answerer answers_;
    std::vector<std::shared_ptr<door>> doors_;
    net::asio::io_context context_of_all_{1};
    std::vector<std::shared_ptr<net::listener>> listeners_;
    std::thread thread_;
};

}  // namespace portcullis::admin
