// Random bytes from the CSPRNG and the wiping of secrets.
// The two things of OpenSSL that rooms without OpenSSL need.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace portcullis::certs {

/// Fills `out` from OpenSSL's private CSPRNG. Returns false if the generator failed: nothing may be sent then.
[[nodiscard]] bool fill_random(std::span<std::uint8_t> out);

/// Overwrites secret bytes; not optimised away.
void cleanse(std::span<std::uint8_t> secret);

/// Wipes a buffer of secrets when it leaves its scope.
class cleansing {
public:
    explicit cleansing(std::vector<std::uint8_t>& secret) : secret_(secret) {}
    ~cleansing() { cleanse(secret_); }
    cleansing(const cleansing&) = delete;
    cleansing& operator=(const cleansing&) = delete;

private:
    std::vector<std::uint8_t>& secret_;
};

}  // namespace portcullis::certs
