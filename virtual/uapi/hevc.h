// SPDX-License-Identifier: MIT
// The HEVC controls that Linux has since 7.0: the reference picture sets of the SPS.
#pragma once

#include <linux/v4l2-controls.h>

#include <cstdint>

namespace vdec::hevc {

// V4L2_CID_STATELESS_HEVC_EXT_SPS_{ST,LT}_RPS and their types.
constexpr uint32_t kCidExtSpsStRps = V4L2_CID_CODEC_STATELESS_BASE + 408;
constexpr uint32_t kCidExtSpsLtRps = V4L2_CID_CODEC_STATELESS_BASE + 409;
constexpr uint32_t kTypeExtSpsStRps = 0x0275;
constexpr uint32_t kTypeExtSpsLtRps = 0x0276;
constexpr uint32_t kMaxExtSpsStRps = 64;
constexpr uint32_t kMaxExtSpsLtRps = 32;
constexpr uint16_t kInterRefPicSetPred = 1;
constexpr uint16_t kUsedLt = 1;

struct ExtSpsStRps {
    uint8_t delta_idx_minus1;
    uint8_t delta_rps_sign;
    uint8_t num_negative_pics;
    uint8_t num_positive_pics;
    uint32_t used_by_curr_pic;
    uint32_t use_delta_flag;
    uint16_t abs_delta_rps_minus1;
    uint16_t delta_poc_s0_minus1[16];
    uint16_t delta_poc_s1_minus1[16];
    uint16_t flags;
};
static_assert(sizeof(ExtSpsStRps) == 80);

struct ExtSpsLtRps {
    uint16_t lt_ref_pic_poc_lsb_sps;
    uint16_t flags;
};
static_assert(sizeof(ExtSpsLtRps) == 4);

}  // namespace vdec::hevc
