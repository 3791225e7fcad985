#include "certs/traffic_secrets.hpp"

#include "certs/random.hpp"

#include <algorithm>

namespace portcullis::certs {
namespace {

thread_local traffic_secrets* noted_in = nullptr;

}  // namespace

traffic_secret::~traffic_secret() {
    cleanse(bytes_);
}

void traffic_secret::set(std::span<const std::uint8_t> secret) {
    size_ = std::min(secret.size(), bytes_.size());
    std::copy_n(secret.begin(), size_, bytes_.begin());
}

secrets_noted::secrets_noted(traffic_secrets& out) {
    noted_in = &out;
}

secrets_noted::~secrets_noted() {
    noted_in = nullptr;
}

void note_secret(std::string_view label, std::span<const std::uint8_t> secret) {
    if (noted_in == nullptr || secret.size() > longest_hash) return;
    if (label == "c ap traffic") noted_in->client.set(secret);
    if (label == "s ap traffic") noted_in->server.set(secret);
}

}  // namespace portcullis::certs
