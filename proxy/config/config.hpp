// The whole configuration as plain structs with their defaults: what portcullis.toml says, after validation.
// Loading is proxy/config/load; nothing here reads a file.
#pragma once

#include "certs/client_context.hpp"
#include "certs/distinguished_name.hpp"
#include "certs/server_context.hpp"
#include "certs/tls_version.hpp"
#include "proxy/config/address.hpp"
#include "proxy/config/source.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::config {

struct gate {
    int instance_id = 1;         ///< 0..127
    unsigned workers = 0;        ///< 0: one per core
    std::string server_version;  ///< empty: learned from the cluster
    /// RSA, PEM: hides passwords of caching_sha2_password on plaintext legs; empty: a key made at start
    std::filesystem::path rsa_private_key;
    bool fast_aes_gcm = true;               ///< where CPU, OpenSSL and build offer it
    bool fast_tls13 = true;                 ///< records of TLS 1.3 by the gate itself
    std::filesystem::path ticket_keys;      ///< seal the session tickets of a fleet; empty: keys of this gate's own
    std::filesystem::path takeover_socket;  ///< where the next process asks for the listeners; empty: nowhere
};

struct listener {
    std::string name;
    endpoint address;
    std::string cluster;
    certs::server_settings tls;  ///< no pairs: plaintext only
    bool require_secure_transport = false;
    bool compression = true;  ///< offered where the cluster offers it
    std::vector<network> proxy_protocol_networks;
    std::vector<network> allow_from;  ///< empty: everybody
    std::vector<network> deny_from;

    [[nodiscard]] bool offers_tls() const { return !tls.pairs.empty(); }
};

/// What an account asks of the client's connection, as in MySQL's REQUIRE clause.
enum class requirement { none, ssl, x509 };

struct account {
    std::string user;        ///< empty: any user (MySQL's anonymous account)
    std::string host = "%";  ///< the pattern as written; proxy/gate/host_pattern reads it
    requirement require = requirement::ssl;
    std::optional<certs::distinguished_name> issuer;   ///< implies x509
    std::optional<certs::distinguished_name> subject;  ///< implies x509
    std::string cipher;                                ///< OpenSSL's name; implies ssl
    unsigned max_user_connections = 0;                 ///< 0: no limit
    std::vector<network> allow_from;                   ///< empty: everywhere
};

struct accounts {
    requirement default_require = requirement::ssl;
    std::vector<account> rules;
};

enum class balance { least_connections, round_robin, first_available };

/// MySQL's --ssl-mode toward the aggregators.
enum class ssl_mode { disabled, preferred, required, verify_ca, verify_identity };

/// What becomes of an aggregator connection whose client quit.
enum class reuse { off, change_user };

struct aggregator {
    endpoint address;
    unsigned weight = 1;
};

struct health {
    std::chrono::milliseconds interval{2000};
    std::string user;      ///< empty: greeting and TLS only, finished politely
    std::string password;  ///< content of password_file, its line end removed
};

struct cluster {
    std::string name;
    config::balance balance = balance::least_connections;
    config::ssl_mode ssl_mode = ssl_mode::verify_ca;
    certs::client_settings tls;
    bool proxy_protocol = false;
    bool local_infile = false;
    bool connect_attributes = true;  ///< tell aggregators who is behind the gate
    config::reuse reuse = reuse::off;
    std::chrono::milliseconds reuse_idle{60'000};  ///< how long a connection is kept
    unsigned reuse_max = 100;                      ///< how many are kept for each aggregator
    std::vector<aggregator> aggregators;
    config::health health;
};

struct timeouts {
    std::chrono::milliseconds login{10'000};
    std::chrono::milliseconds connect{3'000};
    std::chrono::milliseconds idle{8LL * 3600 * 1000};
    std::chrono::milliseconds drain_notice{0};  ///< not ready any more, but still accepting
    std::chrono::milliseconds drain{30'000};
};

struct limits {
    unsigned max_connections = 10'000;
    unsigned max_unauthenticated = 512;
    unsigned max_connections_per_address = 0;  ///< 0: no limit
    unsigned ban_after = 0;                    ///< failed authentications of an address; 0: nobody is banned
    std::chrono::milliseconds ban_window{600'000};
    std::chrono::milliseconds ban_time{600'000};
};

enum class log_level { debug, info, warning, error };
enum class log_format { logfmt, json };

struct log {
    log_level level = log_level::info;
    log_format format = log_format::logfmt;
    std::filesystem::path file;  ///< empty: standard error
};

/// Who holds it may do everything that the administration interface can.
struct admin_token {
    std::string secret;
    std::optional<std::chrono::sys_seconds> expires;
};

struct admin {
    std::string socket = "/run/portcullis/admin.sock";  ///< empty: none
    bool socket_is_default = true;                      ///< the file does not name one
    std::optional<endpoint> address;                    ///< HTTP, or HTTPS with tls.pairs; never a unix socket
    std::vector<admin_token> tokens;                    ///< for address
    bool metrics_need_token = true;
    certs::server_settings tls;
};

enum class audit_level { off, logins, statements };
enum class audit_destination { file, standard_output, syslog };
enum class syslog_facility {
    auth = 4,
    authpriv = 10,
    local0 = 16,
    local1,
    local2,
    local3,
    local4,
    local5,
    local6,
    local7
};
/// What happens to logins that cannot be recorded.
enum class audit_failure { go_on, refuse_logins };

struct audit {
    audit_level level = audit_level::off;
    audit_destination destination = audit_destination::file;
    std::filesystem::path file;
    std::uint64_t max_file_size = 100ULL * 1024 * 1024;  ///< bytes
    unsigned max_files = 10;                             ///< earlier ones that are kept
    endpoint syslog{{}, 0, "/dev/log"};
    syslog_facility facility = syslog_facility::authpriv;
    std::vector<std::string> accounts;    ///< whose statements; empty: everybody's
    std::uint64_t statement_size = 1024;  ///< bytes of a statement
    audit_failure on_failure = audit_failure::go_on;
};

struct configuration {
    config::gate gate;
    std::vector<listener> listeners;
    config::accounts accounts;
    std::vector<cluster> clusters;
    config::timeouts timeouts;
    config::limits limits;
    config::log log;
    config::admin admin;
    config::audit audit;
    config::source source;  ///< where it was written

    [[nodiscard]] const cluster* find_cluster(std::string_view name) const;
};

}  // namespace portcullis::config
