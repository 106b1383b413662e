// SPDX-License-Identifier: MIT
// Export of surfaces as dma-bufs.
#include "va/export.h"

#include <drm_fourcc.h>

#include <array>
#include <cstring>

#include "base/checked.h"
#include "va/driver.h"
#include "va/drm_compat.h"
#include "va/surface.h"

namespace v4l2va {

namespace {

using Descriptor = VADRMPRIMESurfaceDescriptor;
using Planes = std::array<ColourPlane, kMaxColourPlanes>;

// What Mali GPUs before Valhall want of rows. S_FMT does not raise bytesperline: hantro, rkvdec and
// visl overwrite it with that of v4l2_fill_pixfmt_mp(), cedrus with one of its own.
constexpr uint32_t kWidelyImportedPitch = 64;

// Some layouts have no DRM name, and tiles none for their planes on their own.
bool is_exportable(const PixelFormat* format, bool separate) {
    return format && format->drm_fourcc != 0 && (!separate || format->plane_drm_fourccs[0] != 0);
}

void fill_composed(Descriptor& descriptor, const PixelFormat& format, const Planes& planes) {
    descriptor.num_layers = 1;
    auto& layer = descriptor.layers[0];
    layer.drm_format = format.drm_fourcc;
    layer.num_planes = format.num_colour_planes;
    for (uint32_t i = 0; i < format.num_colour_planes; ++i) {
        layer.object_index[i] = planes[i].memory_plane;
        layer.offset[i] = planes[i].offset;
        layer.pitch[i] = planes[i].pitch;
    }
}

void fill_separate(Descriptor& descriptor, const PixelFormat& format, const Planes& planes) {
    descriptor.num_layers = format.num_colour_planes;
    for (uint32_t i = 0; i < format.num_colour_planes; ++i) {
        auto& layer = descriptor.layers[i];
        layer.drm_format = format.plane_drm_fourccs[i];
        layer.num_planes = 1;
        layer.object_index[0] = planes[i].memory_plane;
        layer.offset[0] = planes[i].offset;
        layer.pitch[0] = planes[i].pitch;
    }
}

// The objects' descriptors belong to the caller of vaExportSurfaceHandle; `owned` keeps them until
// all are there.
Result<> fill_objects(Descriptor& descriptor, const FrameMemory& memory, uint64_t modifier,
                      std::array<UniqueFd, kMaxPlanes>& owned) {
    descriptor.num_objects = memory.layout().num_planes;
    for (uint32_t i = 0; i < memory.layout().num_planes; ++i) {
        const auto size = memory.dma_buf_size(i);
        if (!size) {
            return fail(size.error());
        }
        auto fd = memory.export_plane(i);
        if (!fd) {
            return fail(fd.error());
        }
        owned[i] = std::move(*fd);
        descriptor.objects[i].size = narrow<uint32_t>(*size);
        descriptor.objects[i].drm_format_modifier = modifier;
    }
    return {};
}

Result<> fill_descriptor(Descriptor& descriptor, const Surface& surface, const FrameMemory& memory,
                         bool separate) {
    const PixelFormat* format = find_pixel_format(memory.layout().fourcc);
    if (!is_exportable(format, separate)) {
        return fail(ErrorCode::kUnsupported, "no DRM name for this layout");
    }
    descriptor = {};
    descriptor.fourcc = format->export_fourcc;
    descriptor.width = surface.size().width;
    descriptor.height = surface.size().height;
    const Planes planes = colour_planes(*format, memory.layout(), surface.size());
    if (separate) {
        fill_separate(descriptor, *format, planes);
    } else {
        fill_composed(descriptor, *format, planes);
    }
    std::array<UniqueFd, kMaxPlanes> owned;
    const uint64_t modifier = export_modifier(*format, memory.layout());
    if (auto filled = fill_objects(descriptor, memory, modifier, owned); !filled) {
        return filled;
    }
    for (uint32_t i = 0; i < descriptor.num_objects; ++i) {
        descriptor.objects[i].fd = owned[i].release();
    }
    return {};
}

}  // namespace

VAStatus export_surface_handle(Driver& driver, VASurfaceID surface_id, uint32_t mem_type,
                               uint32_t flags, void* descriptor) {
    const std::shared_ptr<Surface> surface = driver.surfaces.find(surface_id);
    if (!surface) {
        return VA_STATUS_ERROR_INVALID_SURFACE;
    }
    if (mem_type != VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2 && mem_type != kMemoryTypeDrmPrime3) {
        return VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
    }
    if (!descriptor) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    const bool separate = (flags & VA_EXPORT_SURFACE_SEPARATE_LAYERS) != 0;
    const FrameSource source = driver.frame_source(surface->format());
    if (!is_exportable(surface->memory_format(source), separate)) {
        return VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;  // clients fall back to vaGetImage
    }
    auto memory = surface->memory(driver.system(), source);
    if (!memory) {
        return driver.report("vaExportSurfaceHandle", memory.error());
    }
    if (const VAStatus status =
            wait_for_operation(driver, "vaExportSurfaceHandle", *surface, kUntilDone);
        status != VA_STATUS_SUCCESS) {
        return status;
    }
    surface->set_exported();
    Descriptor filled;
    if (const auto done = fill_descriptor(filled, *surface, **memory, separate); !done) {
        return driver.report("vaExportSurfaceHandle", done.error());
    }
    const uint32_t pitch = filled.layers[0].pitch[0];
    if (filled.objects[0].drm_format_modifier == DRM_FORMAT_MOD_LINEAR &&
        pitch % kWidelyImportedPitch != 0) {
        driver.tell_odd_pitch(pitch);
    }
    if (mem_type == kMemoryTypeDrmPrime3) {
        DrmPrime3Descriptor with_flags = {};
        std::memcpy(&with_flags, &filled, kDrmPrimeCommonBytes);
        std::memcpy(descriptor, &with_flags, sizeof(with_flags));
    } else {
        std::memcpy(descriptor, &filled, sizeof(filled));
    }
    return VA_STATUS_SUCCESS;
}

}  // namespace v4l2va
