// Bytes on their way into one send. A vector but for one thing: room that is about to be written is not zeroed before,
// which would touch every byte once more.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace portcullis::net {

class send_buffer {
public:
    void append(std::span<const std::uint8_t> more) { std::copy(more.begin(), more.end(), grow(more.size())); }

    /// Room for `count` more bytes, uninitialized: valid until the next call.
    [[nodiscard]] std::uint8_t* grow(std::size_t count) {
        if (capacity_ - size_ < count) reserve(std::max(2 * capacity_, size_ + count));
        auto* const room = bytes_.get() + size_;
        size_ += count;
        return room;
    }
    /// Forgets what is behind the first `size` bytes. Precondition: there are as many.
    void shrink(std::size_t size) { size_ = size; }
    void clear() { size_ = 0; }

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::span<const std::uint8_t> bytes() const { return {bytes_.get(), size_}; }

private:
    void reserve(std::size_t capacity) {
        auto larger = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
        std::copy_n(bytes_.get(), size_, larger.get());
        bytes_ = std::move(larger);
        capacity_ = capacity;
    }

    std::unique_ptr<std::uint8_t[]> bytes_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace portcullis::net
