// SPDX-License-Identifier: MIT
#include "cedrus.h"

#include <cstdint>

#include "cedrus_mpeg2.h"
#include "hevc_slices.h"

namespace hardware {
namespace {

// The registers that start a decoder each, and what starts the second one with VP8 in it.
constexpr uint32_t kMpegTrigger = 0x118;
constexpr uint32_t kH264Trigger = 0x224;
constexpr uint32_t kH265Trigger = 0x534;
constexpr uint32_t kVp8SliceDecode = 10;

}  // namespace

std::variant<PictureJob, NoPicture> Cedrus::read(const JobView& view) {
    switch (view.job.offset) {
        case kMpegTrigger:
            return read_cedrus_mpeg2(view);
        case kH264Trigger:
            return (view.job.value & 15) == kVp8SliceDecode ? vp8_.read(view) : h264_.read(view);
        case kH265Trigger:
            return hevc_.read(view);
        default:
            return NoPicture{"a trigger that is not modelled"};
    }
}

void Cedrus::adapt(vdec::Personality& device) const {
    device.hevc = HevcSlices::style();
    device.vp8 = CedrusVp8::fields();
}

}  // namespace hardware
