#include "bench/gate/process_cost.hpp"

#include <filesystem>
#include <fstream>
#include <string>

namespace portcullis::bench {
namespace {

std::filesystem::path folder_of(pid_t process) {
    return std::filesystem::path("/proc") / std::to_string(process);
}

}  // namespace

std::chrono::nanoseconds cpu_time_of(std::span<const pid_t> processes) {
    std::int64_t total = 0;
    for (const auto process : processes) {
        std::error_code gone;
        for (std::filesystem::directory_iterator task(folder_of(process) / "task", gone), end; !gone && task != end;
             task.increment(gone)) {
            std::ifstream file(task->path() / "schedstat");
            std::int64_t on_cpu = 0;
            if (file >> on_cpu) total += on_cpu;
        }
    }
    return std::chrono::nanoseconds(total);
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
