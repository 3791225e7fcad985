#include "proxy/observe/audit.hpp"

#include "proxy/observe/audit_sink.hpp"
#include "proxy/observe/log.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <unistd.h>
#include <utility>

namespace portcullis::observe {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr auto between_warnings = 1min;

class process_audit {
public:
    void replace(config::audit settings, int instance, std::unique_ptr<audit_sink> sink) {
        const std::lock_guard lock(mutex_);
        settings_ = std::move(settings);
        sink_.swap(sink);
        instance_ = instance;
        level_ = settings_.level;
    }

    [[nodiscard]] config::audit_level level() const { return level_.load(std::memory_order_relaxed); }
    [[nodiscard]] int instance() const { return instance_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

    bool write(const audit_record& record) {
        const std::lock_guard lock(mutex_);
        if (!sink_) return true;
        if (close_gap()) {
            const auto failure = sink_->write(record.event(), record.line());
            if (failure.empty()) return true;
            begin_gap(failure);
        }
        ++gap_;
        lost_.fetch_add(1, std::memory_order_relaxed);
        return settings_.on_failure != config::audit_failure::refuse_logins;
    }

    bool admits_logins() {
        if (!failing_.load(std::memory_order_relaxed)) return true;
        const std::lock_guard lock(mutex_);
        return !sink_ || settings_.on_failure != config::audit_failure::refuse_logins || close_gap();
    }

    std::size_t statement_size(std::string_view user, std::string_view account) {
        if (level() != config::audit_level::statements) return 0;
        const std::lock_guard lock(mutex_);
        const auto& chosen = settings_.accounts;
        const bool is_chosen = chosen.empty() || std::any_of(chosen.begin(), chosen.end(), [&](const auto& each) {
                                   return each == user || each == account;
                               });
        return is_chosen ? settings_.statement_size : 0;
    }

private:
    /// The first record behind lost ones says how many there were. False: there is still no writing.
    bool close_gap() {
        if (!failing_) return true;
        audit_record gap("gap", instance());
        gap.add("lost", gap_);
        const auto failure = sink_->write(gap.event(), gap.line());
        if (!failure.empty()) {
            begin_gap(failure);
            return false;
        }
        if (std::exchange(told_, false))
            log(log_level::info, "the audit log is written again", {{"lost", std::to_string(gap_)}});
        failing_ = false;
        gap_ = 0;
        return true;
    }

    void begin_gap(const std::string& reason) {
        failing_ = true;
        const auto now = steady::now();
        if (warned_ && now - *warned_ < between_warnings) return;
        warned_ = now;
        told_ = true;
        const bool refuses = settings_.on_failure == config::audit_failure::refuse_logins;
        log(log_level::error,
            refuses ? "the audit log cannot be written: logins are refused (audit.on_failure)"
                    : "the audit log cannot be written: records are lost (audit.on_failure)",
            {{"reason", reason}, {"lost", std::to_string(gap_)}});
    }

    std::mutex mutex_;
    config::audit settings_;
    std::unique_ptr<audit_sink> sink_;
    std::uint64_t gap_ = 0;  ///< lost since the destination failed
    std::optional<steady::time_point> warned_;
    bool told_ = false;  ///< the operational log knows of this gap
    std::atomic<bool> failing_ = false;
    std::atomic<int> instance_ = 0;
    std::atomic<config::audit_level> level_ = config::audit_level::off;
    std::atomic<std::uint64_t> lost_ = 0;
};

process_audit& current() {
    static process_audit only;
    return only;
}

std::unique_ptr<audit_sink> open_sink(const config::audit& settings, std::string& problem) {
    switch (settings.destination) {
        case config::audit_destination::file:
            return open_audit_file(settings, problem);
        case config::audit_destination::standard_output:
            return open_audit_stream(STDOUT_FILENO, problem);
        case config::audit_destination::syslog:
            return open_audit_syslog(settings, problem);
    }
    return nullptr;
}

}  // namespace

opened_audit::opened_audit() = default;
opened_audit::opened_audit(opened_audit&&) noexcept = default;
opened_audit& opened_audit::operator=(opened_audit&&) noexcept = default;
opened_audit::~opened_audit() = default;

void opened_audit::use() && {
    current().replace(std::move(settings_), instance_, std::move(sink_));
}

opened_audit open_audit(const config::configuration& settings, std::string& problem) {
    opened_audit opened;
    opened.settings_ = settings.audit;
    opened.instance_ = settings.gate.instance_id;
    if (settings.audit.level != config::audit_level::off) opened.sink_ = open_sink(settings.audit, problem);
    return opened;
}

bool audits() {
    return current().level() != config::audit_level::off;
}

audit_record new_audit_record(std::string_view event) {
    return {event, current().instance()};
}

bool write_audit(const audit_record& record) {
    return current().write(record);
}

bool audit_admits_logins() {
    return current().admits_logins();
}

std::size_t audited_statement_size(std::string_view user, std::string_view account) {
    return current().statement_size(user, account);
}

void audit_administration(std::string_view action, std::string_view by, bool done, std::string_view target,
                          std::string_view result) {
    if (!audits()) return;
    auto record = new_audit_record("administration");
    record.add("action", action).add("by", by).add("outcome", done ? "done" : "refused");
    if (!target.empty()) record.add("target", target);
    if (!result.empty()) record.add("result", result);
    write_audit(record);
}

std::uint64_t lost_audit_records() {
    return current().lost();
}

}  // namespace portcullis::observe
