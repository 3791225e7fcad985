#include "certs/plan.hpp"

#include "certs/printable.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace portcullis::certs {
namespace {

constexpr std::size_t longest_common_name = 64;
constexpr std::array all_pairs = {part::server, part::aggregator, part::client};

void refuse(problems& found, const char* setting, std::string text) {
    found.push_back({problem::severity::error, setting, std::move(text)});
}

std::string base_of(part which) {
    switch (which) {
        case part::ca:
            return "ca";
        case part::server:
            return "server";
        case part::aggregator:
            return "aggregator";
        case part::client:
            break;
    }
    return "client";
}

/// A dangling link is there, too: writing would go through it.
bool is_there(const std::filesystem::path& file) {
    std::error_code ignored;
    return std::filesystem::exists(std::filesystem::symlink_status(file, ignored));
}

struct presence {
    bool cert = false;
    bool key = false;
    [[nodiscard]] bool any() const { return cert || key; }
    [[nodiscard]] bool both() const { return cert && key; }
};

presence presence_of(const make_settings& settings, const std::string& base) {
    return {is_there(settings.directory / cert_file_of(base)), is_there(settings.directory / key_file_of(base))};
}

/// How many characters a subject's text has; 0 if it is none that can be shown.
std::size_t characters_of(std::string_view text) {
    std::size_t count = 0;
    while (!text.empty()) {
        const auto length = printable_prefix(text);
        if (length == 0) return 0;
        text.remove_prefix(length);
        ++count;
    }
    return count;
}

void check_text(const char* setting, const std::string& text, problems& found) {
    const auto length = characters_of(text);
    if (length == 0 || length > longest_common_name)
        refuse(found, setting,
               std::string(setting) + " '" + printable(text) + "' must be 1 to 64 characters of UTF-8 text");
}

std::vector<alternative_name> parsed_names(const make_settings& settings, problems& found) {
    std::vector<alternative_name> names;
    for (const auto& text : settings.names) {
        auto name = parse_alternative_name(text);
        if (name)
            names.push_back(std::move(*name));
        else
            refuse(found, "--san",
                   "--san '" + printable(text) +
                       "' is neither a DNS name (letters, digits, '-', '.'; others in punycode) nor an "
                       "IP address");
    }
    return names;
}

/// How this machine may be called: what one tries out first.
std::vector<alternative_name> default_names() {
    std::array<char, 256> host{};
    std::vector<std::string> texts;
    if (::gethostname(host.data(), host.size() - 1) == 0) texts.emplace_back(host.data());
    texts.insert(texts.end(), {"localhost", "127.0.0.1", "::1"});
    std::vector<alternative_name> names;
    for (const auto& text : texts) {
        auto name = parse_alternative_name(text);
        const auto same = [&](const alternative_name& other) { return other.text == text; };
        if (name && std::ranges::none_of(names, same)) names.push_back(std::move(*name));
    }
    return names;
}

/// Clients older than alternative names compare the host with the CN.
std::string common_name_of(const std::vector<alternative_name>& names) {
    for (const auto& name : names)
        if (name.kind == alternative_name::type::dns && name.text.size() <= longest_common_name) return name.text;
    return names.empty() ? "localhost" : names.front().text;
}

planned_pair pair_for(part which, const std::vector<alternative_name>& names) {
    if (which == part::client) return {base_of(which), role::client, "portcullis", {}};
    const auto use = which == part::server ? role::server : role::aggregator;
    return {base_of(which), use, common_name_of(names), names};
}

std::string client_base(const std::string& name) {
    std::string base = "client-" + name;
    std::ranges::replace_if(
        base, [](char each) { return each == '/' || each == ' '; }, '_');
    return base;
}

std::vector<planned_pair> named_clients(const make_settings& settings, problems& found) {
    std::vector<planned_pair> pairs;
    std::map<std::string, std::string> taken;
    for (const auto& name : settings.client_names) {
        check_text("--client-name", name, found);
        const auto [place, is_new] = taken.emplace(client_base(name), name);
        if (is_new)
            pairs.push_back({place->first, role::client, name, {}});
        else
            refuse(found, "--client-name",
                   "--client-name '" + printable(name) + "' and '" + printable(place->second) +
                       "' would share the file " + cert_file_of(place->first) + ": name each once");
    }
    return pairs;
}

bool names_part(const make_settings& settings, part which) {
    return std::ranges::find(settings.only, which) != settings.only.end();
}

/// True if the folder's CA is to be replaced or there is none.
bool decide_authority(const make_settings& settings, problems& found) {
    const auto there = presence_of(settings, "ca");
    const std::string folder = printable(settings.directory.native());
    if (names_part(settings, part::ca)) return true;
    if (there.both()) return false;
    if (there.any())
        refuse(found, "--dir",
               folder + " has " + (there.cert ? "ca-cert.pem but no ca-key.pem" : "ca-key.pem but no ca-cert.pem") +
                   ": pairs can be signed only where both are; copy the other one here for as long as it takes");
    else if (!settings.only.empty())
        refuse(found, "--dir",
               folder +
                   " has no CA that could sign (ca-cert.pem and ca-key.pem): name the folder of your "
                   "CA, or make one with --only ca");
    return true;
}

void add_missing(const make_settings& settings, const std::vector<alternative_name>& names, make_plan& plan,
                 problems& found) {
    const bool replace = settings.force && settings.client_names.empty();
    for (const auto which : all_pairs) {
        const std::string base = base_of(which);
        const auto there = presence_of(settings, base);
        if (there.both() && !replace && !plan.new_authority)
            plan.kept.push_back(settings.directory / cert_file_of(base));
        else if (there.any() && !there.both() && !replace && !plan.new_authority)
            refuse(found, "--dir",
                   printable((settings.directory / (there.cert ? cert_file_of(base) : key_file_of(base))).native()) +
                       " is there without the other file of the pair: put that beside it, remove this one, or name the "
                       "pair with --only and --force");
        else
            plan.pairs.push_back(pair_for(which, names));
    }
}

void refuse_existing(const make_settings& settings, const make_plan& plan, problems& found) {
    std::vector<std::string> bases;
    if (plan.new_authority) bases.emplace_back("ca");
    for (const auto& pair : plan.pairs) bases.push_back(pair.base);
    std::string existing;
    for (const auto& base : bases)
        for (const auto& name : {cert_file_of(base), key_file_of(base)}) {
            const auto file = settings.directory / name;
            std::error_code ignored;
            if (!is_there(file)) continue;
            if (std::filesystem::is_directory(std::filesystem::symlink_status(file, ignored)))
                refuse(found, "--dir", printable(file.native()) + " is a directory: remove it");
            existing += (existing.empty() ? "" : ", ") + printable(name);
        }
    if (!existing.empty() && !settings.force)
        refuse(found, "--dir",
               printable(settings.directory.native()) + " has " + existing +
                   " already: nothing was written; --force replaces them, another --dir leaves them alone");
}

/// A new CA beside pairs that the old one signed: they are of no use any more.
void warn_of_orphans(const make_settings& settings, const make_plan& plan, problems& found) {
    if (!plan.new_authority) return;
    std::string orphans;
    for (const auto which : all_pairs) {
        const std::string base = base_of(which);
        const bool is_made = std::ranges::find(plan.pairs, base, &planned_pair::base) != plan.pairs.end();
        if (!is_made && presence_of(settings, base).cert) orphans += (orphans.empty() ? "" : ", ") + cert_file_of(base);
    }
    if (orphans.empty()) return;
    found.push_back({problem::severity::warning, "--only",
                     "the new CA did not sign " + orphans +
                         ": make them again (--only ... --force), and give "
                         "the new ca-cert.pem to everybody who had the old one"});
}

}  // namespace

