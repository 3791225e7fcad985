#include "proxy/net/scratch_bio.hpp"

#include "proxy/net/scratch.hpp"
#include "proxy/net/tls_stream.hpp"

#include <algorithm>
#include <cstring>

namespace portcullis::net {
namespace {

BIO_METHOD* make_method() {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "portcullis scratch");
    BIO_meth_set_read(method, scratch_bio::read);
    BIO_meth_set_write(method, scratch_bio::write);
    BIO_meth_set_ctrl(method, scratch_bio::control);
    return method;
}

}  // namespace

BIO* scratch_bio::make(tls_stream& stream) {
    static BIO_METHOD* const method = make_method();  // lives as long as the process, as OpenSSL's own methods do
    BIO* bio = BIO_new(method);
    if (bio == nullptr) return nullptr;
    BIO_set_data(bio, &stream);
    BIO_set_init(bio, 1);
    return bio;
}

int scratch_bio::read(BIO* bio, char* out, int size) {
    auto& stream = *static_cast<tls_stream*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    if (stream.received_.empty()) {
        BIO_set_retry_read(bio);
        return -1;
    }
    const std::size_t taken = std::min(stream.received_.size(), static_cast<std::size_t>(size));
    std::memcpy(out, stream.received_.data(), taken);
    if (stream.handover_) stream.handover_->received.saw(stream.received_.first(taken));
    stream.received_ = stream.received_.subspan(taken);
    return static_cast<int>(taken);
}

int scratch_bio::write(BIO* bio, const char* data, int size) {
    auto& stream = *static_cast<tls_stream*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(data), static_cast<std::size_t>(size));
    scratch::of_this_thread().to_send.append(bytes);
    if (stream.handover_) stream.handover_->sent.saw(bytes);
    return size;
}

long scratch_bio::control(BIO* /*bio*/, int command, long /*argument*/, void* /*pointer*/) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

}  // namespace portcullis::net
