#include "proxy/net/scratch.hpp"

#include <memory>

namespace portcullis::net {

scratch& scratch::of_this_thread() {
    thread_local const std::unique_ptr<scratch> buffers = std::make_unique<scratch>();
    return *buffers;  // NOLINT(clang-analyzer-cplusplus.NewDelete): clang 14 misreads thread_local
}

}  // namespace portcullis::net
