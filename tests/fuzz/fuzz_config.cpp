// Configuration files of any content: loading ends, every finding names a line of the file, and what is loaded without
// an error makes an account table.
#include "proxy/config/load.hpp"
#include "proxy/gate/accounts.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace config = portcullis::config;
namespace gate = portcullis::gate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto loaded = config::load_text(text, "/nonexistent/portcullis.toml");
    const auto lines = static_cast<unsigned>(std::count(text.begin(), text.end(), '\n')) + 1;
    for (const auto& each : loaded.diagnostics)
        if (each.text.empty() || each.line > lines) std::abort();
    if (!loaded.ok()) return 0;
    const gate::account_table table(loaded.value.accounts);
    const gate::client_origin from{config::ip_address::parse("127.0.0.1")};
    if (table.decide("app", from, nullptr, false).account.empty()) std::abort();
    for (const auto& each : loaded.value.listeners)
        if (loaded.value.find_cluster(each.cluster) == nullptr) std::abort();
    return 0;
}
