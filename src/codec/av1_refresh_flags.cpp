// SPDX-License-Identifier: MIT
// Av1RefreshFlags: refresh_frame_flags from what clients send with the tiles.
#include "codec/av1_refresh_flags.h"

#include <algorithm>
#include <iterator>

#include "codec/av1_controls.h"

namespace v4l2va {
namespace {

Av1ToldFrame told_frame(const VADecPictureParameterBufferAV1& picture) {
    const auto& pic = picture.pic_info_fields.bits;
    Av1ToldFrame told;
    told.frame_type = pic.frame_type;
    told.show_frame = pic.show_frame != 0;
    told.showable_frame = pic.showable_frame != 0;
    told.error_resilient_mode = pic.error_resilient_mode != 0;
    told.disable_cdf_update = pic.disable_cdf_update != 0;
    told.allow_screen_content_tools = pic.allow_screen_content_tools != 0;
    told.force_integer_mv = pic.force_integer_mv != 0;
    told.order_hint = picture.order_hint;
    told.order_hint_bits = av1_order_hint_bits(picture);
    told.primary_ref_frame = picture.primary_ref_frame;
    std::copy(std::begin(picture.ref_frame_idx), std::end(picture.ref_frame_idx),
              told.ref_frame_idx.begin());
    return told;
}

}  // namespace

std::optional<uint8_t> Av1RefreshFlags::read(const VADecPictureParameterBufferAV1& picture,
                                             std::span<const std::byte> data) {
    const Av1ToldFrame told = told_frame(picture);
    if (told.intra()) {
        return learned_ ? match_av1_frame_header(data, told, layouts_).refresh_frame_flags
                        : std::nullopt;
    }
    const uint8_t possible = learned_ ? layouts_ : kAv1AllLayouts;
    Av1HeaderMatch match = match_av1_frame_header(data, told, possible);
    if (match.layouts == 0) {
        match = match_av1_frame_header(data, told, kAv1AllLayouts);
    }
    if (match.layouts != 0) {
        layouts_ = match.layouts;
        learned_ = true;
    }
    return match.refresh_frame_flags;
}

}  // namespace v4l2va
