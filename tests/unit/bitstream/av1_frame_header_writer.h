// SPDX-License-Identifier: MIT
// Writes the beginning of AV1 frame headers (5.9.2), and OBUs, for tests only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bit_writer.h"
#include "bitstream/av1_frame_header.h"

namespace v4l2va::test {

struct Av1TestHeader {
    Av1ToldFrame frame;
    Av1HeaderLayout layout = kAv1HeaderLayouts[0];
    uint8_t refresh_frame_flags = 0;
    bool show_existing_frame = false;
    bool has_removal_times = false;
    bool short_signaling = false;
    bool size_override = false;

    // What follows the references is noise.
    [[nodiscard]] std::vector<std::byte> bytes() const {
        BitWriter out;
        out.flag(show_existing_frame);
        out.u(2, frame.frame_type);
        out.flag(frame.show_frame);
        if (!frame.show_frame) {
            out.flag(frame.showable_frame);
        }
        out.flag(frame.error_resilient_mode);
        out.flag(frame.disable_cdf_update);
        if (layout.codes_screen_content) {
            out.flag(frame.allow_screen_content_tools);
        }
        if (frame.allow_screen_content_tools && layout.codes_integer_mv) {
            out.flag(frame.force_integer_mv);
        }
        out.flag(size_override);
        out.u(frame.order_hint_bits, frame.order_hint);
        if (!frame.intra() && !frame.error_resilient_mode) {
            out.u(3, frame.primary_ref_frame);
        }
        if (layout.has_decoder_model) {
            out.flag(has_removal_times);
        }
        out.u(8, refresh_frame_flags);
        if (frame.error_resilient_mode && (!frame.intra() || refresh_frame_flags != 0xFF)) {
            out.u(8 * frame.order_hint_bits, 0);
        }
        if (!frame.intra()) {
            write_references(out);
        }
        out.u(32, 0x5AC3'9617);
        return out.bytes();
    }

  private:
    void write_references(BitWriter& out) const {
        if (frame.order_hint_bits != 0) {
            out.flag(short_signaling);
        }
        if (short_signaling) {
            out.u(3, frame.ref_frame_idx[0]);
            out.u(3, frame.ref_frame_idx[3]);
            return;
        }
        for (const uint8_t index : frame.ref_frame_idx) {
            out.u(3, index);
        }
    }
};

// obu_header() and obu_size in front of `payload`. `more`: bytes of the payload that come later.
inline std::vector<std::byte> av1_obu(uint32_t type, std::vector<std::byte> payload,
                                      size_t more = 0, bool extension = false) {
    BitWriter out;
    out.u(1, 0);
    out.u(4, type);
    out.flag(extension);
    out.u(2, 2);  // has_size_field
    if (extension) {
        out.u(8, 0x28);
    }
    size_t size = payload.size() + more;
    while (size > 127) {
        out.u(8, static_cast<uint32_t>(size & 127) | 128);
        size >>= 7;
    }
    out.u(8, static_cast<uint32_t>(size));
    std::vector<std::byte> bytes = out.bytes();
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
}

}  // namespace v4l2va::test
