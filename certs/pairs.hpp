// The folder of a certificate authority and the pairs it signed: decides what is to be made, refuses before anything is
// written, and writes whole or not at all. How a certificate looks is authority's affair.
#pragma once

#include "certs/key_type.hpp"
#include "certs/problem.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace portcullis::certs {

/// What may be asked for by name. Files are PART-cert.pem and PART-key.pem.
enum class part { ca, server, aggregator, client };

struct make_settings {
    std::filesystem::path directory;  ///< created if missing
    key_type key = key_type::rsa_2048;
    std::vector<std::string> names;  ///< DNS names and addresses of server and aggregator; empty: this host
    int days = 825;                  ///< how long pairs are valid; never longer than their CA
    int ca_days = 3650;
    std::string organization = "Portcullis";
    std::vector<std::string> client_names;  ///< each a pair of its own: client-NAME-cert.pem
    std::vector<part> only;                 ///< empty: whatever of the four is missing
    bool force = false;                     ///< replace what was asked for; the CA only if `only` names it
    bool traditional_keys = false;          ///< "BEGIN RSA PRIVATE KEY", for servers older than MySQL 5.7
};

struct made_pair {
    std::filesystem::path cert;
    std::filesystem::path key;
    std::string subject;
    std::string not_after;           ///< ISO 8601, UTC
    std::vector<std::string> names;  ///< "DNS:db1", "IP:10.0.0.1"
};

struct make_report {
    std::vector<made_pair> written;
    std::vector<std::filesystem::path> kept;  ///< certificates that were there already and stay as they are
};

/// Makes what `settings` ask for. Without value if `found` received an error; then nothing in the folder has changed,
/// or the sentence says what has. An existing CA (ca-cert.pem and ca-key.pem) signs the new pairs.
[[nodiscard]] std::optional<make_report> make_pairs(const make_settings& settings, problems& found);

}  // namespace portcullis::certs
