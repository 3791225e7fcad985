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

bool load() {
    if (EVP_default_properties_is_fips_enabled(nullptr) == 1) return false;
    if (OSSL_PROVIDER_add_builtin(nullptr, name, begin) != 1) return false;
    // As long as the process. The provider that everything else comes from is still loaded when it is first needed.
    static const OSSL_PROVIDER* const loaded = OSSL_PROVIDER_try_load(nullptr, name, 1);
    return loaded != nullptr && tls13_kdf_derives_as_openssl_does();
}

bool is_loaded() {
    static const bool loaded = load();
    return loaded;
}

}  // namespace

bool provides_aes_gcm() {
    static const bool provided = is_loaded() && aes_gcm_is_worth_it() && aes_gcm_seals_as_openssl_does();
    return provided;
}

const char* provider_properties(const own_algorithms& wanted) {
    const bool aes_gcm = wanted.aes_gcm && provides_aes_gcm();
    const bool tls13 = wanted.tls13 && is_loaded();
    if (aes_gcm) return tls13 ? "?portcullis.aes_gcm=yes,?portcullis.tls13_kdf=yes" : "?portcullis.aes_gcm=yes";
    return tls13 ? "?portcullis.tls13_kdf=yes" : nullptr;
}

}  // namespace portcullis::certs
