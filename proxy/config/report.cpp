#include "proxy/config/report.hpp"

#include "certs/describe.hpp"
#include "certs/effective.hpp"
#include "certs/provider.hpp"
#include "certs/record_cipher.hpp"
#include "proxy/config/check.hpp"

#include <ostream>

namespace portcullis::config {
namespace {

constexpr std::size_t widest_line = 110;
constexpr std::string_view indent = "    ";

std::string plural(std::size_t count, const std::string& one) {
    return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

/// "suites: a, b, c", continued under itself.
void write_words(std::ostream& out, std::string_view label, const std::vector<std::string>& words) {
    std::size_t column = indent.size() + label.size();
    out << indent << label;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto text = words[i] + (i + 1 == words.size() ? "" : ",");
        if (column + 1 + text.size() > widest_line) {
            out << '\n' << indent << std::string(label.size(), ' ');
            column = indent.size() + label.size();
        }
        out << ' ' << text;
        column += 1 + text.size();
    }
    out << '\n';
}

std::string days(std::int64_t left) {
    if (left < 0) return "expired";
    return std::to_string(left) + (left == 1 ? " day left" : " days left");
}

/// Every certificate of a file. What cannot be read was reported when the context was built.
void write_certificates(std::ostream& out, const std::string& key, const std::filesystem::path& file) {
    if (file.empty()) return;
    const auto described = certs::describe_file(file);
    if (!described) return;
    out << indent << key << ": " << file.string() << '\n';
    for (const auto& each : *described) {
        out << indent << indent << "subject " << each.subject << '\n';
        out << indent << indent << "issuer  " << each.issuer << '\n';
        out << indent << indent << "until   " << each.not_after << ", " << days(each.days_left) << "; " << each.key
            << (each.is_ca ? ", a CA" : "") << '\n';
    }
}

void write_policy(std::ostream& out, const certs::tls_version_set& wanted, const certs::effective_policy& effective) {
    const auto versions = effective.versions.empty() ? std::string("none") : effective.versions.to_string();
    out << indent << "tls_version: " << versions;
    if (effective.versions != wanted) out << " (of " << wanted.to_string() << ", which is asked for)";
    out << '\n';
    write_words(out, "suites:", effective.suites);
}

constexpr std::string_view not_loaded = "none before the problems reported are mended\n";
constexpr std::string_view not_built = "TLS: cannot be offered before the problems reported are mended\n";

void write_listener(std::ostream& out, const listener& each, SSL_CTX* context) {
    out << "listener '" << each.name << "' at " << each.address.to_string() << ", to cluster '" << each.cluster
        << "'\n";
    if (context == nullptr) {
        out << indent << (each.offers_tls() ? not_built : "TLS: none\n");
    } else {
        write_policy(out, each.tls.versions, certs::effective_of_server(context));
        out << indent << "client certificates: "
            << (each.tls.ca.empty() ? "none are asked for (no ssl_ca)" : "asked for, verified with ssl_ca") << '\n';
        out << indent << "without TLS: "
            << (each.require_secure_transport ? "nobody (require_secure_transport)" : "as the accounts say") << '\n';
    }
    for (const auto& pair : each.tls.pairs) write_certificates(out, "ssl_cert", pair.cert);
    write_certificates(out, "ssl_ca", each.tls.ca);
}

void write_cluster(std::ostream& out, const cluster& each, SSL_CTX* context) {
    out << "cluster '" << each.name << "', " << plural(each.aggregators.size(), "aggregator") << ", ssl_mode "
        << words_of(each.ssl_mode) << '\n';
    if (context == nullptr) {
        out << indent << (each.ssl_mode == ssl_mode::disabled ? "TLS: none\n" : not_built);
    } else {
        write_policy(out, each.tls.versions, certs::effective_of_client(context));
        if (each.tls.verify != certs::verification::none && each.tls.ca.empty())
            out << indent << "aggregators are verified with the system's certificates (no ssl_ca)\n";
        if (each.tls.pair.cert.empty())
            out << indent
                << "the gate shows no certificate of its own (no ssl_cert): the aggregators cannot verify it\n";
    }
    write_certificates(out, "ssl_cert", each.tls.pair.cert);
    write_certificates(out, "ssl_ca", each.tls.ca);
}

void write_admin(std::ostream& out, const admin& settings, SSL_CTX* context) {
    out << "administration at " << (settings.socket.empty() ? "no socket" : "unix:" + settings.socket);
    if (settings.address)
        out << " and " << (settings.tls.pairs.empty() ? "http://" : "https://") << settings.address->to_string();
    out << '\n';
    if (context != nullptr) write_policy(out, settings.tls.versions, certs::effective_of_server(context));
    if (settings.address)
        out << indent << plural(settings.tokens.size(), "token") << "; /metrics "
            << (settings.metrics_need_token ? "needs one\n" : "is open to everybody who can connect\n");
    for (const auto& pair : settings.tls.pairs) write_certificates(out, "ssl_cert", pair.cert);
}

void write_ticket_keys(std::ostream& out, const std::filesystem::path& file, const contexts& built) {
    out << "session tickets: ";
    if (file.empty())
        out << "keys of this gate's own, a new one every hour (no ticket_keys)\n";
    else if (built.ticket_keys.empty())
        out << not_loaded;
    else
        out << plural(built.ticket_keys.size(), "key") << " of " << file.string() << '\n';
}

void write_algorithms(std::ostream& out, const gate& settings) {
    const auto [aes_gcm, tls13] = certs::available({settings.fast_aes_gcm, settings.fast_tls13});
    out << "records of TLS 1.3: " << (tls13 ? "the gate's own (fast_tls13)\n" : "OpenSSL's\n");
    constexpr std::string_view intel = "Intel's Multi-Buffer library (fast_aes_gcm)";
    constexpr std::string_view openssl = "OpenSSL's";
    const bool everywhere = aes_gcm && certs::provides_aes_gcm();
    const bool in_tls13 = aes_gcm && tls13 && certs::has_intel_aes_gcm();
    out << "AES-GCM of TLS 1.3: " << (everywhere || in_tls13 ? intel : openssl)
        << "\nAES-GCM of TLS 1.2: " << (everywhere ? intel : openssl) << '\n';
}

}  // namespace

std::string_view words_of(ssl_mode mode) {
    switch (mode) {
        case ssl_mode::disabled:
            return "DISABLED";
        case ssl_mode::preferred:
            return "PREFERRED";
        case ssl_mode::required:
            return "REQUIRED";
        case ssl_mode::verify_ca:
            return "VERIFY_CA";
        case ssl_mode::verify_identity:
            return "VERIFY_IDENTITY";
    }
    return "";
}

void write_report(std::ostream& out, const configuration& settings, const contexts& built) {
    for (const auto& each : settings.listeners) {
        write_listener(out, each, built.of(each));
        out << '\n';
    }
    for (const auto& each : settings.clusters) {
        write_cluster(out, each, built.of(each));
        out << '\n';
    }
    write_admin(out, settings.admin, built.admin.get());
    out << '\n';
    write_ticket_keys(out, settings.gate.ticket_keys, built);
    write_algorithms(out, settings.gate);
    out << '\n';
    const auto clear = in_the_clear(settings);
    out << "in the clear:" << (clear.empty() ? " nothing\n" : "\n");
    for (const auto& each : clear) out << indent << each.text << '\n';
}

}  // namespace portcullis::config
