// The functions of Intel's Multi-Buffer library for AES-GCM: it uses the CPU's wide AES and carry-less multiplication,
// where OpenSSL before 3.1 does not, and has no call but the work itself around a record, which a small one feels.
// Knows no TLS; those who use it are aes_gcm (inside OpenSSL) and record_cipher (beside it).
#pragma once

#if PORTCULLIS_IPSEC_MB

#define NO_COMPAT_IMB_API_053  // its older names are macros, such as SHA1

#include <cstddef>
#include <intel-ipsec-mb.h>

namespace portcullis::certs::ipsec_mb {

constexpr std::size_t iv_size = 12;
constexpr std::size_t tag_size = 16;

/// For one key size and this CPU.
struct functions {
    aes_gcm_pre_t expand;
    aes_gcm_init_t begin;
    aes_gcm_enc_dec_update_t encrypt;
    aes_gcm_enc_dec_update_t decrypt;
    aes_gcm_enc_dec_finalize_t end_encrypting;
    aes_gcm_enc_dec_finalize_t end_decrypting;
};

struct library {
    functions aes_128;
    functions aes_256;
    bool wide;  ///< by VAES and VPCLMULQDQ on 512 bits: 2.7 times as fast as OpenSSL 3.0
};

/// nullptr on a CPU without AES instructions.
[[nodiscard]] const library* find();

}  // namespace portcullis::certs::ipsec_mb

#endif