std::string cert_file_of(const std::string& base) {
    return base + "-cert.pem";
}

std::string key_file_of(const std::string& base) {
    return base + "-key.pem";
}

std::string authority_common_name(const make_settings& settings) {
    constexpr std::string_view suffix = " CA";
    const bool fits =
        !settings.organization.empty() && characters_of(settings.organization) + suffix.size() <= longest_common_name;
    return (fits ? settings.organization : "Portcullis") + std::string(suffix);
}

std::optional<make_plan> plan_pairs(const make_settings& settings, problems& found) {
    problems ours;
    make_plan plan;
    if (settings.directory.empty()) refuse(ours, "--dir", "--dir must name a folder");
    if (!settings.organization.empty()) check_text("--organization", settings.organization, ours);
    const auto given = parsed_names(settings, ours);
    const auto names = settings.names.empty() ? default_names() : given;
    auto clients = named_clients(settings, ours);
    if (!clients.empty() && !settings.only.empty() && !names_part(settings, part::client))
        refuse(ours, "--client-name",
               "--client-name asks for client pairs, but --only leaves them out: add client to it");

    plan.new_authority = decide_authority(settings, ours);
    if (settings.only.empty()) {
        add_missing(settings, names, plan, ours);
    } else {
        for (const auto which : all_pairs) {
            const bool by_name = which == part::client && !clients.empty();
            if (names_part(settings, which) && !by_name) plan.pairs.push_back(pair_for(which, names));
        }
    }
    std::ranges::move(clients, std::back_inserter(plan.pairs));

    if (!has_errors(ours)) refuse_existing(settings, plan, ours);
    if (!has_errors(ours) && plan.pairs.empty() && !plan.new_authority)
        refuse(ours, "--dir",
               printable(settings.directory.native()) +
                   " has a CA and all three pairs already: nothing was written; --only and --force replace pairs");
    if (!has_errors(ours)) warn_of_orphans(settings, plan, ours);
    const bool usable = !has_errors(ours);
    std::ranges::move(ours, std::back_inserter(found));
    if (!usable) return std::nullopt;
    return plan;
}

}  // namespace portcullis::certs
