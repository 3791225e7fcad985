#include "proxy/observe/log.hpp"

#include "proxy/observe/quoted.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <filesystem>

namespace portcullis::observe {
namespace {

std::atomic<config::log_format> current_format = config::log_format::logfmt;

spdlog::level::level_enum to_spdlog(log_level level) {
    switch (level) {
        case log_level::debug:
            return spdlog::level::debug;
        case log_level::info:
            return spdlog::level::info;
        case log_level::warning:
            return spdlog::level::warn;
        case log_level::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

spdlog::sink_ptr make_sink(const config::log& settings) {
    spdlog::sink_ptr sink;
    if (settings.file.empty())
        sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    else
        sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(settings.file.string());
    sink->set_pattern("%v");
    return sink;
}

/// What it writes to changes with a reload, while others log.
using changing_sink = spdlog::sinks::dist_sink_mt;

struct process_log {
    std::shared_ptr<changing_sink> sink = std::make_shared<changing_sink>(std::vector{make_sink({})});
    spdlog::logger logger{"portcullis", sink};

    process_log() { logger.flush_on(spdlog::level::info); }
};

process_log& current() {
    static process_log only;
    return only;
}

}  // namespace

void opened_log::use() && {
    current().sink->set_sinks({sink_});
    current_format.store(format_, std::memory_order_relaxed);
    current().logger.set_level(to_spdlog(level_));
}

opened_log open_log(const config::log& settings, std::string& problem) {
    opened_log opened;
    opened.level_ = settings.level;
    opened.format_ = settings.format;
    const auto folder = settings.file.parent_path();
    if (!folder.empty() && !std::filesystem::is_directory(folder)) {  // spdlog would make it, whoever then owns it
        problem = settings.file.string() + ": the folder does not exist";
        return opened;
    }
    try {
        opened.sink_ = make_sink(settings);
    } catch (const spdlog::spdlog_ex& failure) {
        problem = failure.what();
    }
    return opened;
}

void log(log_level level, std::string_view message, std::span<const field> fields) {
    if (!log_enabled(level)) return;
    const auto format = current_format.load(std::memory_order_relaxed);
    current().logger.log(to_spdlog(level),
                         format_line(format, time_text(std::chrono::system_clock::now()), level, message, fields));
}

bool log_enabled(log_level level) {
    return current().logger.should_log(to_spdlog(level));
}

void flush_log() {
    current().logger.flush();
}

}  // namespace portcullis::observe
