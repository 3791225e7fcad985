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
        out += fmt::format("sessions     {}, of which {} answered afterwards\n", measured.sessions, measured.answered);
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
    out["answered"] = measured.answered;
    out["resident_before_kib"] = measured.resident_before_kib;
    out["resident_after_kib"] = measured.resident_after_kib;
    out["tls_version"] = measured.tls_version;
    out["cipher"] = measured.cipher;
    out["logins"] = measured.logins;
    out["resumed"] = measured.resumed;
    out["failure"] = measured.failure;
    return boost::json::serialize(out);
}

std::string in_words(const storm_outcome& storm) {
    const auto time = seconds(storm.ended - storm.began);
    auto out = fmt::format("served       {} in {:.2f} s: {:.0f}/s\n", storm.served, time,
                           static_cast<double>(storm.served) / time);
    for (const auto& [said, count] : storm.refusals) out += fmt::format("refused      {}: {}\n", count, said);
    if (storm.unanswered > 0) out += fmt::format("unanswered   {}\n", storm.unanswered);
    if (storm.served > 0)
        out += fmt::format("latency      p50 {:.0f} µs, p99 {:.0f} µs\n", microseconds(storm.latency.quantile(0.5)),
                           microseconds(storm.latency.quantile(0.99)));
    return out;
}

std::string in_words(const std::vector<probe_login>& logins) {
    histogram latency;
    std::string out;
    for (const auto& each : logins) {
        if (each.failure.empty())
            latency.record(each.took);
        else
            out += fmt::format("failed       {}\n", each.failure);
    }
    return out + fmt::format("logins       {}\nlatency      p50 {:.0f} µs, worst {:.0f} µs\n", latency.count(),
                             microseconds(latency.quantile(0.5)), microseconds(latency.quantile(1)));
}

std::string in_json(const storm_outcome& storm) {
    boost::json::object refusals;
    std::uint64_t refused = 0;
    for (const auto& [said, count] : storm.refusals) {
        refusals[said] = count;
        refused += count;
    }
    boost::json::object out;
    out["began"] = seconds(storm.began.time_since_epoch());
    out["seconds"] = seconds(storm.ended - storm.began);
    out["served"] = storm.served;
    out["refused"] = refused;
    out["refusals"] = std::move(refusals);
    out["unanswered"] = storm.unanswered;
    out["resumed"] = storm.resumed;
    out["p50_us"] = microseconds(storm.latency.quantile(0.5));
    out["p99_us"] = microseconds(storm.latency.quantile(0.99));
    return boost::json::serialize(out);
}

std::string in_json(const std::vector<probe_login>& logins) {
    boost::json::array out;
    for (const auto& each : logins) {
        boost::json::object one;
        one["began"] = seconds(each.began.time_since_epoch());
        one["took_us"] = microseconds(each.took);
        one["failure"] = each.failure;
        out.push_back(std::move(one));
    }
    return boost::json::serialize(out);
}

}  // namespace portcullis::bench
