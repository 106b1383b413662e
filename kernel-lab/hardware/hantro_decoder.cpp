// SPDX-License-Identifier: MIT
#include "hantro_decoder.h"

#include <string>

namespace hardware {
namespace {

// DEC_MODE.
constexpr uint32_t kH264 = 0;
constexpr uint32_t kMpeg2 = 5;
constexpr uint32_t kVp8 = 10;

}  // namespace

std::variant<PictureJob, NoPicture> HantroDecoder::read(const JobView& view) {
    const SwRegisters of(view.registers, base_);
    const uint32_t told = mode(of);
    switch (told) {
        case kH264:
            return h264_.read(h264(of), view.memory, view.pictures);
        case kMpeg2:
            return read_mpeg2(mpeg2(of), view.memory, view.pictures);
        case kVp8:
            return vp8_.read(vp8(of), view.memory, view.pictures);
        default:
            return NoPicture{"mode " + std::to_string(told) + " is not modelled"};
    }
}

void HantroDecoder::adapt(vdec::Personality& device) const {
    device.h264.skips_headers = true;
    device.h264.no_motion_of_baseline = true;
    device.vp8 = HantroVp8::fields();
    device.mpeg2_reads_field_order = true;
}

}  // namespace hardware
