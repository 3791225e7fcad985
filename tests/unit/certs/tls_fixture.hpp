// A CA, a server and a client pair in files, and settings that use them.
#pragma once

#include "certs/client_context.hpp"
#include "certs/server_context.hpp"
#include "tests/unit/certs/blueprint.hpp"
#include "tests/unit/certs/connection.hpp"
#include "tests/unit/certs/findings.hpp"

#include <gtest/gtest.h>

namespace portcullis::certs::test {

class tls_fixture : public testing::Test {
protected:
    tls_fixture() {
        server_.pairs = {write_pair("server", server_pair_)};
        server_.versions = client_.versions = tls_version_set::parse("TLSv1.2,TLSv1.3").value();
        server_.session_id_context = "main";
        client_.ca = folder_.write("ca-cert.pem", root_.cert_pem());
    }

    certificate_pair write_pair(const std::string& name, const built& pair, const std::string& behind = "") const {
        return {folder_.write(name + "-cert.pem", pair.cert_pem() + behind),
                folder_.write_key(name + "-key.pem", pair)};
    }
    void show_client(const built& pair, const std::string& behind = "") {
        client_.pair = write_pair("client", pair, behind);
    }
    void only(const char* versions) { server_.versions = client_.versions = tls_version_set::parse(versions).value(); }

    /// Both contexts; a failed test if one cannot be built.
    void contexts() {
        server_context_ = make_server_context(server_, found_);
        client_context_ = make_client_context(client_, found_);
        ASSERT_TRUE(server_context_ && client_context_) << words_of(found_);
    }
    connection connect(SSL_SESSION* resumed = nullptr) const {
        return {client_context_.get(), server_context_.get(), resumed};
    }

    const scratch_folder folder_;
    const built root_ = build(ca("root"));
    const built server_pair_ = build(server("db1", "DNS:db1.example.com,DNS:*.wild.example.com,IP:10.0.0.1"), &root_);
    const built client_pair_ = build(client("app"), &root_);
    server_settings server_;
    client_settings client_;
    problems found_;
    ssl_ctx_ptr server_context_;
    ssl_ctx_ptr client_context_;
};

}  // namespace portcullis::certs::test
