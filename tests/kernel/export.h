// SPDX-License-Identifier: MIT
// An exported frame as a client holds it when it has forgotten where it came from.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>
#include <va/va_drmcommon.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "player.h"

namespace v4l2va::test {

class ExportedFrame {
  public:
    ExportedFrame(VADisplay display, VASurfaceID surface) {
        VADRMPRIMESurfaceDescriptor descriptor = {};
        EXPECT_EQ(vaExportSurfaceHandle(
                      display, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                      VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_COMPOSED_LAYERS, &descriptor),
                  VA_STATUS_SUCCESS);
        EXPECT_GE(descriptor.num_objects, 1U);
        for (uint32_t i = 0; i < descriptor.num_objects; ++i) {
            objects_.push_back({descriptor.objects[i].fd, descriptor.objects[i].size});
        }
    }
    ~ExportedFrame() {
        for (const Object& object : objects_) close(object.fd);
    }
    ExportedFrame(const ExportedFrame&) = delete;
    ExportedFrame& operator=(const ExportedFrame&) = delete;

    // How many dma-bufs it is: of most devices one.
    [[nodiscard]] size_t objects() const { return objects_.size(); }

    // Maps the frame anew, copies it, unmaps it; empty when it cannot be mapped.
    [[nodiscard]] std::vector<uint8_t> bytes() const {
        std::vector<uint8_t> copy;
        for (const Object& object : objects_) {
            void* const map = mmap(nullptr, object.size, PROT_READ, MAP_SHARED, object.fd, 0);
            if (map == MAP_FAILED) return {};
            const auto* first = static_cast<const uint8_t*>(map);
            copy.insert(copy.end(), first, first + object.size);
            munmap(map, object.size);
        }
        return copy;
    }

  private:
    struct Object {
        int fd;
        size_t size;
    };
    std::vector<Object> objects_;
};

}  // namespace v4l2va::test
