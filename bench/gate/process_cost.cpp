#include "bench/gate/process_cost.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <time.h>

namespace portcullis::bench {
namespace {

std::filesystem::path folder_of(pid_t process) {
    return std::filesystem::path("/proc") / std::to_string(process);
}

}  // namespace

std::chrono::nanoseconds cpu_time_of(std::span<const pid_t> processes) {
    std::chrono::nanoseconds total{};
    for (const auto process : processes) {
        clockid_t clock{};
        timespec used{};
        if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &used) != 0) continue;
        total += std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
    }
    return total;
}

std::uint64_t resident_kib_of(std::span<const pid_t> processes) {
    std::uint64_t total = 0;
    for (const auto process : processes) {
        std::ifstream status(folder_of(process) / "status");
        for (std::string word; status >> word;) {
            if (word != "VmRSS:") continue;
            std::uint64_t kib = 0;
            if (status >> kib) total += kib;
            break;
        }
    }
    return total;
}

}  // namespace portcullis::bench
