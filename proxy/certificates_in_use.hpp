// Every certificate that a configuration names, described: for the administration interface and its warnings.
#pragma once

#include "proxy/admin/operations.hpp"
#include "proxy/config/config.hpp"

#include <vector>

namespace portcullis::proxy {

/// Read from the files as they are now: to be asked when the contexts are built from them. Files that cannot be read
/// are left out; building the contexts has reported them.
[[nodiscard]] std::vector<admin::certificate_facts> certificates_in_use(const config::configuration& settings);

}  // namespace portcullis::proxy
