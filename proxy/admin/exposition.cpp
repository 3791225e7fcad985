#include "proxy/admin/exposition.hpp"

#include "proxy/admin/logins.hpp"

#include <array>
#include <limits>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <utility>

namespace portcullis::admin {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using labels = std::vector<ClientMetric::Label>;

class families {
public:
    MetricFamily& add(std::string name, std::string help, MetricType type) {
        made_.push_back({std::move(name), std::move(help), type, {}});
        return made_.back();
    }
    void counter(std::string name, std::string help, double value) {
        sample(add(std::move(name), std::move(help), MetricType::Counter), {}, value);
    }
    void gauge(std::string name, std::string help, double value) {
        sample(add(std::move(name), std::move(help), MetricType::Gauge), {}, value);
    }

    static void sample(MetricFamily& family, labels of, double value) {
        ClientMetric metric;
        metric.label = std::move(of);
        if (family.type == MetricType::Counter)
            metric.counter.value = value;
        else
            metric.gauge.value = value;
        family.metric.push_back(std::move(metric));
    }

    static void sample(MetricFamily& family, labels of, const observe::histogram::reading& read) {
        ClientMetric metric;
        metric.label = std::move(of);
        std::uint64_t below = 0;
        for (std::size_t i = 0; i < read.counts.size(); ++i) {
            below += read.counts[i];
            const bool last = i == observe::histogram::bounds.size();
            const auto bound = last ? std::numeric_limits<double>::infinity() : observe::histogram::bounds.at(i);
            metric.histogram.bucket.push_back({below, bound});
        }
        metric.histogram.sample_count = below;
        metric.histogram.sample_sum = read.sum;
        family.metric.push_back(std::move(metric));
    }

