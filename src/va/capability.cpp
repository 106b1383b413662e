// SPDX-License-Identifier: MIT
// Which profiles a device decodes, and how deep: what the driver offers and v4l2va-info tells.
#include "va/capability.h"

#include <linux/videodev2.h>

#include <algorithm>
#include <utility>

#include "v4l2/pixel_format.h"
#include "v4l2/quirks.h"

namespace v4l2va {

namespace {

bool captures_depth(const CodedFormatInfo& coded, uint32_t bit_depth) {
    return std::any_of(coded.capture_fourccs.begin(), coded.capture_fourccs.end(),
                       [bit_depth](uint32_t fourcc) {
                           const PixelFormat* format = find_pixel_format(fourcc);
                           return format && format->bit_depth == bit_depth;
                       });
}

}  // namespace

bool device_decodes(const DeviceInfo& device, const CodecInfo& codec, const ProfileInfo& profile) {
    const CodedFormatInfo* coded = device.find(codec.coded_fourcc);
    if (!coded) {
        return false;
    }
    uint64_t profile_mask = coded->profile_mask;
    if (codec.coded_fourcc == V4L2_PIX_FMT_H264_SLICE && device.quirks) {
        profile_mask &= ~device.quirks->h264_nominal_profiles;
    }
    if (coded->has_profile_menu && (profile_mask & profile.menu_items) == 0) {
        return false;
    }
    if (!std::all_of(codec.required_controls.begin(), codec.required_controls.end(),
                     [coded](uint32_t id) { return coded->has_control(id); })) {
        return false;
    }
    return captures_depth(*coded, profile.bit_depth) ||
           (!profile.needs_deepest && captures_depth(*coded, profile.min_bit_depth));
}

uint32_t rt_formats(const DeviceInfo& device, const CodecInfo& codec, const ProfileInfo& profile) {
    if (!device_decodes(device, codec, profile)) {
        return 0;
    }
    uint32_t formats = 0;
    for (const auto& [depth, rt_format] :
         {std::pair{8U, VA_RT_FORMAT_YUV420}, std::pair{10U, VA_RT_FORMAT_YUV420_10}}) {
        if (depth >= profile.min_bit_depth && depth <= profile.bit_depth &&
            captures_depth(*device.find(codec.coded_fourcc), depth)) {
            formats |= static_cast<uint32_t>(rt_format);
        }
    }
    return formats;
}

}  // namespace v4l2va
