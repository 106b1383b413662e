// SPDX-License-Identifier: MIT
#include "hantro_g2.h"

#include <cstdint>
#include <string>

#include "hevc_slices.h"
#include "sw_registers.h"

namespace hardware {
namespace {

// g2_mode.
constexpr uint32_t kHevc = 0xc;
constexpr uint32_t kVp9 = 0xd;

}  // namespace

std::variant<PictureJob, NoPicture> HantroG2::read(const JobView& view) {
    const uint32_t mode = SwRegisters(view.registers, 0).bits(3, 27, 5);
    switch (mode) {
        case kHevc:
            return hevc_.read(view);
        case kVp9:
            return vp9_.read(view);
        default:
            return NoPicture{"mode " + std::to_string(mode) + " is not modelled"};
    }
}

void HantroG2::adapt(vdec::Personality& device) const {
    device.hevc = HevcSlices::style();
    device.vp9 = HantroG2Vp9::fields();
}

}  // namespace hardware
