// SPDX-License-Identifier: MIT
// What newer versions of libva declare and older headers lack.
#pragma once

#include <va/va.h>

#include <cstdint>

namespace v4l2va {

// VAProfileH264High10 of libva 2.18.
inline constexpr VAProfile kVaProfileH264High10 = static_cast<VAProfile>(36);

// VA_PICTURE_H264_NON_EXISTING of libva 2.23: a frame that a gap in frame_num implies (8.2.5.2).
inline constexpr uint32_t kVaPictureH264NonExisting = 0x20;

#if VA_CHECK_VERSION(1, 18, 0)
static_assert(kVaProfileH264High10 == VAProfileH264High10);
#endif
#ifdef VA_PICTURE_H264_NON_EXISTING
static_assert(kVaPictureH264NonExisting == VA_PICTURE_H264_NON_EXISTING);
#endif

}  // namespace v4l2va
