// What two gates say to each other when one takes over from the other: a line each.
//   new: hello    old: offer, with the descriptors    new: ready    old: grant; or a refusal at any point
// Pure: sends nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace portcullis::net {

/// A gate of another version of the conversation is refused.
inline constexpr std::uint32_t takeover_version = 1;
inline constexpr std::size_t longest_takeover_line = 64UL * 1024;
/// So short that any socket takes it in one piece: a gate that has granted half a line serves on beside its successor.
inline constexpr std::size_t longest_takeover_grant = 4096;

struct takeover_hello {
    std::uint32_t version = takeover_version;
    bool operator==(const takeover_hello&) const = default;
};

struct takeover_offer {
    std::uint32_t connection_counter = 0;  ///< as it is now
    std::string owners;  ///< a letter for each descriptor: 'g' a gate bound it, 'm' the service manager
    bool operator==(const takeover_offer&) const = default;
};

struct takeover_ready {
    bool operator==(const takeover_ready&) const = default;
};

/// An aggregator that gets no new sessions, by its names in the configuration.
struct drained_aggregator {
    std::string cluster;
    std::string name;
    bool operator==(const drained_aggregator&) const = default;
};

struct takeover_grant {
    std::uint32_t connection_counter = 0;  ///< the next: nobody else gives out an id from here on
    std::vector<drained_aggregator> drained{};
    bool operator==(const takeover_grant&) const = default;
};

struct takeover_refusal {
    std::string reason;  ///< printable ASCII
    bool operator==(const takeover_refusal&) const = default;
};

using takeover_message = std::variant<takeover_hello, takeover_offer, takeover_ready, takeover_grant, takeover_refusal>;

/// With its newline.
[[nodiscard]] std::string to_line(const takeover_message& message);

/// Takes out of `message` the drained aggregators that its line has no room for; returns how many.
[[nodiscard]] std::size_t fit_into_line(takeover_grant& message);

/// `line`: without its newline. Nothing: it is not a message.
[[nodiscard]] std::optional<takeover_message> parse_takeover_message(std::string_view line);

}  // namespace portcullis::net
