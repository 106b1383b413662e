// SPDX-License-Identifier: MIT
// What the node says that it has: capabilities, formats, sizes.
#include <linux/version.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "device/context.h"
#include "image/image_layout.h"
#include "uapi/av1.h"
#include "uapi/pixel_formats.h"

namespace vdec {
namespace {

template <size_t size>
void set_text(__u8 (&to)[size], const char* text) {
    std::snprintf(reinterpret_cast<char*>(to), size, "%s", text);
}

}  // namespace

int Context::querycap(VideoCall&, v4l2_capability& cap) {
    cap = {};
    set_text(cap.driver, personality().driver);
    set_text(cap.card, card_of(device_.node));
    set_text(cap.bus_info, bus_info_of(device_.node));
    cap.version = KERNEL_VERSION(6, 12, 0);
    cap.device_caps = V4L2_CAP_STREAMING;
    cap.device_caps |= personality().multi_planar ? V4L2_CAP_VIDEO_M2M_MPLANE : V4L2_CAP_VIDEO_M2M;
    cap.device_caps |= V4L2_CAP_EXT_PIX_FORMAT;
    cap.capabilities = cap.device_caps | V4L2_CAP_DEVICE_CAPS;
    return 0;
}

const CodedFormat& Context::coded_format(uint32_t fourcc) const {
    const auto formats = personality().coded_formats;
    const auto found = std::ranges::find(formats, fourcc, &CodedFormat::fourcc);
    return found == formats.end() ? formats.front() : *found;
}

int Context::enum_fmt(VideoCall&, v4l2_fmtdesc& desc) {
    const uint32_t index = desc.index;
    const uint32_t type = desc.type;
    if (queue_of(type) == nullptr) return -EINVAL;
    desc = {};
    desc.index = index;
    desc.type = type;
    if (is_type(type, true)) {
        if (index >= personality().coded_formats.size()) return -EINVAL;
        const CodedFormat& format = personality().coded_formats[index];
        desc.pixelformat = format.fourcc;
        desc.flags = V4L2_FMT_FLAG_COMPRESSED;
        set_text(desc.description, format.description);
        return 0;
    }
    // mtk_vdec_get_cap_fmt() has no format for VP8 once a sequence had ten bits.
    const bool has_deep =
        !std::ranges::equal(personality().capture_formats, personality().deep_capture_formats);
    const bool none = bit_depth_ > max_bit_depth() && personality().depth_is_sticky && has_deep;
    const std::vector<uint32_t> formats = listed_capture_formats();
    if (none || index >= formats.size()) return -EINVAL;
    desc.pixelformat = formats[index];
    set_text(desc.description, format_description(desc.pixelformat));
    return 0;
}

int Context::enum_framesizes(VideoCall&, v4l2_frmsizeenum& sizes) {
    if (personality().size_listing == SizeListing::none) return -ENOTTY;
    const CodedFormat& format = coded_format(sizes.pixel_format);
    if (format.fourcc != sizes.pixel_format) return enum_picture_sizes(sizes);
    if (sizes.index != 0) return -EINVAL;
    const Sizes& range = format.sizes;
    if (personality().size_listing == SizeListing::continuous) {
        sizes.type = V4L2_FRMSIZE_TYPE_CONTINUOUS;
        sizes.stepwise = {1, range.max_width, 1, 1, range.max_height, 1};
        return 0;
    }
    sizes.type = V4L2_FRMSIZE_TYPE_STEPWISE;
    sizes.stepwise = {range.min_width,  range.max_width,  range.step_width,
                      range.min_height, range.max_height, range.step_height};
    return 0;
}

int Context::enum_picture_sizes(v4l2_frmsizeenum& sizes) const {
    const CaptureListing listing = personality().capture_listing;
    if (listing == CaptureListing::invalid) return -EINVAL;
    if (listing == CaptureListing::none_first && sizes.index != 0) return -EINVAL;
    const auto has = [&](std::span<const uint32_t> formats) {
        return std::ranges::find(formats, sizes.pixel_format) != formats.end();
    };
    const std::span<const uint32_t> shallow = personality().capture_formats;
    const std::span<const uint32_t> deep = personality().deep_capture_formats;
    if (!has(shallow) && !has(deep)) return -EINVAL;
    const bool first = has(shallow.first(1)) || has(deep.first(1));
    if (first || listing == CaptureListing::none_first) return -ENOTTY;
    if (listing != CaptureListing::none_or_scaled || sizes.index > 3) return -EINVAL;
    sizes.type = V4L2_FRMSIZE_TYPE_DISCRETE;
    sizes.stepwise = {};
    sizes.discrete = {output_format_.width >> sizes.index, output_format_.height >> sizes.index};
    return 0;
}

std::span<const uint32_t> Context::capture_formats() const {
    const size_t first = personality().film_grain_is_post_processed && film_grain_ ? 1 : 0;
    if (bit_depth_ <= 8) return personality().capture_formats.subspan(first);
    const auto formats = personality().deep_capture_formats.subspan(first);
    if (formats.empty() || formats[0] != V4L2_PIX_FMT_MT2110T) return formats;
    // Of MediaTek's two, H.264 has the second one and everything else the first.
    return formats.subspan(output_format_.fourcc == V4L2_PIX_FMT_H264_SLICE ? 1 : 0, 1);
}

bool Context::lists_all_formats() const {
    switch (personality().lists_all_formats) {
        case ListsAll::never:
            return false;
        case ListsAll::after_output_format:
            return any_image_format_;
        case ListsAll::until_sequence:
            return !sequence_set_;
    }
    return false;
}

unsigned Context::max_bit_depth() const {
    switch (output_format_.fourcc) {
        case V4L2_PIX_FMT_H264_SLICE:
            return personality().max_bit_depth;
        case V4L2_PIX_FMT_HEVC_SLICE:
            return personality().hevc.max_bit_depth;
        case V4L2_PIX_FMT_VP9_FRAME:
            return personality().vp9_max_bit_depth;
        case av1::kPixelFormat:
            return personality().av1.max_bit_depth;
        default:
            return 8;
    }
}

std::vector<uint32_t> Context::listed_capture_formats() const {
    const auto possible = capture_formats();
    std::vector<uint32_t> result(possible.begin(), possible.end());
    if (!lists_all_formats()) return result;
    const auto add = [&result](std::span<const uint32_t> more) {
        result.insert(result.end(), more.begin(), more.end());
    };
    if (max_bit_depth() > 8) add(personality().deep_capture_formats);
    if (output_format_.fourcc == V4L2_PIX_FMT_H264_SLICE) add(personality().other_capture_formats);
    return result;
}

}  // namespace vdec
