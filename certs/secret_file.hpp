// Files with a secret: whose eyes they are for, and their text.
// The rule is PostgreSQL's of ssl_key_file ("Secure TCP/IP Connections with SSL"): what belongs to whoever reads it is
// theirs alone; what belongs to root may be read by a group too, as it is with Kubernetes' Secrets and Debian's
// ssl-cert.
#pragma once

#include <boost/system/result.hpp>

#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <sys/types.h>

namespace portcullis::certs {

/// `reader`: the user id of the process that takes the secret from the file.
[[nodiscard]] constexpr bool is_open_to_others(const struct stat& file, uid_t reader) {
    const mode_t others = S_IRWXG | S_IRWXO;
    const bool of_the_system = file.st_uid == 0 && reader != 0;
    return (file.st_mode & (of_the_system ? others & ~mode_t{S_IRGRP} : others)) != 0;
}

/// The text of a file, wiped when it goes.
struct secret_text {
    std::string text;
    bool open_to_others = false;

    secret_text() = default;
    secret_text(secret_text&& other) noexcept;
    secret_text(const secret_text&) = delete;
    secret_text& operator=(const secret_text&) = delete;
    secret_text& operator=(secret_text&&) = delete;
    ~secret_text();
};

/// Reads regular files only (through symbolic links), up to 64 MiB, and waits for nobody.
/// Errors: the operating system's, errc::bad_path, errc::not_a_regular_file, errc::file_too_large.
[[nodiscard]] boost::system::result<secret_text> read_secret_text(const std::filesystem::path& file);

/// `why` of read_secret_text() as a sentence that names the file and the remedy. `kind` of file is what a directory
/// stands in the place of.
[[nodiscard]] std::string unreadable(const std::filesystem::path& file, const std::string& kind,
                                     const boost::system::error_code& why);

/// What to say of a file that is_open_to_others(): the file, and the chmod that mends it.
[[nodiscard]] std::string too_open(const std::filesystem::path& file, const std::string& holds);

}  // namespace portcullis::certs
