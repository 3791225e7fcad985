#include "certs/validity.hpp"

#include <array>
#include <cstdio>
#include <ctime>
#include <limits>

namespace portcullis::certs {
namespace {

constexpr std::int64_t days_of_warning = 30;

}  // namespace

std::string iso8601(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return {};
    std::array<char, 32> text{};
    const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {text.data(), length};
}

std::int64_t days_until(const ASN1_TIME* time) {
    int days = 0;
    int seconds = 0;
    if (time == nullptr || ASN1_TIME_diff(&days, &seconds, nullptr, time) != 1)
        return std::numeric_limits<std::int32_t>::min();
    return seconds < 0 ? std::int64_t{days} - 1 : days;
}

validity validity_of(const X509* certificate) {
    // 0 is "cannot be read": such a certificate is never valid.
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0) return validity::expired;
    return X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0 ? validity::valid : validity::not_yet;
}

void check_validity(const X509* certificate, const std::string& setting, const std::string& what, problems& found) {
    const auto* const not_after = X509_get0_notAfter(certificate);
    switch (validity_of(certificate)) {
        case validity::expired:
            found.push_back({problem::severity::error, setting,
                             what + " expired at " + iso8601(not_after) + ": replace it by a new certificate"});
            return;
        case validity::not_yet:
            found.push_back({problem::severity::error, setting,
                             what + " is not valid before " + iso8601(X509_get0_notBefore(certificate)) +
                                 ": check this machine's clock, or use another certificate until then"});
            return;
        case validity::valid:
            break;
    }
    const auto left = days_until(not_after);
    if (left >= days_of_warning) return;
    found.push_back({problem::severity::warning, setting,
                     what + " expires at " + iso8601(not_after) + ", in " + std::to_string(left) +
                         (left == 1 ? " day" : " days") + ": replace it soon"});
}

}  // namespace portcullis::certs