    [[nodiscard]] std::string text() const { return prometheus::TextSerializer().Serialize(made_); }

private:
    std::vector<MetricFamily> made_;
};

double number(std::uint64_t value) {
    return static_cast<double>(value);
}

void add_logins(families& out, const gate_metrics& gate) {
    auto& logins = out.add("portcullis_logins_total",
                           "Logins by outcome: accepted, refused (somebody said no), failed (all else), and why.",
                           MetricType::Counter);
    for (const auto& each : logins_by_reason(gate))
        families::sample(logins, {{"outcome", std::string(each.outcome)}, {"reason", each.reason}}, number(each.count));
    auto& closed =
        out.add("portcullis_sessions_closed_total",
                "Connections that ended, by the side that ended them, in which phase, and why.", MetricType::Counter);
    for (const auto& [why, count] : gate.closed)
        families::sample(closed,
                         {{"side", std::string(to_string(why.side))},
                          {"phase", std::string(to_string(why.phase))},
                          {"cause", std::string(to_string(why.cause))}},
                         number(count));
    auto& time = out.add("portcullis_login_duration_seconds", "From accept to OK, of logins that succeeded.",
                         MetricType::Histogram);
    families::sample(time, {}, gate.login_time);
}

void add_load(families& out, const gate_metrics& gate) {
    const auto& now = gate.status;
    out.gauge("portcullis_sessions", "Sessions that are logged in.", number(now.sessions));
    out.gauge("portcullis_connections", "Connections of clients, logged in or not.", number(now.connections));
    out.gauge("portcullis_unauthenticated_connections", "Connections that have not logged in.",
              number(now.unauthenticated));
    out.gauge("portcullis_connections_limit", "limits.max_connections.", now.max_connections);
    out.gauge("portcullis_unauthenticated_connections_limit", "limits.max_unauthenticated.", now.max_unauthenticated);
    out.gauge("portcullis_connections_per_address_limit", "limits.max_connections_per_address; 0 is none.",
              gate.max_connections_per_address);
    out.gauge("portcullis_banned_networks", "Bans in force.", number(now.bans));
    auto& relayed =
        out.add("portcullis_relayed_bytes_total",
                "Bytes relayed after OK, before compression and TLS of the client's leg.", MetricType::Counter);
    families::sample(relayed, {{"direction", "from_client"}}, number(gate.from_client));
    families::sample(relayed, {{"direction", "to_client"}}, number(gate.to_client));
}

void add_tls(families& out, const gate_metrics& gate) {
    const std::array legs{std::pair{"client", &gate.client}, std::pair{"aggregator", &gate.aggregator}};
    auto& agreed = out.add("portcullis_tls_handshakes_total",
                           "TLS handshakes that succeeded, by what was agreed on; those of health checks do not count.",
                           MetricType::Counter);
    for (const auto& [leg, metrics] : legs)
        for (const auto& [key, count] : metrics->agreed) {
            const auto& [version, cipher, resumed] = key;
            families::sample(
                agreed,
                {{"leg", leg}, {"version", version}, {"cipher", cipher}, {"resumed", resumed ? "true" : "false"}},
                number(count));
        }
    auto& time =
        out.add("portcullis_tls_handshake_duration_seconds", "TLS handshakes that succeeded.", MetricType::Histogram);
    for (const auto& [leg, metrics] : legs) families::sample(time, {{"leg", leg}}, metrics->time);
}

void add_aggregators(families& out, const gate_metrics& gate) {
    const auto of = [](const aggregator_facts& each) {
        return labels{{"cluster", each.cluster}, {"aggregator", each.name}};
    };
    const auto add = [&](std::string name, std::string help, MetricType type, auto value) {
        auto& family = out.add(std::move(name), std::move(help), type);
        for (const auto& each : gate.aggregators) families::sample(family, of(each), value(each));
    };
    using facts = aggregator_facts;
    add("portcullis_aggregator_usable", "Whether the last health check or login found it usable.", MetricType::Gauge,
        [](const facts& each) { return each.state == "usable" ? 1.0 : 0.0; });
    add("portcullis_aggregator_drained", "Whether it is drained: no new sessions.", MetricType::Gauge,
        [](const facts& each) { return each.drained ? 1.0 : 0.0; });
    add("portcullis_aggregator_sessions", "Sessions on it.", MetricType::Gauge,
        [](const facts& each) { return static_cast<double>(each.sessions); });
    add("portcullis_aggregator_kept_connections", "Connections kept for reuse.", MetricType::Gauge,
        [](const facts& each) { return number(each.kept); });
    add("portcullis_aggregator_dial_failures_total", "Connections to it that failed, of sessions and health checks.",
        MetricType::Counter, [](const facts& each) { return number(each.dial_failures); });
    add("portcullis_aggregator_blocked_total", "How often it answered that it blocks the gate (ERR 1129).",
        MetricType::Counter, [](const facts& each) { return number(each.times_blocked); });
    add("portcullis_aggregator_dial_duration_seconds", "From connect to the end of TLS, of dials that succeeded.",
        MetricType::Histogram, [](const facts& each) { return each.dial_time; });
    auto& usable =
        out.add("portcullis_cluster_usable_aggregators", "Aggregators that get new sessions.", MetricType::Gauge);
    for (const auto& each : gate.status.clusters) families::sample(usable, {{"cluster", each.name}}, each.usable);
}

/// One file may hold several certificates, and what is used in several places is there several times.
void add_certificates(families& out, const gate_metrics& gate) {
    auto& family = out.add("portcullis_certificate_expiry_timestamp_seconds",
                           "When a certificate in use expires, in seconds since 1970.", MetricType::Gauge);
    for (const auto& each : gate.certificates)
        families::sample(family,
                         {{"used_by", each.used_by},
                          {"setting", each.setting},
                          {"file", each.file},
                          {"subject", each.subject},
                          {"serial", each.serial}},
                         static_cast<double>(each.not_after));
}

void add_state(families& out, const gate_metrics& gate) {
    const auto& now = gate.status;
    auto& build = out.add("portcullis_build_info", "What runs; always 1.", MetricType::Gauge);
    families::sample(build, {{"version", now.version}, {"openssl", now.openssl}}, 1);
    out.gauge("portcullis_ready", "Whether /readyz says so.", now.ready ? 1 : 0);
    out.gauge("portcullis_draining",
              "Whether the gate is draining: it is not ready, and takes no new connections once timeouts.drain_notice "
              "is over.",
              now.draining ? 1 : 0);
    out.counter("portcullis_audit_lost_records_total", "Records that the audit log could not write.",
                number(now.lost_audit_records));
    const auto& reload = now.reload;
    out.counter("portcullis_config_reload_attempts_total", "Reloads that were tried.", number(reload.attempts));
    auto& refused =
        out.add("portcullis_config_reload_failures_total",
                "Reloads that were refused, and for what; of several reasons the first.", MetricType::Counter);
    for (const auto& [reason, count] : reload.failures_by_reason)
        families::sample(refused, {{"reason", reason}}, number(count));
    out.gauge("portcullis_config_last_reload_successful", "Whether the last reload was taken; 1 before the first.",
              reload.last_error.empty() ? 1 : 0);
    if (reload.last_attempt)
        out.gauge("portcullis_config_last_reload_attempt_timestamp_seconds", "When a reload was last tried.",
                  static_cast<double>(*reload.last_attempt));
    if (reload.last_success)
        out.gauge("portcullis_config_last_reload_success_timestamp_seconds",
                  "When a configuration was last taken; the start counts.", static_cast<double>(*reload.last_success));
}

void add_process(families& out, const process_facts& process) {
    out.counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", process.cpu_seconds);
    out.gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.",
              process.start_time);
    out.gauge("process_resident_memory_bytes", "Resident memory size in bytes.", number(process.resident_bytes));
    out.gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", number(process.virtual_bytes));
    out.gauge("process_open_fds", "Number of open file descriptors.", number(process.open_fds));
    out.gauge("process_max_fds", "Maximum number of open file descriptors.", number(process.max_fds));
    out.gauge("process_threads", "Number of OS threads in the process.", number(process.threads));
}

}  // namespace

std::string expose(const gate_metrics& gate, const process_facts& process) {
    families out;
    add_state(out, gate);
    add_logins(out, gate);
    add_load(out, gate);
    add_tls(out, gate);
    add_aggregators(out, gate);
    add_certificates(out, gate);
    add_process(out, process);
    return out.text();
}

}  // namespace portcullis::admin
