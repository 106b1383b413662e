// SPDX-License-Identifier: MIT
// ImageLayouts: how derived images lie in memory, for created images of the same size to be alike.
#pragma once

#include <va/va.h>

#include <array>
#include <cstddef>

#include "base/mutex.h"

namespace v4l2va {

// GStreamer's va elements (1.22) describe a frame by the pitches and offsets of a created image and
// then read it through a derived one, so both must agree. Thread-safe.
class ImageLayouts {
  public:
    // What a surface of this format and size looks like; the oldest entry makes room.
    void remember(const VAImage& derived);
    // Copies pitches and offsets into `image` when a surface of its format and size is known.
    bool apply(VAImage& image) const;

  private:
    static constexpr size_t kEntries = 16;  // sizes that one process has in use

    mutable Mutex mutex_;
    std::array<VAImage, kEntries> entries_ V4L2VA_GUARDED_BY(mutex_){};
    size_t next_ V4L2VA_GUARDED_BY(mutex_) = 0;
};

}  // namespace v4l2va
