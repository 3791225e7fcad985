// Whose eyes a file with a secret is for.
// The rule is PostgreSQL's of ssl_key_file ("Secure TCP/IP Connections with SSL"): what belongs to whoever reads it is
// theirs alone; what belongs to root may be read by a group too, as it is with Kubernetes' Secrets and Debian's
// ssl-cert.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

namespace portcullis::certs {

/// `reader`: the user id of the process that takes the secret from the file.
[[nodiscard]] constexpr bool is_open_to_others(const struct stat& file, uid_t reader) {
    const mode_t others = S_IRWXG | S_IRWXO;
    const bool of_the_system = file.st_uid == 0 && reader != 0;
    return (file.st_mode & (of_the_system ? others & ~mode_t{S_IRGRP} : others)) != 0;
}

}  // namespace portcullis::certs
