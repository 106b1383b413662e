// SPDX-License-Identifier: MIT
// What videodev2.h has of buffers since Linux 6.8: their largest number, and VIDIOC_REMOVE_BUFS.
#pragma once

#include <linux/ioctl.h>
#include <linux/types.h>

#include <cstdint>

namespace vdec {

inline constexpr uint32_t kSupportsMaxNumBuffers = 1U << 7;
inline constexpr uint32_t kSupportsRemoveBufs = 1U << 8;

// struct v4l2_remove_buffers.
struct RemoveBuffers {
    __u32 index;
    __u32 count;
    __u32 type;
    __u32 reserved[13];
};
static_assert(sizeof(RemoveBuffers) == 64);

inline constexpr uint32_t kVidiocRemoveBufs = _IOWR('V', 104, RemoveBuffers);

}  // namespace vdec
