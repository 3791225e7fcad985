#include "proxy/admin/process.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

namespace portcullis::admin {
namespace {

/// The seconds since 1970 at which the machine started: /proc/stat's btime.
double boot_time() {
    std::ifstream in("/proc/stat");
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("btime ")) return std::stod(line.substr(6));
    return 0;
}

std::uint64_t entries_of(const std::filesystem::path& folder) {
    std::uint64_t count = 0;
    std::error_code failed;
    for (std::filesystem::directory_iterator each(folder, failed), end; !failed && each != end; each.increment(failed))
        ++count;
    return count == 0 ? 0 : count - 1;  // one of them looks at the folder
}

}  // namespace

process_facts read_process() {
    process_facts out;
    std::ifstream in("/proc/self/stat");
    std::string line;
    std::getline(in, line);
    const auto name_end = line.rfind(')');  // the name may hold blanks and parentheses
    if (name_end == std::string::npos) return out;
    std::istringstream fields(line.substr(name_end + 1));
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    std::string word;
    for (int number = 3; fields >> word; ++number) {  // as proc(5) counts them
        if (number == 14 || number == 15) out.cpu_seconds += std::stod(word) / ticks;
        if (number == 20) out.threads = std::stoull(word);
        if (number == 22) out.start_time = boot_time() + std::stod(word) / ticks;
        if (number == 23) out.virtual_bytes = std::stoull(word);
        if (number == 24) out.resident_bytes = std::stoull(word) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    }
    out.open_fds = entries_of("/proc/self/fd");
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) out.max_fds = limit.rlim_cur;
    return out;
}

}  // namespace portcullis::admin
