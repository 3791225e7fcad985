#include "proxy/config/account_host.hpp"
#include "proxy/config/finder.hpp"
#include "proxy/config/read_values.hpp"
#include "proxy/config/tables.hpp"

#include <array>
#include <limits>

namespace portcullis::config {
namespace {

constexpr std::array<std::pair<std::string_view, requirement>, 3> requirements{{
    {"NONE", requirement::none},
    {"SSL", requirement::ssl},
    {"X509", requirement::x509},
}};

constexpr field<accounts> accounts_fields[] = {
    {"default_require", [](reader& in, accounts& out) { in.word<requirement>(out.default_require, requirements); }},
};

void read_host(reader& in, account& out) {
    std::string written;
    if (!in.text(written)) return;
    const auto host = account_host::parse(written);
    if (host)
        out.host = written;
    else
        in.error(in_quotes(written) + " " + host.error());
}

void read_distinguished_name(reader& in, std::optional<certs::distinguished_name>& out) {
    std::string written;
    if (!in.text(written) || written.empty()) return;
    auto parsed = certs::distinguished_name::parse(written);
    if (parsed)
        out = *std::move(parsed);
    else
        in.error(R"(takes a name such as "/C=SE/O=Example/CN=app", not )" + in_quotes(written) +
                 "; 'portcullis certs show FILE' prints a certificate's names in this form");
}

constexpr field<account> account_fields[] = {
    {"user", [](reader& in, account& out) { in.text(out.user); }, true},
    {"host", read_host},
    {"require", [](reader& in, account& out) { in.word<requirement>(out.require, requirements); }},
    {"issuer", [](reader& in, account& out) { read_distinguished_name(in, out.issuer); }},
    {"subject", [](reader& in, account& out) { read_distinguished_name(in, out.subject); }},
    {"cipher", [](reader& in, account& out) { in.text(out.cipher); }},
    {"max_user_connections",
     [](reader& in, account& out) {
         in.integer(out.max_user_connections, 0, std::numeric_limits<std::uint32_t>::max());
     }},
    {"allow_from", [](reader& in, account& out) { read_networks(in, out.allow_from); }},
};

/// REQUIRE NONE stands alone in MySQL's grammar; ISSUER and SUBJECT raise SSL to X509.
void combine(const reader& in, account& out) {
    const bool names_certificate = out.issuer || out.subject;
    if (out.require == requirement::none && (names_certificate || !out.cipher.empty())) {
        const finder report{in.shared().source, in.shared().found};
        report.error(in.where() + ".require", in.title() +
                                                  " require: is \"NONE\", which contradicts 'issuer', "
                                                  "'subject' and 'cipher'; leave it out");
    }
    if (names_certificate) out.require = requirement::x509;
}

}  // namespace

table_keys accounts_keys() {
    return {"[accounts]", names_of(accounts_fields)};
}
table_keys account_keys() {
    return {"[[account]]", names_of(account_fields)};
}

void read_accounts(reader& in, configuration& out) {
    if (const auto table = in.table("[accounts]")) read_table(*table, accounts_fields, out.accounts);
}

void read_account_rules(reader& in, configuration& out) {
    for (const auto& table : in.tables("[[account]]")) {
        account rule;
        read_table(table, account_fields, rule);
        combine(table, rule);
        out.accounts.rules.push_back(std::move(rule));
    }
}

}  // namespace portcullis::config
