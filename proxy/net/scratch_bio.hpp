// The BIO between OpenSSL and a tls_stream: reads from the bytes of the current recv, writes into the worker's scratch.
// Does no I/O itself.
#pragma once

#include "certs/openssl_ptr.hpp"

namespace portcullis::net {

class tls_stream;

struct scratch_bio {
    /// A BIO for both directions of `stream`, which must outlive it.
    [[nodiscard]] static BIO* make(tls_stream& stream);

    static int read(BIO* bio, char* out, int size);
    static int write(BIO* bio, const char* data, int size);
    static long control(BIO* bio, int command, long argument, void* pointer);
};

}  // namespace portcullis::net
