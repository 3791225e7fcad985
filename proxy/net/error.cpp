#include "proxy/net/error.hpp"

namespace portcullis::net {
namespace {

class net_category final : public boost::system::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "portcullis.net"; }
    [[nodiscard]] std::string message(int code) const override {
        switch (static_cast<errc>(code)) {
            case errc::end_of_stream:
                return "the peer closed the connection";
            case errc::truncated:
                return "the peer closed the connection without close_notify";
            case errc::tls_failed:
                return "TLS failed";
            case errc::tls_barren:
                return "TLS records without data, too many in a row";
            case errc::resolve_failed:
                return "the host name has no address";
        }
        return "unknown error";
    }
};

}  // namespace

const boost::system::error_category& category() noexcept {
    static const net_category instance;
    return instance;
}

}  // namespace portcullis::net
