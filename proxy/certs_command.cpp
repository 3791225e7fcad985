#include "proxy/certs_command.hpp"

#include "certs/describe.hpp"
#include "certs/error.hpp"
#include "certs/key_type.hpp"
#include "certs/pairs.hpp"
#include "certs/pem_file.hpp"
#include "certs/printable.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

namespace portcullis::proxy {
namespace {

constexpr const char* certs_examples = R"(Examples:
  portcullis certs make --dir certs
      a CA and the gate's, the aggregators' and a client pair, for trying things out on this machine
  portcullis certs make --dir certs --only server --san db.example.com 192.0.2.7
      the gate's pair for the name and address that clients connect to, signed by the CA in certs/
  portcullis certs make --dir certs --only client --client-name app --client-name backup
      client-app-cert.pem and client-backup-cert.pem, for accounts that REQUIRE X509 or SUBJECT
  portcullis certs make --dir certs --only server --san db.example.com --force
      replaces the gate's pair before it expires; the CA stays, so nobody else needs anything new
  portcullis certs show certs/*-cert.pem
      subjects, issuers, names, days left, fingerprints
)";

constexpr const char* show_details =
    R"(Exits with 1 if a file cannot be read or holds no certificate. Example, what a running gate would show its clients:
  portcullis certs show /etc/portcullis/server-cert.pem
)";

constexpr const char* make_details = R"(Files in DIR (certificates are PEM; keys have mode 0600):
  ca-cert.pem          give it to every client and aggregator: mysql --ssl-ca=ca-cert.pem --ssl-mode=VERIFY_CA
  ca-key.pem           signs new pairs; the gate never needs it, so keep it elsewhere once you are done
  server-*.pem         the gate toward clients: ssl_cert and ssl_key of a [[listener]]
  aggregator-*.pem     an aggregator toward the gate: its own ssl_cert and ssl_key
  client-*.pem         the gate toward aggregators: ssl_cert and ssl_key of a [cluster.NAME]
  client-NAME-*.pem    a user or application toward the gate, one pair for each --client-name NAME

What is made: without --only, whatever of ca, server, aggregator and client is not there yet, and the pairs that
--client-name asks for. A CA that is there (ca-cert.pem and ca-key.pem) signs the new pairs. With --only, exactly the
parts named. If a file that was asked for exists, nothing at all is written, unless --force replaces it. The CA is
replaced only by --only ca --force: everything it signed must then be made again.
)";

struct make_arguments {
    certs::make_settings settings;
    std::string key = "rsa:2048";
    std::vector<std::string> only;
};

void print(const certs::problems& found) {
    for (const auto& each : found) {
        const bool is_error = each.level == certs::problem::severity::error;
        std::cerr << "portcullis certs: " << (is_error ? "error: " : "warning: ") << each.text << '\n';
    }
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

void print(const certs::make_report& report) {
    for (const auto& path : report.kept) std::cout << "kept   " << certs::printable(path.native()) << '\n';
    for (const auto& pair : report.written) {
        std::cout << "wrote  " << certs::printable(pair.cert.native()) << "  " << pair.subject << "  valid until "
                  << pair.not_after.substr(0, 10) << '\n';
        if (!pair.names.empty()) std::cout << "         names " << joined(pair.names) << '\n';
        std::cout << "wrote  " << certs::printable(pair.key.native()) << "  (mode 0600)\n";
    }
    if (::geteuid() == 0)
        std::cout << "The keys belong to root: give each to the user whose server reads it (chown USER FILE).\n";
}

int make(const make_arguments& arguments) {
    static const std::map<std::string, certs::part> parts = {{"ca", certs::part::ca},
                                                             {"server", certs::part::server},
                                                             {"aggregator", certs::part::aggregator},
                                                             {"client", certs::part::client}};
    certs::make_settings settings = arguments.settings;
    settings.key = certs::parse_key_type(arguments.key).value();
    for (const auto& name : arguments.only) settings.only.push_back(parts.at(name));

    certs::problems found;
    const auto report = certs::make_pairs(settings, found);
    print(found);
    if (!report) return 1;
    print(*report);
    return 0;
}

void print(const certs::certificate_description& certificate) {
    const auto line = [](const char* label, const std::string& value) {
        if (!value.empty()) std::cout << "  " << label << value << '\n';
    };
    const std::string left = certificate.days_left < 0
                                 ? "expired " + std::to_string(-certificate.days_left) + " days ago"
                                 : std::to_string(certificate.days_left) + " days left";
    line("subject      ", certificate.subject);
    line("issuer       ", certificate.issuer);
    line("names        ", joined(certificate.names));
    line("valid        ", certificate.not_before + " to " + certificate.not_after + " (" + left + ")");
    line("key          ", certificate.key);
    line("purposes     ", joined(certificate.purposes));
    line("CA           ", certificate.is_ca ? "yes" : "no");
    line("serial       ", certificate.serial);
    line("signature    ", certificate.signature);
    line("version      ", std::to_string(certificate.version));
    line("SHA-256      ", certificate.fingerprint);
}

std::string why(const boost::system::error_code& failure, const std::string& file) {
    if (failure != certs::errc::no_certificate) return failure.message();
    const auto contents = certs::read_pem(file);
    return failure.message() + (contents ? ", but " + certs::contents_in_words(*contents) : "");
}

int show(const std::vector<std::string>& files) {
    int exit_code = 0;
    for (const auto& file : files) {
        const auto described = certs::describe_file(file);
        if (!described) {
            std::cerr << "portcullis certs: error: " << certs::printable(file) << ": " << why(described.error(), file)
                      << '\n';
            exit_code = 1;
            continue;
        }
        for (std::size_t index = 0; index < described->size(); ++index) {
            std::cout << certs::printable(file);
            if (described->size() > 1) std::cout << ", certificate " << index + 1 << " of " << described->size();
            std::cout << '\n';
            print((*described)[index]);
        }
    }
    return exit_code;
}

std::string not_a_key_type(const std::string& text) {
    if (certs::parse_key_type(text)) return {};
    return "'" + text + "' is none of rsa:2048, rsa:3072, rsa:4096, ecdsa:P-256, ecdsa:P-384";
}

void add_make(CLI::App& certs_command, int& exit_code) {
    auto arguments = std::make_shared<make_arguments>();
    auto& settings = arguments->settings;
    auto* command = certs_command.add_subcommand("make", "make a CA and the pairs that it signs");
    command->footer(make_details);
    command->add_option("--dir", settings.directory, "folder of the files; created if missing")
        ->required()
        ->type_name("DIR");
    command->add_option("--only", arguments->only, "make exactly these: ca, server, aggregator, client")
        ->delimiter(',')
        ->check(CLI::IsMember({"ca", "server", "aggregator", "client"}))
        ->type_name("PART");
    command
        ->add_option("--san", settings.names,
                     "DNS names and IP addresses of the server and aggregator pairs, instead of localhost, 127.0.0.1, "
                     "::1 and this host's name")
        ->delimiter(',')
        ->type_name("NAME-OR-ADDRESS");
    command->add_option("--client-name", settings.client_names, "make a client pair with this CN; may be repeated")
        ->type_name("CN");
    command->add_option("--key", arguments->key, "rsa:2048, rsa:3072, rsa:4096, ecdsa:P-256 or ecdsa:P-384")
        ->check(CLI::Validator(not_a_key_type, ""))
        ->type_name("TYPE")
        ->capture_default_str();
    command->add_option("--days", settings.days, "how long pairs are valid")
        ->check(CLI::Range(1, 36500))
        ->type_name("N")
        ->capture_default_str();
    command->add_option("--ca-days", settings.ca_days, "how long a new CA is valid")
        ->check(CLI::Range(1, 36500))
        ->type_name("N")
        ->capture_default_str();
    command->add_option("--organization", settings.organization, "O= of every subject; empty: none")
        ->type_name("O")
        ->capture_default_str();
    command->add_flag("--traditional-keys", settings.traditional_keys,
                      "write keys as PKCS#1 (RSA) or SEC1 (ECDSA), for servers older than MySQL 5.7");
    command->add_flag("--force", settings.force, "replace files that exist (the CA only with --only ca)");
    command->callback([arguments, &exit_code] { exit_code = make(*arguments); });
}

void add_show(CLI::App& certs_command, int& exit_code) {
    auto files = std::make_shared<std::vector<std::string>>();
    auto* command = certs_command.add_subcommand("show", "print what is in certificate files");
    command->footer(show_details);
    command->add_option("FILE", *files, "PEM files; every certificate in them is shown")->required();
    command->callback([files, &exit_code] { exit_code = show(*files); });
}

}  // namespace

void add_certs_command(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("certs", "make and inspect certificates");
    command->require_subcommand(1);
    command->footer(certs_examples);
    add_make(*command, exit_code);
    add_show(*command, exit_code);
}

}  // namespace portcullis::proxy
