// SPDX-License-Identifier: MIT
// Import of clients' dma-bufs as surfaces.
#include "va/import.h"

#include <drm_fourcc.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/checked.h"
#include "frame/import.h"
#include "va/driver.h"
#include "va/drm_compat.h"

namespace v4l2va {

namespace {

// A descriptor of any kind.
struct ExternalFrame {
    uint32_t fourcc = 0;  // VA's, or DRM's where VA has none
    Size size;
    uint32_t flags = 0;  // VA_SURFACE_EXTBUF_DESC_*
    ClientFrame frame;
    // The DRM formats of its layers; none are told with DRM_PRIME.
    uint32_t num_layers = 0;
    std::array<uint32_t, kMaxColourPlanes> layer_formats{};
};

VAStatus read_external_buffers(const ImportRequest& request, uint32_t index,
                               ExternalFrame& external) {
    VASurfaceAttribExternalBuffers buffers;
    std::memcpy(&buffers, request.descriptors, sizeof(buffers));
    if (!buffers.buffers || index >= buffers.num_buffers) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    if (buffers.num_planes == 0 || buffers.num_planes > kMaxColourPlanes) {
        return VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
    }
    if ((buffers.flags & VA_SURFACE_EXTBUF_DESC_ENABLE_TILING) != 0) {
        return VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;  // it cannot say which tiles
    }
    external.fourcc = buffers.pixel_format;
    external.size = {buffers.width, buffers.height};
    external.flags = buffers.flags;
    external.frame.drm_modifier = DRM_FORMAT_MOD_INVALID;
    external.frame.num_dma_bufs = 1;
    external.frame.dma_bufs[0] = static_cast<int>(buffers.buffers[index]);
    external.frame.num_planes = buffers.num_planes;
    for (uint32_t i = 0; i < buffers.num_planes; ++i) {
        external.frame.planes[i].offset = buffers.offsets[i];
        external.frame.planes[i].pitch = buffers.pitches[i];
    }
    return VA_STATUS_SUCCESS;
}

// The descriptor `index` of the array, with its flags where it has some.
DrmPrime3Descriptor drm_descriptor(const ImportRequest& request, uint32_t index) {
    const auto* bytes = static_cast<const std::byte*>(request.descriptors);
    DrmPrime3Descriptor descriptor = {};
    if (request.memory_type == kMemoryTypeDrmPrime3) {
        std::memcpy(&descriptor, bytes + index * sizeof(descriptor), sizeof(descriptor));
    } else {
        std::memcpy(&descriptor, bytes + index * sizeof(VADRMPRIMESurfaceDescriptor),
                    kDrmPrimeCommonBytes);
    }
    return descriptor;
}

VAStatus read_objects(const DrmPrime3Descriptor& descriptor, ClientFrame& frame) {
    if (descriptor.num_objects == 0 || descriptor.num_objects > std::size(descriptor.objects)) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    if (descriptor.num_objects > kMaxPlanes) {
        return VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
    }
    frame.num_dma_bufs = descriptor.num_objects;
    frame.drm_modifier = descriptor.objects[0].drm_format_modifier;
    for (uint32_t i = 0; i < descriptor.num_objects; ++i) {
        frame.dma_bufs[i] = descriptor.objects[i].fd;
        if (descriptor.objects[i].drm_format_modifier != frame.drm_modifier) {
            return VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
        }
    }
    return VA_STATUS_SUCCESS;
}

// The planes of all layers, in their order.
VAStatus read_layers(const DrmPrime3Descriptor& descriptor, ExternalFrame& external) {
    ClientFrame& frame = external.frame;
    if (descriptor.num_layers == 0 || descriptor.num_layers > std::size(descriptor.layers)) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    if (descriptor.num_layers > kMaxColourPlanes) {
        return VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
    }
    external.num_layers = descriptor.num_layers;
    for (uint32_t i = 0; i < descriptor.num_layers; ++i) {
        const auto& layer = descriptor.layers[i];
        if (layer.num_planes == 0 || layer.num_planes > std::size(layer.offset)) {
            return VA_STATUS_ERROR_INVALID_PARAMETER;
        }
        external.layer_formats[i] = layer.drm_format;
        for (uint32_t j = 0; j < layer.num_planes; ++j) {
            if (layer.object_index[j] >= descriptor.num_objects) {
                return VA_STATUS_ERROR_INVALID_PARAMETER;
            }
            if (frame.num_planes == kMaxColourPlanes) {
                return VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
            }
            ColourPlane& plane = frame.planes[frame.num_planes++];
            plane.memory_plane = layer.object_index[j];
            plane.offset = layer.offset[j];
            plane.pitch = layer.pitch[j];
        }
    }
    return VA_STATUS_SUCCESS;
}

VAStatus read_external(const ImportRequest& request, uint32_t index, ExternalFrame& external) {
    if (request.memory_type == VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME) {
        return read_external_buffers(request, index, external);
    }
    const DrmPrime3Descriptor descriptor = drm_descriptor(request, index);
    external.fourcc = descriptor.fourcc;
    external.size = {descriptor.width, descriptor.height};
    external.flags = descriptor.flags;
    if (const VAStatus status = read_objects(descriptor, external.frame);
        status != VA_STATUS_SUCCESS) {
        return status;
    }
    return read_layers(descriptor, external);
}

// Whether the client means memory of this format, by its names for the whole and for the layers.
bool names(const ExternalFrame& external, const PixelFormat& format) {
    if (format.drm_fourcc == 0 || external.fourcc != format.export_fourcc) {
        return false;
    }
    if (external.num_layers == 0) {
        return true;
    }
    if (external.num_layers == 1) {
        return external.layer_formats[0] == format.drm_fourcc;
    }
    return external.num_layers == format.num_colour_planes && format.plane_drm_fourccs[0] != 0 &&
           std::equal(external.layer_formats.begin(),
                      external.layer_formats.begin() + external.num_layers,
                      format.plane_drm_fourccs.begin());
}

// On the first device that it fits.
Result<std::shared_ptr<FrameMemory>> import_frame(Driver& driver, const ImportRequest& request,
                                                  const ExternalFrame& external) {
    Error error{ErrorCode::kUnsupported, 0, "format of the client's frame"};
    for (const DeviceInfo& device : driver.devices()) {
        for (const PixelFormat* format : formats_of(device, request.format->va_fourcc)) {
            if (!names(external, *format)) {
                continue;
            }
            auto memory = import_frame_memory(driver.system(), device, request.size,
                                              format->v4l2_fourcc, external.frame);
            if (memory) {
                return memory;
            }
            error = memory.error();
        }
    }
    return fail(error);
}

// Clients try, and have another way: no warning.
VAStatus refuse(const Driver& driver, const char* why) {
    driver.log().info("vaCreateSurfaces: import refused: %s", why);
    return VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
}

}  // namespace

VAStatus import_frames(Driver& driver, const ImportRequest& request, uint32_t count,
                       std::vector<std::shared_ptr<FrameMemory>>& frames) {
    if (!request.descriptors) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    for (uint32_t i = 0; i < count; ++i) {
        ExternalFrame external;
        if (const VAStatus status = read_external(request, i, external);
            status != VA_STATUS_SUCCESS) {
            return status;
        }
        if (external.size.width < request.size.width ||
            external.size.height < request.size.height) {
            return VA_STATUS_ERROR_INVALID_PARAMETER;
        }
        if ((external.flags & VA_SURFACE_EXTBUF_DESC_PROTECTED) != 0) {
            return refuse(driver, "protected memory");
        }
        auto memory = import_frame(driver, request, external);
        if (!memory && memory.error().code == ErrorCode::kUnsupported) {
            return refuse(driver, memory.error().op);
        }
        if (!memory && memory.error().code == ErrorCode::kInvalidParameter) {
            return VA_STATUS_ERROR_INVALID_PARAMETER;
        }
        if (!memory) {
            return driver.report("vaCreateSurfaces", memory.error());
        }
        frames.push_back(std::move(*memory));
    }
    return VA_STATUS_SUCCESS;
}

}  // namespace v4l2va
