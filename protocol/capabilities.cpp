#include "protocol/capabilities.hpp"

namespace portcullis::protocol {
namespace {

constexpr capability_flags mysql_bits = 0xffffffff;

// Without these the gate itself could not speak: its greeting has a scramble of 20 bytes, and it switches plugins.
constexpr capability_flags gates_own = client_protocol_41 | client_secure_connection | client_plugin_auth;

// CLIENT_SSL belongs to each leg; CAPABILITY_EXTENSION announces fields that nobody has defined.
constexpr capability_flags not_relayable =
    framing_flags | client_ssl | client_multi_factor_authentication | client_capability_extension;

constexpr capability_flags relayable_mariadb = mariadb_progress | mariadb_stmt_bulk_operations |
                                               mariadb_extended_metadata | mariadb_cache_metadata |
                                               mariadb_bulk_unit_results;

// Where the gate follows replies (infile_watch), as with LOCAL_FILES, no flag that leaves out columns may be set.
constexpr capability_flags not_where_followed = client_optional_resultset_metadata | mariadb_cache_metadata;

}  // namespace

capability_flags relayable_flags(bool local_infile) {
    const capability_flags all = (mysql_bits & ~not_relayable) | relayable_mariadb;
    return all & ~(local_infile ? not_where_followed : client_local_files);
}

capability_flags offered_to_client(capability_flags common_to_aggregators, const offer_options& options) {
    capability_flags offered = (common_to_aggregators & relayable_flags(options.local_infile)) | gates_own;
    if (options.replies_followed) offered &= ~not_where_followed;
    if (options.compression) offered |= common_to_aggregators & framing_flags;
    if (options.tls) offered |= client_ssl;
    return offered & client_long_password ? offered & mysql_bits : offered;  // set: the extended bits are filler
}

capability_flags sent_to_aggregator(capability_flags client, capability_flags offered, bool tls) {
    capability_flags sent = (client & offered & ~(client_ssl | framing_flags)) | gates_own;
    // Bit 0 says which family the client is of ("extended bits follow" when clear), not what it wants: as it said.
    sent |= client & client_long_password;
    if (sent & client_long_password) sent &= mysql_bits;
    return tls ? sent | client_ssl : sent;
}

}  // namespace portcullis::protocol
