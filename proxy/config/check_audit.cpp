#include "proxy/config/check.hpp"

namespace portcullis::config {

void check_audit(const configuration& settings, const finder& report) {
    const auto& audit = settings.audit;
    if (audit.level == audit_level::off) return;
    const bool to_file = audit.destination == audit_destination::file;
    if (to_file && audit.file.empty()) report.error("audit.destination", "[audit] destination \"file\" needs 'file'");
    if (!to_file && !audit.file.empty()) report.error("audit.file", "[audit] file: is for destination \"file\" only");
    if (to_file && !audit.file.empty() && audit.file == settings.log.file)
        report.error("audit.file", "[audit] file: is the file of [log], too; give each its own");
    if (audit.level != audit_level::statements && !audit.accounts.empty())
        report.warning("audit.accounts", "[audit] accounts: without level \"statements\" nothing is chosen by it");
}

}  // namespace portcullis::config
