#include "bench/micro/tls_ends.hpp"

#include "certs/pairs.hpp"

#include <array>
#include <cstdlib>
#include <map>
#include <stdexcept>

namespace portcullis::bench {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what, const certs::problems& found) {
    throw std::runtime_error(found.empty() ? what : what + ": " + found.front().text);
}

/// The folders of certificates, by kind of key. Removed with this object.
class certificate_store {
public:
    certificate_store() {
        auto name = (fs::temp_directory_path() / "portcullis-bench-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) fail("no temporary folder", {});
        root_ = name;
    }
    ~certificate_store() {
        std::error_code ignored;
        fs::remove_all(root_, ignored);
    }
    certificate_store(const certificate_store&) = delete;
    certificate_store& operator=(const certificate_store&) = delete;

    const fs::path& folder_of(certs::key_type key) {
        auto& folder = folders_[key];
        if (!folder.empty()) return folder;
        certs::make_settings settings;
        settings.directory = root_ / std::to_string(folders_.size());
        settings.key = key;
        settings.names = {"localhost"};
        certs::problems found;
        if (!certs::make_pairs(settings, found)) fail("no certificates", found);
        return folder = settings.directory;
    }

private:
    fs::path root_;
    std::map<certs::key_type, fs::path> folders_;
};

template <class Settings>
void choose(Settings& settings, const tls_choice& choice) {
    settings.versions = certs::tls_version_set::parse(choice.version).value();
    (choice.version == "TLSv1.3" ? settings.ciphersuites : settings.ciphers) = choice.cipher;
}

certs::certificate_pair pair_of(const fs::path& folder, const std::string& name) {
    return {folder / (name + "-cert.pem"), folder / (name + "-key.pem")};
}

}  // namespace

tls_ends::tls_ends(const tls_choice& choice) {
    static certificate_store certificates;
    const auto& folder = certificates.folder_of(choice.key);
    certs::server_settings of_server;
    certs::client_settings of_client;
    choose(of_server, choice);
    choose(of_client, choice);
    of_server.pairs = {pair_of(folder, "server")};
    of_client.ca = folder / "ca-cert.pem";
    if (choice.mutual) {
        of_server.ca = of_client.ca;
        of_client.pair = pair_of(folder, "client");
    }
    certs::problems found;
    server = certs::make_server_context(of_server, found);
    client = certs::make_client_context(of_client, found);
    if (!server || !client) fail("no contexts", found);
}

}  // namespace portcullis::bench
