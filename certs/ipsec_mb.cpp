#include "certs/ipsec_mb.hpp"

#if PORTCULLIS_IPSEC_MB

#include <memory>
#include <optional>

namespace portcullis::certs::ipsec_mb {
namespace {

std::optional<library> look() {
    const std::unique_ptr<IMB_MGR, decltype(&free_mb_mgr)> manager(alloc_mb_mgr(0), free_mb_mgr);
    if (!manager) return std::nullopt;
    init_mb_mgr_auto(manager.get(), nullptr);
    const auto has = [&manager](auto flags) { return (manager->features & flags) == flags; };
    if (imb_get_errno(manager.get()) != 0 || !has(IMB_CPUFLAGS_AVX)) return std::nullopt;
    // They need no manager.
    return library{{manager->gcm128_pre, manager->gcm128_init, manager->gcm128_enc_update, manager->gcm128_dec_update,
                    manager->gcm128_enc_finalize, manager->gcm128_dec_finalize},
                   {manager->gcm256_pre, manager->gcm256_init, manager->gcm256_enc_update, manager->gcm256_dec_update,
                    manager->gcm256_enc_finalize, manager->gcm256_dec_finalize},
                   has(IMB_CPUFLAGS_AVX512_T2)};
}

}  // namespace

const library* find() {
    static const auto found = look();
    return found ? &*found : nullptr;
}

}  // namespace portcullis::certs::ipsec_mb

#endif
