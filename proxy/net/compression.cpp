#include "proxy/net/compression.hpp"

#include "proxy/net/scratch.hpp"

#include <algorithm>
#include <new>
#include <zlib.h>
#include <zstd.h>

namespace portcullis::net {
namespace {

using protocol::bytes;
using protocol::errc;

constexpr std::size_t header_size = 7;
constexpr std::size_t piece_size = 32UL * 1024;
constexpr std::size_t largest_frame = (1UL << 24U) - 1;
constexpr std::size_t smallest_worth = 50;  // servers and clients pack nothing shorter
constexpr int largest_window = 24;          // of zstd, as a power of two: a frame holds no more

std::size_t int3(const std::uint8_t* at) {
    return at[0] | static_cast<std::size_t>(at[1]) << 8U | static_cast<std::size_t>(at[2]) << 16U;
}

void append_int3(bytes& out, std::size_t value) {
    for (unsigned shift = 0; shift < 24; shift += 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

/// A worker's compressors: what they keep between frames is memory alone.
struct compressors {
    compressors() {
        if (deflateInit(&zlib, Z_DEFAULT_COMPRESSION) != Z_OK || zstd == nullptr) throw std::bad_alloc();
    }
    ~compressors() {
        deflateEnd(&zlib);
        ZSTD_freeCCtx(zstd);
    }
    compressors(const compressors&) = delete;
    compressors& operator=(const compressors&) = delete;

    static compressors& of_this_thread() {
        thread_local compressors made;
        return made;
    }

    z_stream zlib{};
    ZSTD_CCtx* zstd = ZSTD_createCCtx();
};

/// The packed size; 0 if it would not be smaller than `data`.
std::size_t pack_zlib(std::span<const std::uint8_t> data, std::span<std::uint8_t> out) {
    auto& stream = compressors::of_this_thread().zlib;
    deflateReset(&stream);
    stream.next_in = const_cast<std::uint8_t*>(data.data());  // zlib's way of saying const
    stream.avail_in = static_cast<uInt>(data.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    return deflate(&stream, Z_FINISH) == Z_STREAM_END ? out.size() - stream.avail_out : 0;
}

std::size_t pack_zstd(std::span<const std::uint8_t> data, std::span<std::uint8_t> out, int level) {
    const auto size =
        ZSTD_compressCCtx(compressors::of_this_thread().zstd, out.data(), out.size(), data.data(), data.size(), level);
    return ZSTD_isError(size) != 0 ? 0 : size;
}

}  // namespace

/// One frame's payload, piece by piece. Both take what they need of `in` and advance it; false for what is damaged.
class compressed_frames::unpacker {
public:
    unpacker() = default;
    virtual ~unpacker() = default;
    unpacker(const unpacker&) = delete;
    unpacker& operator=(const unpacker&) = delete;

    virtual void begin() = 0;
    /// `made` is what was written to `out`.
    [[nodiscard]] virtual bool step(std::span<const std::uint8_t>& in, std::span<std::uint8_t> out,
                                    std::size_t& made) = 0;
    /// The payload ended where it said it would.
    [[nodiscard]] virtual bool ended() const = 0;
};

class compressed_frames::zlib_unpacker final : public compressed_frames::unpacker {
public:
    zlib_unpacker() {
        if (inflateInit(&stream_) != Z_OK) throw std::bad_alloc();
    }
    ~zlib_unpacker() override { inflateEnd(&stream_); }
    zlib_unpacker(const zlib_unpacker&) = delete;
    zlib_unpacker& operator=(const zlib_unpacker&) = delete;

    void begin() override {
        inflateReset(&stream_);
        ended_ = false;
    }
    bool step(std::span<const std::uint8_t>& in, std::span<std::uint8_t> out, std::size_t& made) override {
        stream_.next_in = const_cast<std::uint8_t*>(in.data());
        stream_.avail_in = static_cast<uInt>(in.size());
        stream_.next_out = out.data();
        stream_.avail_out = static_cast<uInt>(out.size());
        const int result = inflate(&stream_, Z_NO_FLUSH);
        in = in.last(stream_.avail_in);
        made = out.size() - stream_.avail_out;
        ended_ = result == Z_STREAM_END;
        return result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR;
    }
    [[nodiscard]] bool ended() const override { return ended_; }

private:
    z_stream stream_{};
    bool ended_ = false;
};

class compressed_frames::zstd_unpacker final : public compressed_frames::unpacker {
public:
    zstd_unpacker() : stream_(ZSTD_createDStream()) {
        if (stream_ == nullptr ||
            ZSTD_isError(ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, largest_window)) != 0)
            throw std::bad_alloc();
    }
    ~zstd_unpacker() override { ZSTD_freeDStream(stream_); }
    zstd_unpacker(const zstd_unpacker&) = delete;
    zstd_unpacker& operator=(const zstd_unpacker&) = delete;

    void begin() override {
        ZSTD_DCtx_reset(stream_, ZSTD_reset_session_only);
        ended_ = false;
    }
    bool step(std::span<const std::uint8_t>& in, std::span<std::uint8_t> out, std::size_t& made) override {
        ZSTD_inBuffer from{in.data(), in.size(), 0};
        ZSTD_outBuffer to{out.data(), out.size(), 0};
        const auto result = ZSTD_decompressStream(stream_, &to, &from);
        in = in.subspan(from.pos);
        made = to.pos;
        ended_ = result == 0;
        return ZSTD_isError(result) == 0;
    }
    [[nodiscard]] bool ended() const override { return ended_; }

private:
    ZSTD_DStream* stream_;
    bool ended_ = false;
};

compressed_frames::compressed_frames(compression algorithm, int level)
    : algorithm_(algorithm), level_(std::clamp(level == 0 ? ZSTD_CLEVEL_DEFAULT : level, 1, ZSTD_maxCLevel())) {
    if (algorithm == compression::zlib)
        unpacker_ = std::make_unique<zlib_unpacker>();
    else
        unpacker_ = std::make_unique<zstd_unpacker>();
}

compressed_frames::~compressed_frames() = default;

void compressed_frames::feed(std::span<const std::uint8_t> received) {
    input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ = 0;
    input_.insert(input_.end(), received.begin(), received.end());
}

protocol::error_code compressed_frames::begin_frame() {
    const auto* header = input_.data() + used_;
    used_ += header_size;
    packed_left_ = int3(header);
    next_sequence_id_ = static_cast<std::uint8_t>(header[3] + 1);
    unpacked_left_ = int3(header + 4);
    stored_ = unpacked_left_ == 0;
    if (stored_) unpacked_left_ = packed_left_;
    // An empty frame carries nothing, and would let a peer keep the gate busy for seven bytes a turn.
    if (packed_left_ == 0) return errc::bad_compression;
    if (!stored_) unpacker_->begin();
    return {};
}

/// A piece of the current frame; 0 if it needs more input.
protocol::result<std::size_t> compressed_frames::unpack(std::span<std::uint8_t> out) {
    auto in = std::span<const std::uint8_t>(input_).subspan(used_);
    in = in.first(std::min(in.size(), packed_left_));
    const auto available = in.size();
    out = out.first(std::min(out.size(), unpacked_left_));
    std::size_t made = 0;
    if (stored_) {
        made = std::min(in.size(), out.size());
        std::copy_n(in.begin(), made, out.begin());
        in = in.subspan(made);
    } else if (!unpacker_->step(in, out, made)) {
        return errc::bad_compression;
    }
    const auto taken = available - in.size();
    used_ += taken;
    packed_left_ -= taken;
    unpacked_left_ -= made;
    const bool whole = packed_left_ == 0 && unpacked_left_ == 0;
    // The end of the packed bytes may be no bytes of content: the checksum behind the last of them.
    const bool stuck = made == 0 && taken == 0 && (available > 0 || packed_left_ == 0);
    const bool too_early = !stored_ && unpacker_->ended() && !whole;
    if (!whole && (stuck || too_early)) return errc::bad_compression;
    if (whole && !stored_ && !unpacker_->ended()) return errc::bad_compression;
    return made;
}

protocol::result<std::span<std::uint8_t>> compressed_frames::next() {
    output_.resize(scratch::headroom + piece_size);
    const auto out = std::span(output_).subspan(scratch::headroom);
    for (;;) {
        if (packed_left_ == 0 && unpacked_left_ == 0) {
            if (input_.size() - used_ < header_size) break;
            const auto bad = begin_frame();
            if (bad) return bad;
        }
        const auto before = used_;
        const auto made = unpack(out);
        if (!made) return made.error();
        if (*made > 0) return out.first(*made);
        if (used_ == before) break;
    }
    bytes().swap(output_);  // an idle connection owns no buffer
    return std::span<std::uint8_t>();
}

protocol::bytes compressed_frames::pack(std::span<const std::uint8_t> data) {
    bytes out;
    while (!data.empty()) {
        const auto piece = data.first(std::min(data.size(), largest_frame));
        data = data.subspan(piece.size());
        const auto at = out.size();
        out.resize(at + header_size + piece.size());
        std::size_t packed = 0;
        if (piece.size() >= smallest_worth) {
            const auto room = std::span(out).subspan(at + header_size);
            packed = algorithm_ == compression::zlib ? pack_zlib(piece, room) : pack_zstd(piece, room, level_);
        }
        if (packed == 0)
            std::copy(piece.begin(), piece.end(), out.begin() + static_cast<std::ptrdiff_t>(at + header_size));
        bytes header;
        append_int3(header, packed == 0 ? piece.size() : packed);
        header.push_back(next_sequence_id_++);
        append_int3(header, packed == 0 ? 0 : piece.size());
        std::copy(header.begin(), header.end(), out.begin() + static_cast<std::ptrdiff_t>(at));
        out.resize(at + header_size + (packed == 0 ? piece.size() : packed));
    }
    return out;
}

}  // namespace portcullis::net
