// SPDX-License-Identifier: MIT
// Export of surfaces as dma-bufs.
#pragma once

#include <va/va.h>

#include <cstdint>

namespace v4l2va {

class Driver;

// vaExportSurfaceHandle: DRM_PRIME_2 or _3, composed (one layer) or separate (a layer a plane).
// Waits for the decode: clients may sample the buffer as soon as they have it, and V4L2 buffers
// carry no fence.
VAStatus export_surface_handle(Driver& driver, VASurfaceID surface_id, uint32_t mem_type,
                               uint32_t flags, void* descriptor);

}  // namespace v4l2va
