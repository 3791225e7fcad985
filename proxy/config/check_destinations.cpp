#include "proxy/config/check.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace portcullis::config {
namespace {

/// Looks, and writes nothing: whoever checks may be another user than the gate.
void check_destination(const std::string& setting, const std::string& where, const std::filesystem::path& file,
                       const finder& report) {
    if (file.empty()) return;
    const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    struct stat facts {};
    const bool exists = ::stat(file.c_str(), &facts) == 0;
    if (exists && S_ISDIR(facts.st_mode)) {
        report.error(setting, where + file.string() + " is a folder: name a file in it");
        return;
    }
    struct stat around {};
    if (!exists && (::stat(folder.c_str(), &around) != 0 || !S_ISDIR(around.st_mode))) {
        report.error(setting,
                     where + "the folder " + folder.string() + " does not exist: make it, for the gate's user");
        return;
    }
    if (::faccessat(AT_FDCWD, exists ? file.c_str() : folder.c_str(), W_OK, AT_EACCESS) != 0)
        report.warning(setting, where + file.string() + " may not be written by user id " +
                                    std::to_string(::geteuid()) + ", who asks: the gate's user must be another");
}

}  // namespace

void check_destinations(const configuration& settings, const finder& report) {
    check_destination("log.file", "[log] file: ", settings.log.file, report);
    if (settings.audit.level != audit_level::off)
        check_destination("audit.file", "[audit] file: ", settings.audit.file, report);
}

}  // namespace portcullis::config
