// The CRLs of `ssl_crl` and how far down a chain they are asked.
// Loads and judges; who a revoked peer is and what it is told is decided elsewhere.
#pragma once

#include "certs/trust.hpp"

namespace portcullis::certs {

/// Adds the CRLs of `file` to `loaded`, whose authorities are known, and reports under "ssl_crl".
///
/// From then on a leaf whose CA has no CRL in the file is refused. The CAs above the leaf are checked too if every CA
/// in ssl_ca has a CRL, as MySQL does always; otherwise that would refuse every leaf of an intermediate CA only because
/// its root never published a CRL, and a warning says what is not checked.
void load_crls(const std::filesystem::path& file, trust& loaded, problems& found);

}  // namespace portcullis::certs
