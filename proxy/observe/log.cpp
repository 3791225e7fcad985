#include "proxy/observe/log.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <chrono>
#include <ctime>
#include <filesystem>

namespace portcullis::observe {
namespace {

config::log_format current_format = config::log_format::logfmt;

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

std::shared_ptr<spdlog::logger> make_logger(const config::log& settings) {
    spdlog::sink_ptr sink;
    if (settings.file.empty())
        sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    else
        sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(settings.file.string());
    auto logger = std::make_shared<spdlog::logger>("portcullis", std::move(sink));
    logger->set_pattern("%v");
    logger->set_level(to_spdlog(settings.level));
    logger->flush_on(spdlog::level::info);
    return logger;
}

std::shared_ptr<spdlog::logger>& logger() {
    static std::shared_ptr<spdlog::logger> current = make_logger(config::log{});
    return current;
}

/// RFC 3339 in UTC with milliseconds.
std::string now_text() {
    const auto now = std::chrono::system_clock::now();
    const auto seconds = std::chrono::system_clock::to_time_t(now);
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 24> text{};
    const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    return fmt::format("{}.{:03}Z", std::string_view(text.data(), size), millis);
}

}  // namespace

std::string open_log(const config::log& settings) {
    current_format = settings.format;
    const auto folder = settings.file.parent_path();
    if (!folder.empty() && !std::filesystem::is_directory(folder))  // spdlog would make it, whoever then owns it
        return settings.file.string() + ": the folder does not exist";
    try {
        logger() = make_logger(settings);
    } catch (const spdlog::spdlog_ex& failure) {
        return failure.what();
    }
    return {};
}

void log(log_level level, std::string_view message, std::span<const field> fields) {
    if (!log_enabled(level)) return;
    logger()->log(to_spdlog(level), format_line(current_format, now_text(), level, message, fields));
}

bool log_enabled(log_level level) {
    return logger()->should_log(to_spdlog(level));
}

void flush_log() {
    logger()->flush();
}

}  // namespace portcullis::observe
