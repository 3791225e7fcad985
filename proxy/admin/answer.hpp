// What is answered to whom: routes, tokens, and what protects a browser's user from other pages. No socket, no HTTP
// parser: a request in, a reply out.
#pragma once

#include "proxy/admin/operations.hpp"
#include "proxy/admin/tokens.hpp"

#include <string>
#include <utility>
#include <vector>

namespace portcullis::admin {

/// The other end of a connection.
struct caller {
    std::string name;                           ///< for the log: "uid=0 pid=4711", "10.1.2.3:40000"
    std::optional<config::ip_address> address;  ///< none: the unix socket, whose file's permissions admit
    bool tls = false;

    [[nodiscard]] bool is_local_user() const { return !address; }
};

struct request {
    std::string method;
    std::string target;
    std::string host;
    std::string authorization;
    std::string origin;
    std::string content_type;
    std::string body;
    std::string if_none_match;
};

struct reply {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
};

class answerer {
public:
    answerer(const config::admin& settings, operations& work);

    /// An exception of the operations becomes 500.
    [[nodiscard]] net::awaitable<reply> answer(const request& asked, const caller& from);

    /// Takes over tokens and what needs one.
    void adopt(const config::admin& settings);

private:
    struct route;
    struct call;
    [[nodiscard]] std::optional<reply> route_of(const request& asked, const caller& from, const route*& found,
                                                call& what);
    [[nodiscard]] std::optional<reply> refuse(const request& asked, const caller& from, const route& found);
    [[nodiscard]] std::optional<reply> check_token(const request& asked, const caller& from);
    static const std::vector<route>& routes();

    bool metrics_need_token_;
    tokens tokens_;
    gate::bans wrong_tokens_;
    operations& work_;
};

/// {"error": words}
[[nodiscard]] reply error_reply(unsigned status, const std::string& words);

}  // namespace portcullis::admin
