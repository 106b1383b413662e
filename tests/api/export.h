// SPDX-License-Identifier: MIT
// Export: a surface as a client keeps it that shows it elsewhere.
#pragma once

#include <va/va.h>
#include <va/va_drmcommon.h>

#include "recording.h"

namespace v4l2va::test {

using Descriptor = VADRMPRIMESurfaceDescriptor;

// Where a plane lies in memory, in bytes.
struct PlanePlace {
    uint32_t offset = 0;
    uint32_t pitch = 0;
};

// The NV12 picture at `bytes`.
[[nodiscard]] Pixels read_planes(const void* bytes, PlanePlace luma, PlanePlace chroma,
                                 unsigned width, unsigned height);

// A read-only export: descriptors and one mapping, of the first object.
class Export {
  public:
    // `flags`: VA_EXPORT_SURFACE_SEPARATE_LAYERS or VA_EXPORT_SURFACE_COMPOSED_LAYERS.
    Export(VADisplay display, VASurfaceID surface, uint32_t flags);
    ~Export();
    Export(const Export&) = delete;
    Export& operator=(const Export&) = delete;

    [[nodiscard]] VAStatus status() const { return status_; }
    [[nodiscard]] const Descriptor& descriptor() const { return descriptor_; }
    [[nodiscard]] Pixels read(unsigned width, unsigned height) const;
    [[nodiscard]] Pixels read(const Recording& recording) const {
        return read(recording.visible_width, recording.visible_height);
    }

  private:
    VAStatus status_ = VA_STATUS_ERROR_OPERATION_FAILED;
    Descriptor descriptor_ = {};
    size_t size_ = 0;
    void* map_ = nullptr;
};

}  // namespace v4l2va::test
