// SPDX-License-Identifier: MIT
// vaCreateSurfaces: what its attributes ask for, and where the memory is to come from.
#include <drm_fourcc.h>

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "base/checked.h"
#include "va/driver.h"
#include "va/drm_compat.h"
#include "va/import.h"
#include "va/surface.h"

namespace v4l2va {

namespace {

// No decoder that we know of goes beyond 65520; anything larger is a client's mistake.
constexpr uint32_t kMaxSurfaceDimension = 65536;
constexpr unsigned int kMaxSurfacesPerCall = 4096;

// The VA fourcc that a surface of `rt_format` has unless an attribute says otherwise; 0 when none.
uint32_t fourcc_of_rt_format(unsigned int rt_format) {
    switch (rt_format) {
        case VA_RT_FORMAT_YUV420:
            return VA_FOURCC_NV12;
        case VA_RT_FORMAT_YUV420_10:
            return VA_FOURCC_P010;
        default:
            return 0;
    }
}

// What a call asks for.
struct SurfaceRequest {
    Size size;
    uint32_t fourcc = 0;  // VA_FOURCC_* of the pixels
    uint32_t memory_type = VA_SURFACE_ATTRIB_MEM_TYPE_VA;
    const void* descriptors = nullptr;                   // of a DRM memory type only
    const VADRMFormatModifierList* modifiers = nullptr;  // one for each surface, or null
};

VAStatus read_memory_type(const VASurfaceAttrib& attribute, SurfaceRequest& request) {
    request.memory_type = static_cast<uint32_t>(attribute.value.value.i);
    switch (request.memory_type) {
        case VA_SURFACE_ATTRIB_MEM_TYPE_VA:
        case VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME:
        case VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2:
        case kMemoryTypeDrmPrime3:
            return VA_STATUS_SUCCESS;
        default:
            return VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
    }
}

// Clients pass back any attribute that they read, so those that only report are ignored. The flags
// and the value's type are not to be trusted: ffmpeg leaves both 0.
VAStatus read_surface_attribute(const VASurfaceAttrib& attribute, SurfaceRequest& request) {
    switch (attribute.type) {
        case VASurfaceAttribPixelFormat:
            // It says more than the render target format, and libva's own test suite has the two
            // differ in depth.
            request.fourcc = static_cast<uint32_t>(attribute.value.value.i);
            return VA_STATUS_SUCCESS;
        case VASurfaceAttribMemoryType:
            return read_memory_type(attribute, request);
        case VASurfaceAttribExternalBufferDescriptor:
            request.descriptors = attribute.value.value.p;
            return VA_STATUS_SUCCESS;
        case VASurfaceAttribDRMFormatModifiers:
            request.modifiers =
                static_cast<const VADRMFormatModifierList*>(attribute.value.value.p);
            return VA_STATUS_SUCCESS;
        case VASurfaceAttribMinWidth:
        case VASurfaceAttribMaxWidth:
        case VASurfaceAttribMinHeight:
        case VASurfaceAttribMaxHeight:
        case VASurfaceAttribUsageHint:  // all memory is as good for one use as for another
            return VA_STATUS_SUCCESS;
        default:
            return attribute.type == kVaSurfaceAttribAlignmentSize
                       ? VA_STATUS_SUCCESS
                       : VA_STATUS_ERROR_ATTR_NOT_SUPPORTED;
    }
}

// Null when no device decodes to surfaces of `fourcc`.
const PixelFormat* offered_format(const Driver& driver, uint32_t fourcc) {
    const PixelFormat* format = fourcc != 0 ? find_linear_format(fourcc) : nullptr;
    return format && driver.offers_depth(format->bit_depth) ? format : nullptr;
}

VAStatus check_surface_size(unsigned int width, unsigned int height) {
    if (width == 0 || height == 0) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    if (width > kMaxSurfaceDimension || height > kMaxSurfaceDimension) {
        return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
    }
    return VA_STATUS_SUCCESS;
}

VAStatus read_request(Driver& driver, unsigned int rt_format,
                      std::span<const VASurfaceAttrib> attributes, SurfaceRequest& request) {
    request.fourcc = fourcc_of_rt_format(rt_format);
    if (!offered_format(driver, request.fourcc)) {
        return VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT;
    }
    for (const VASurfaceAttrib& attribute : attributes) {
        if (const VAStatus status = read_surface_attribute(attribute, request);
            status != VA_STATUS_SUCCESS) {
            return status;
        }
    }
    if (!offered_format(driver, request.fourcc)) {
        return VA_STATUS_ERROR_INVALID_IMAGE_FORMAT;
    }
    // Memory that exists has its modifier.
    const bool imports = request.memory_type != VA_SURFACE_ATTRIB_MEM_TYPE_VA;
    return imports && request.modifiers ? VA_STATUS_ERROR_INVALID_PARAMETER : VA_STATUS_SUCCESS;
}

// The memory of surfaces of `format` whose modifier the client lists: what it would be anyway, if
// that is among them. The height of columns is a part of their modifier, and not known yet.
std::optional<FrameSource> find_source(Driver& driver, const PixelFormat& format,
                                       std::span<const uint64_t> modifiers) {
    const auto listed = [&](const PixelFormat* candidate) {
        return candidate && candidate->drm_fourcc == format.drm_fourcc &&
               candidate->arrangement != Arrangement::kColumns &&
               std::find(modifiers.begin(), modifiers.end(), candidate->drm_modifier) !=
                   modifiers.end();
    };
    const FrameSource usual = driver.frame_source(format);
    if (listed(find_pixel_format(usual.capture_fourcc))) {
        return usual;
    }
    for (const DeviceInfo& device : driver.devices()) {
        for (const PixelFormat* candidate : formats_of(device, format.va_fourcc)) {
            if (listed(candidate)) {
                return FrameSource{&device, candidate->v4l2_fourcc};
            }
        }
    }
    return std::nullopt;
}

// Leaves `source` empty where the client has no wish, or DRM_FORMAT_MOD_INVALID is good enough.
// ATTR_NOT_SUPPORTED makes GStreamer's va elements try without the list.
VAStatus apply_modifiers(Driver& driver, const PixelFormat& format,
                         const VADRMFormatModifierList& list, std::optional<FrameSource>& source) {
    if (list.num_modifiers == 0) {
        return VA_STATUS_SUCCESS;
    }
    if (!list.modifiers) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    const std::span<const uint64_t> modifiers(list.modifiers, list.num_modifiers);
    if (std::find(modifiers.begin(), modifiers.end(), DRM_FORMAT_MOD_INVALID) != modifiers.end()) {
        return VA_STATUS_SUCCESS;
    }
    source = find_source(driver, format, modifiers);
    return source ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_ATTR_NOT_SUPPORTED;
}

VAStatus make_surfaces(Driver& driver, const SurfaceRequest& request, unsigned int count,
                       std::vector<std::shared_ptr<Surface>>& surfaces) {
    const PixelFormat& format = *offered_format(driver, request.fourcc);
    if (request.memory_type != VA_SURFACE_ATTRIB_MEM_TYPE_VA) {
        std::vector<std::shared_ptr<FrameMemory>> frames;
        const VAStatus status =
            import_frames(driver, {request.memory_type, request.descriptors, request.size, &format},
                          count, frames);
        for (std::shared_ptr<FrameMemory>& frame : frames) {
            surfaces.push_back(std::make_shared<Surface>(request.size, format, std::move(frame)));
        }
        return status;
    }
    for (unsigned int i = 0; i < count; ++i) {
        std::optional<FrameSource> source;
        if (request.modifiers) {
            if (const VAStatus status =
                    apply_modifiers(driver, format, request.modifiers[i], source);
                status != VA_STATUS_SUCCESS) {
                return status;
            }
        }
        surfaces.push_back(std::make_shared<Surface>(request.size, format, source));
    }
    return VA_STATUS_SUCCESS;
}

}  // namespace

VAStatus create_surfaces(Driver& driver, int width, int height, int format, int num_surfaces,
                         VASurfaceID* surfaces) {
    if (width <= 0 || height <= 0 || num_surfaces < 0) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    return create_surfaces2(driver, static_cast<unsigned int>(format),
                            static_cast<unsigned int>(width), static_cast<unsigned int>(height),
                            surfaces, static_cast<unsigned int>(num_surfaces), nullptr, 0);
}

VAStatus create_surfaces2(Driver& driver, unsigned int format, unsigned int width,
                          unsigned int height, VASurfaceID* surfaces, unsigned int num_surfaces,
                          VASurfaceAttrib* attributes, unsigned int num_attributes) {
    if (!surfaces || num_surfaces == 0 || num_surfaces > kMaxSurfacesPerCall ||
        (num_attributes > 0 && !attributes)) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    if (const VAStatus status = check_surface_size(width, height); status != VA_STATUS_SUCCESS) {
        return status;
    }
    SurfaceRequest request{.size = {width, height}};
    if (const VAStatus status =
            read_request(driver, format, std::span(attributes, num_attributes), request);
        status != VA_STATUS_SUCCESS) {
        return status;
    }
    std::vector<std::shared_ptr<Surface>> made;
    if (const VAStatus status = make_surfaces(driver, request, num_surfaces, made);
        status != VA_STATUS_SUCCESS) {
        return status;
    }
    for (unsigned int i = 0; i < num_surfaces; ++i) {
        surfaces[i] = driver.surfaces.add(std::move(made[i]));
        if (surfaces[i] == VA_INVALID_ID) {
            (void)destroy_surfaces(driver, surfaces, narrow<int>(i));
            return VA_STATUS_ERROR_ALLOCATION_FAILED;
        }
    }
    return VA_STATUS_SUCCESS;
}

}  // namespace v4l2va
