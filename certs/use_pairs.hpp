// Puts certificate pairs into a context: one per type of key.
// The files are read and judged by certificate_pair.
#pragma once

#include "certs/certificate_pair.hpp"

namespace portcullis::certs {

/// Loads every pair and puts it into `context`, whose security level and trust store are set already. A file with
/// nothing but the leaf is completed with the intermediates of the trust store, as MySQL's servers do.
void use_pairs(SSL_CTX* context, const std::vector<certificate_pair>& pairs, pair_use use, problems& found);

}  // namespace portcullis::certs
