// One statement on an aggregator by the cluster's health account, on a connection of its own.
// Decides nothing: who may ask for it is the caller's affair.
#pragma once

#include "proxy/cluster/cluster.hpp"
#include "proxy/net/asio.hpp"

#include <chrono>
#include <string>

namespace portcullis::cluster {

/// Runs a statement that answers OK or ERR. Returns why it did not answer OK `within` that time: in words, for the log
/// alone; empty: it did. Precondition: the cluster has a health.user.
[[nodiscard]] net::awaitable<std::string> run_as_health_account(const cluster& where, aggregator& member,
                                                                std::string statement,
                                                                std::chrono::milliseconds within);

}  // namespace portcullis::cluster
