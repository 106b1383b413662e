// SPDX-License-Identifier: MIT
// Import of clients' dma-bufs as surfaces.
#pragma once

#include <va/va.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "frame/frame_memory.h"
#include "v4l2/pixel_format.h"

namespace v4l2va {

class Driver;

// What vaCreateSurfaces is asked to import.
struct ImportRequest {
    // VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME, _DRM_PRIME_2 or _DRM_PRIME_3.
    uint32_t memory_type = 0;
    // VASurfaceAttribExternalBuffers with a descriptor for each surface, or an array of as many
    // VADRMPRIMESurfaceDescriptor or VADRMPRIME3SurfaceDescriptor.
    const void* descriptors = nullptr;
    Size size;
    const PixelFormat* format = nullptr;  // linear: what clients see
};

// The memory of `count` surfaces. A descriptor must say what an export of a surface of this size
// would say: the client's frame fits what some device decodes to, or is not taken.
// VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE: it does not fit, is protected, or no device can map it.
// VA_STATUS_ERROR_INVALID_PARAMETER: the descriptor contradicts itself, is smaller than the
// surface, or holds what is no open file descriptor. The client's descriptors stay its own.
[[nodiscard]] VAStatus import_frames(Driver& driver, const ImportRequest& request, uint32_t count,
                                     std::vector<std::shared_ptr<FrameMemory>>& frames);

}  // namespace v4l2va
