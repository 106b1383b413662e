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
        EXPECT_EQ(descriptor.num_objects, 1U);
        fd_ = descriptor.num_objects == 1 ? descriptor.objects[0].fd : -1;
        size_ = descriptor.objects[0].size;
    }
    ~ExportedFrame() { close(fd_); }
    ExportedFrame(const ExportedFrame&) = delete;
    ExportedFrame& operator=(const ExportedFrame&) = delete;

    // Maps the frame anew, copies it, unmaps it; empty when it cannot be mapped.
    [[nodiscard]] std::vector<uint8_t> bytes() const {
        void* const map = mmap(nullptr, size_, PROT_READ, MAP_SHARED, fd_, 0);
        if (map == MAP_FAILED) {
            return {};
        }
        const auto* first = static_cast<const uint8_t*>(map);
        std::vector<uint8_t> copy(first, first + size_);
        munmap(map, size_);
        return copy;
    }

  private:
    int fd_ = -1;
    size_t size_ = 0;
};

}  // namespace v4l2va::test
