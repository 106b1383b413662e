// SPDX-License-Identifier: MIT
// Export: a surface as a client keeps it that shows it elsewhere.
#include "export.h"

#include <sys/mman.h>
#include <unistd.h>

namespace v4l2va::test {

Pixels read_planes(const void* bytes, PlanePlace luma, PlanePlace chroma, unsigned width,
                   unsigned height) {
    Pixels pixels;
    pixels.width = width;
    pixels.height = height;
    const auto* first = static_cast<const uint8_t*>(bytes);
    for (unsigned y = 0; y < height; ++y) {
        const uint8_t* row = first + luma.offset + size_t{y} * luma.pitch;
        pixels.luma.insert(pixels.luma.end(), row, row + width);
    }
    for (unsigned y = 0; y < height / 2; ++y) {
        const uint8_t* row = first + chroma.offset + size_t{y} * chroma.pitch;
        pixels.chroma.insert(pixels.chroma.end(), row, row + width);
    }
    return pixels;
}

Export::Export(VADisplay display, VASurfaceID surface, uint32_t flags) {
    status_ = vaExportSurfaceHandle(display, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                    flags | VA_EXPORT_SURFACE_READ_ONLY, &descriptor_);
    if (status_ == VA_STATUS_SUCCESS) {
        size_ = descriptor_.objects[0].size;
        map_ = mmap(nullptr, size_, PROT_READ, MAP_SHARED, descriptor_.objects[0].fd, 0);
    }
}

Export::~Export() {
    if (status_ == VA_STATUS_SUCCESS) {
        munmap(map_, size_);
        for (uint32_t i = 0; i < descriptor_.num_objects; ++i) {
            close(descriptor_.objects[i].fd);
        }
    }
}

Pixels Export::read(unsigned width, unsigned height) const {
    const bool separate = descriptor_.num_layers == 2;
    const auto& luma = descriptor_.layers[0];
    const auto& chroma = separate ? descriptor_.layers[1] : descriptor_.layers[0];
    const unsigned plane = separate ? 0 : 1;
    return read_planes(map_, {luma.offset[0], luma.pitch[0]},
                       {chroma.offset[plane], chroma.pitch[plane]}, width, height);
}

}  // namespace v4l2va::test
