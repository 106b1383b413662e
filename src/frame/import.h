// SPDX-License-Identifier: MIT
// Frame memory that a client brings.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "frame/frame_memory.h"
#include "v4l2/pixel_format.h"

namespace v4l2va {

// What a client says of its dma-bufs, in DRM's words.
struct ClientFrame {
    uint64_t drm_modifier = 0;  // DRM_FORMAT_MOD_INVALID: nothing said, which is taken for linear
    uint32_t num_planes = 0;    // colour planes
    std::array<ColourPlane, kMaxColourPlanes> planes{};  // memory_plane, offset and pitch only
    uint32_t num_dma_bufs = 0;
    std::array<int, kMaxPlanes> dma_bufs{-1, -1, -1};  // borrowed
};

// Makes the client's dma-bufs the memory of a surface of `size`, when they are what
// allocate_frame_memory() would have made for some codec: the same planes at the same offsets with
// the same pitches, and large enough; then every codec whose frames lie like that decodes straight
// into it. The device is asked to map them, too (PREPARE_BUF), where its driver can. The memory has
// descriptors of its own. Errors: kUnsupported for another layout, a smaller dma-buf, or one that
// the device cannot map; kInvalidParameter for what is no open descriptor; else those of
// allocate_frame_memory().
[[nodiscard]] Result<std::shared_ptr<FrameMemory>> import_frame_memory(System& system,
                                                                       const DeviceInfo& device,
                                                                       Size size,
                                                                       uint32_t capture_fourcc,
                                                                       const ClientFrame& frame);

}  // namespace v4l2va
