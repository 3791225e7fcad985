#include "certs/provider.hpp"

#include "certs/aes_gcm.hpp"
#include "certs/tls13_kdf.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include <array>

namespace portcullis::certs {
namespace {

constexpr const char* name = "portcullis";

const OSSL_ALGORITHM* query(void* /*provider*/, int operation, int* no_cache) {
    *no_cache = 0;
    if (operation == OSSL_OP_KDF) return tls13_kdf_algorithms();
    return operation == OSSL_OP_CIPHER && aes_gcm_is_worth_it() ? aes_gcm_algorithms() : nullptr;
}

int begin(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH* /*core*/, const OSSL_DISPATCH** out, void** provider) {
    static const std::array table{provider_function(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query),
                                  OSSL_DISPATCH{0, nullptr}};
    *out = table.data();
    *provider = const_cast<OSSL_CORE_HANDLE*>(handle);
    return 1;
}

/// What came of loading it.
struct provider_state {
    bool there = false;
    bool tls13_is_right = false;
};

provider_state load() {
    if (EVP_default_properties_is_fips_enabled(nullptr) == 1) return {};
    if (OSSL_PROVIDER_add_builtin(nullptr, name, begin) != 1) return {};
    // As long as the process. The provider that everything else comes from is still loaded when it is first needed.
    static const OSSL_PROVIDER* const loaded = OSSL_PROVIDER_try_load(nullptr, name, 1);
    return {loaded != nullptr, loaded != nullptr && tls13_kdf_derives_as_openssl_does()};
}

const provider_state& state() {
    static const auto made = load();
    return made;
}

}  // namespace

bool provides_aes_gcm() {
    static const bool provided = state().there && aes_gcm_is_worth_it() && aes_gcm_seals_as_openssl_does();
    return provided;
}

own_algorithms available(const own_algorithms& wanted) {
    return {wanted.aes_gcm && state().there, wanted.tls13 && state().tls13_is_right};
}

const char* provider_properties(const own_algorithms& wanted) {
    if (!state().there) return nullptr;
    // Who says nothing of a property may be given either.
    const bool aes_gcm = wanted.aes_gcm && provides_aes_gcm();
    if (available(wanted).tls13)
        return aes_gcm ? "?portcullis.aes_gcm=yes,?portcullis.tls13_kdf=yes"
                       : "portcullis.aes_gcm!=yes,?portcullis.tls13_kdf=yes";
    return aes_gcm ? "?portcullis.aes_gcm=yes,portcullis.tls13_kdf!=yes"
                   : "portcullis.aes_gcm!=yes,portcullis.tls13_kdf!=yes";
}

}  // namespace portcullis::certs
