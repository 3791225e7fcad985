// Capability flags: MySQL's 32 bits, MariaDB's extended 32 above them, and which of them pass through the gate.
// Source: MySQL Internals, "Capabilities Flags"; MariaDB knowledge base, "Connection", "Capabilities".
#pragma once

#include <cstdint>

namespace portcullis::protocol {

using capability_flags = std::uint64_t;

inline constexpr capability_flags client_long_password = 1U << 0;  ///< MariaDB clears it to say: extended bits follow
inline constexpr capability_flags client_found_rows = 1U << 1;
inline constexpr capability_flags client_long_flag = 1U << 2;
inline constexpr capability_flags client_connect_with_db = 1U << 3;
inline constexpr capability_flags client_no_schema = 1U << 4;
inline constexpr capability_flags client_compress = 1U << 5;
inline constexpr capability_flags client_odbc = 1U << 6;
inline constexpr capability_flags client_local_files = 1U << 7;
inline constexpr capability_flags client_ignore_space = 1U << 8;
inline constexpr capability_flags client_protocol_41 = 1U << 9;
inline constexpr capability_flags client_interactive = 1U << 10;
inline constexpr capability_flags client_ssl = 1U << 11;
inline constexpr capability_flags client_ignore_sigpipe = 1U << 12;
inline constexpr capability_flags client_transactions = 1U << 13;
inline constexpr capability_flags client_reserved = 1U << 14;
inline constexpr capability_flags client_secure_connection = 1U << 15;
inline constexpr capability_flags client_multi_statements = 1U << 16;
inline constexpr capability_flags client_multi_results = 1U << 17;
inline constexpr capability_flags client_ps_multi_results = 1U << 18;
inline constexpr capability_flags client_plugin_auth = 1U << 19;
inline constexpr capability_flags client_connect_attrs = 1U << 20;
inline constexpr capability_flags client_plugin_auth_lenenc_data = 1U << 21;
inline constexpr capability_flags client_can_handle_expired_passwords = 1U << 22;
inline constexpr capability_flags client_session_track = 1U << 23;
inline constexpr capability_flags client_deprecate_eof = 1U << 24;
inline constexpr capability_flags client_optional_resultset_metadata = 1U << 25;
inline constexpr capability_flags client_zstd_compression = 1U << 26;
inline constexpr capability_flags client_query_attributes = 1U << 27;
inline constexpr capability_flags client_multi_factor_authentication = 1U << 28;
inline constexpr capability_flags client_capability_extension = 1U << 29;
inline constexpr capability_flags client_ssl_verify_server_cert = 1U << 30;
inline constexpr capability_flags client_remember_options = 1U << 31;
inline constexpr capability_flags mariadb_progress = 1ULL << 32;
inline constexpr capability_flags mariadb_com_multi = 1ULL << 33;
inline constexpr capability_flags mariadb_stmt_bulk_operations = 1ULL << 34;
inline constexpr capability_flags mariadb_extended_metadata = 1ULL << 35;
inline constexpr capability_flags mariadb_cache_metadata = 1ULL << 36;
inline constexpr capability_flags mariadb_bulk_unit_results = 1ULL << 37;

/// Flags that change the framing of packets: a client that sets one that was not offered is refused, not corrected.
inline constexpr capability_flags framing_flags = client_compress | client_zstd_compression;

/// Flags that pass through a gate that relays bytes after OK. Not compression (a matter of the client's leg), not
/// multi-factor authentication (its second AuthNextFactor is not relayed), not COM_MULTI (commands inside a command).
[[nodiscard]] capability_flags relayable_flags(bool local_infile);

/// What a listener and its cluster let the gate offer.
struct offer_options {
    bool local_infile = false;
    bool tls = false;
    bool compression = false;
    bool replies_followed = false;  ///< of every session, not only of those with LOCAL_FILES
};

/// What the gate's greeting offers: relayable ∩ what every usable aggregator offers, plus what the gate itself provides
/// (CLIENT_SSL where the listener has a certificate, PLUGIN_AUTH). Compression is the gate's own work, but only where
/// the aggregators would offer it.
[[nodiscard]] capability_flags offered_to_client(capability_flags common_to_aggregators, const offer_options& options);

/// What the gate says to the aggregator for a client that asked for `client` of the `offered` flags: the client's
/// choice, with PROTOCOL_41, SECURE_CONNECTION and PLUGIN_AUTH set (the gate switches) and CLIENT_SSL as the
/// aggregator's leg is.
[[nodiscard]] capability_flags sent_to_aggregator(capability_flags client, capability_flags offered, bool tls);

}  // namespace portcullis::protocol
