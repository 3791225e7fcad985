// The load: clients in closed loops against one endpoint, or at a rate, for a while, and what came of it.
// Knows neither how endpoints are made nor how results are shown.
#pragma once

#include "bench/gate/endpoint.hpp"
#include "bench/gate/histogram.hpp"

#include <atomic>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace portcullis::bench {

enum class workload {
    handshakes,  ///< login, one query, quit
    queries,     ///< a statement of 50 bytes, an answer of about 120
    download,    ///< results of `size` bytes
    upload,      ///< statements of `size` bytes
    idle,        ///< logged in, then silent; asked again at the end
};

struct load_plan {
    workload what = workload::queries;
    unsigned clients = 1;   ///< exchanges under way at any time
    unsigned sessions = 0;  ///< held at once, taken in turn; at least `clients`
    unsigned threads = 1;
    std::chrono::milliseconds warm_up{500};
    std::chrono::milliseconds measured{2000};
    std::chrono::milliseconds pause{0};  ///< of a client, from a reply to its next exchange; logins have none
    double rate = 0;  ///< operations that fall due each second, in all; 0: as many as the clients can do
    std::size_t size = 8UL * 1024 * 1024;
    std::uint64_t operations = 0;  ///< ends after so many, if that is sooner; 0: no limit
    std::vector<pid_t> watched;    ///< whose CPU time and memory are counted
};

struct measurement {
    std::uint64_t operations = 0;
    std::uint64_t bytes = 0;  ///< of packets, both ways, logins aside
    std::chrono::nanoseconds elapsed{};
    /// None: nobody was watched.
    std::optional<std::chrono::nanoseconds> watched_cpu;
    std::chrono::nanoseconds own_cpu{};     ///< of the load itself: is it the bottleneck?
    std::uint64_t resident_before_kib = 0;  ///< of those watched: before the first login
    std::uint64_t resident_after_kib = 0;   ///< with all sessions held, at the end
    unsigned sessions = 0;
    std::uint64_t answered = 0;  ///< of sessions that were idle: those that answered afterwards
    histogram latency;
    std::string tls_version;  ///< of the last connection; empty: plaintext
    std::string cipher;
    std::uint64_t resumed = 0;  ///< logins of `logins` that resumed a TLS session
    std::uint64_t logins = 0;
    std::string failure;  ///< the first one, in words; empty: none
};

/// Blocks until the plan is carried out, a client failed or `interrupted` became true; what was measured until then is
/// whole.
[[nodiscard]] measurement run_load(const endpoint& to, const load_plan& plan, const std::atomic<bool>& interrupted);

}  // namespace portcullis::bench
