#include "bench/gate/report.hpp"

#include <boost/json/src.hpp>
#include <fmt/format.h>

namespace portcullis::bench {
namespace {

double seconds(std::chrono::nanoseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

double microseconds(std::chrono::nanoseconds duration) {
    return std::chrono::duration<double, std::micro>(duration).count();
}

bool moves_bulk(workload what) {
    return what == workload::download || what == workload::upload;
}

std::string cost_in_words(const measurement& measured, const load_plan& plan) {
    const auto cpu = seconds(*measured.watched_cpu);
    if (moves_bulk(plan.what))
        return fmt::format("CPU          {:.3f} s per GB\n", cpu / (static_cast<double>(measured.bytes) / 1e9));
    return fmt::format("CPU          {:.2f} µs per operation\n", cpu * 1e6 / static_cast<double>(measured.operations));
}

}  // namespace

std::string in_words(const measurement& measured, const load_plan& plan) {
    const auto time = seconds(measured.elapsed);
    std::string out;
    if (!measured.tls_version.empty())
        out += fmt::format("TLS          {} {}, {} of {} logins resumed a session\n", measured.tls_version,
                           measured.cipher, measured.resumed, measured.logins);
    else if (measured.logins > 0)
        out += "TLS          none: plaintext\n";
    if (plan.what == workload::idle) {
        out += fmt::format("sessions     {}\n", measured.sessions);
        if (!plan.watched.empty())
            out += fmt::format("memory       {:.1f} KiB per session\n",
                               static_cast<double>(measured.resident_after_kib) / measured.sessions -
                                   static_cast<double>(measured.resident_before_kib) / measured.sessions);
        return out;
    }
    if (measured.operations == 0) return out;
    out += fmt::format("operations   {} in {:.2f} s: {:.0f}/s\n", measured.operations, time,
                       static_cast<double>(measured.operations) / time);
    if (moves_bulk(plan.what))
        out += fmt::format("data         {:.1f} MB/s\n", static_cast<double>(measured.bytes) / 1e6 / time);
    out += fmt::format("latency      p50 {:.0f} µs, p99 {:.0f} µs, p99.9 {:.0f} µs\n",
                       microseconds(measured.latency.quantile(0.5)), microseconds(measured.latency.quantile(0.99)),
                       microseconds(measured.latency.quantile(0.999)));
    if (measured.watched_cpu) out += cost_in_words(measured, plan);
    return out;
}

std::string in_json(const measurement& measured) {
    boost::json::object out;
    out["operations"] = measured.operations;
    out["bytes"] = measured.bytes;
    out["seconds"] = seconds(measured.elapsed);
    if (measured.watched_cpu) out["cpu_seconds"] = seconds(*measured.watched_cpu);
    out["load_cpu_seconds"] = seconds(measured.own_cpu);
    out["p50_us"] = microseconds(measured.latency.quantile(0.5));
    out["p99_us"] = microseconds(measured.latency.quantile(0.99));
    out["p999_us"] = microseconds(measured.latency.quantile(0.999));
    out["sessions"] = measured.sessions;
    out["resident_before_kib"] = measured.resident_before_kib;
    out["resident_after_kib"] = measured.resident_after_kib;
    out["tls_version"] = measured.tls_version;
    out["cipher"] = measured.cipher;
    out["logins"] = measured.logins;
    out["resumed"] = measured.resumed;
    out["failure"] = measured.failure;
    return boost::json::serialize(out);
}

}  // namespace portcullis::bench
