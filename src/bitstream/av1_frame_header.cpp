// SPDX-License-Identifier: MIT
// refresh_frame_flags out of AV1 frame headers.
#include "bitstream/av1_frame_header.h"

#include <algorithm>

#include "bitstream/bit_reader.h"

namespace v4l2va {
namespace {

enum ObuType : uint32_t {  // obu_type (6.2.2)
    kObuSequenceHeader = 1,
    kObuTemporalDelimiter = 2,
    kObuFrameHeader = 3,
    kObuTileGroup = 4,
    kObuMetadata = 5,
    kObuFrame = 6,
    kObuRedundantFrameHeader = 7,
    kObuPadding = 15,
};

constexpr uint8_t kPrimaryRefNone = 7;
constexpr uint8_t kRefreshAll = 0xFF;
constexpr size_t kMaxLeb128Bytes = 8;

bool is_skipped(uint32_t type) {
    return type == kObuSequenceHeader || type == kObuTemporalDelimiter || type == kObuTileGroup ||
           type == kObuMetadata || type == kObuPadding;
}

// leb128() (4.10.5).
uint64_t read_leb128(BitReader& reader) {
    uint64_t value = 0;
    for (size_t i = 0; i < kMaxLeb128Bytes; ++i) {
        const uint32_t byte = reader.u(8);
        value |= uint64_t{byte & 0x7F} << (7 * i);
        if ((byte & 0x80) == 0) {
            return value;
        }
    }
    reader.fail();
    return 0;
}

// The payload of the last OBU of `data` with a frame header, as much of it as there is; empty if
// `data` is no sequence of OBUs that begin with their sizes.
std::span<const std::byte> find_frame_header(std::span<const std::byte> data) {
    std::span<const std::byte> found;
    while (!data.empty()) {
        BitReader reader(data);
        const bool forbidden = reader.flag();
        const uint32_t type = reader.u(4);
        const bool has_extension = reader.flag();
        const bool has_size = reader.flag();
        const bool reserved = reader.flag();
        if (has_extension) {
            reader.skip(8);
        }
        const bool has_header =
            type == kObuFrame || type == kObuFrameHeader || type == kObuRedundantFrameHeader;
        if (forbidden || reserved || !has_size || (!has_header && !is_skipped(type))) {
            return {};
        }
        const uint64_t size = read_leb128(reader);
        if (!reader.ok()) {
            return {};
        }
        const auto rest = data.subspan(reader.position() / 8);
        const auto payload = rest.first(static_cast<size_t>(std::min<uint64_t>(size, rest.size())));
        if (has_header) {
            found = payload;
        }
        if (size >= rest.size()) {
            return found;  // the tile is in this one
        }
        data = rest.subspan(payload.size());
    }
    return found;
}

// uncompressed_header() in one layout, up to what tells the references; each step is false when
// the header does not say what the client says.
class HeaderReader {
  public:
    HeaderReader(std::span<const std::byte> data, const Av1ToldFrame& told,
                 const Av1HeaderLayout& layout)
        : reader_(data), told_(told), layout_(layout) {}

    std::optional<uint8_t> read() {
        if (!read_type() || !read_tools() || !read_primary()) {
            return std::nullopt;
        }
        const auto flags = static_cast<uint8_t>(reader_.u(8));
        if (told_.intra() && flags == kRefreshAll && told_.frame_type == 2) {
            return std::nullopt;  // 6.8.2
        }
        if ((!told_.intra() || flags != kRefreshAll) && error_resilient_) {
            reader_.skip(size_t{8} * told_.order_hint_bits);  // ref_order_hint[]
        }
        if (!told_.intra() && !read_references()) {
            return std::nullopt;
        }
        return reader_.ok() ? std::optional(flags) : std::nullopt;
    }

  private:
    bool is(bool told) { return reader_.flag() == told; }

    bool read_type() {
        const bool show_existing_frame = reader_.flag();
        if (show_existing_frame || reader_.u(2) != told_.frame_type || !is(told_.show_frame)) {
            return false;
        }
        if (!told_.show_frame && !is(told_.showable_frame)) {
            return false;
        }
        error_resilient_ = reader_.flag();
        return error_resilient_ == told_.error_resilient_mode;
    }

    bool read_tools() {
        if (!is(told_.disable_cdf_update)) {
            return false;
        }
        if (layout_.codes_screen_content && !is(told_.allow_screen_content_tools)) {
            return false;
        }
        if (told_.allow_screen_content_tools && layout_.codes_integer_mv) {
            // Intra frames have 1 whatever is coded, and clients tell the one or the other.
            const bool force_integer_mv = reader_.flag();
            if (!told_.intra() && force_integer_mv != told_.force_integer_mv) {
                return false;
            }
        }
        reader_.skip(1);  // frame_size_override_flag
        return reader_.u(told_.order_hint_bits) == told_.order_hint;
    }

    bool read_primary() {
        const bool coded = !told_.intra() && !error_resilient_;
        const uint32_t primary = coded ? reader_.u(3) : uint32_t{kPrimaryRefNone};
        if (primary != told_.primary_ref_frame) {
            return false;
        }
        const bool has_removal_times = layout_.has_decoder_model && reader_.flag();
        return !has_removal_times;
    }

    bool read_references() {
        const bool short_signaling = told_.order_hint_bits != 0 && reader_.flag();
        if (short_signaling) {  // LAST and GOLDEN
            const uint32_t last = reader_.u(3);
            const uint32_t golden = reader_.u(3);
            return last == told_.ref_frame_idx[0] && golden == told_.ref_frame_idx[3];
        }
        return std::all_of(told_.ref_frame_idx.begin(), told_.ref_frame_idx.end(),
                           [this](uint8_t index) { return reader_.u(3) == index; });
    }

    BitReader reader_;
    const Av1ToldFrame& told_;
    const Av1HeaderLayout& layout_;
    bool error_resilient_ = false;
};

Av1HeaderMatch match_header(std::span<const std::byte> header, const Av1ToldFrame& told,
                            uint8_t layouts) {
    Av1HeaderMatch match;
    for (size_t i = 0; i < kAv1HeaderLayouts.size(); ++i) {
        if (((layouts >> i) & 1) == 0) {
            continue;
        }
        const auto flags = HeaderReader(header, told, kAv1HeaderLayouts[i]).read();
        if (!flags) {
            continue;
        }
        const bool agrees = match.layouts == 0 || match.refresh_frame_flags == flags;
        match.refresh_frame_flags = agrees ? flags : std::nullopt;
        match.layouts = static_cast<uint8_t>(match.layouts | (1U << i));
    }
    return match;
}

}  // namespace

// The payload of OBU_FRAME may look like an OBU itself.
Av1HeaderMatch match_av1_frame_header(std::span<const std::byte> data, const Av1ToldFrame& told,
                                      uint8_t layouts) {
    Av1HeaderMatch in_obu = match_header(find_frame_header(data), told, layouts);
    const Av1HeaderMatch payload = match_header(data, told, layouts);
    if (in_obu.layouts == 0 || payload.layouts == 0) {
        return in_obu.layouts != 0 ? in_obu : payload;
    }
    if (in_obu.refresh_frame_flags != payload.refresh_frame_flags) {
        in_obu.refresh_frame_flags.reset();
    }
    return in_obu;
}

}  // namespace v4l2va
