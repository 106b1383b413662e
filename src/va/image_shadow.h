// SPDX-License-Identifier: MIT
// ImageShadow: the bytes of a derived image whose surface's memory has no such rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "frame/frame_memory.h"
#include "va/image.h"

namespace v4l2va {

// A copy of the memory in the rows of an image, taken when the client begins to look and written
// back where the client has changed it. Not thread-safe. Nobody may decode into the memory during
// a call.
class ImageShadow {
  public:
    // `image` has the size of the picture in `memory`.
    ImageShadow(std::shared_ptr<FrameMemory> memory, const Image& image)
        : memory_(std::move(memory)), image_(image) {}

    // Takes the copy: all pixels, data_size bytes in all, which stay where they are until the next
    // call. Errors: those of mapping the memory and of DMA_BUF_IOCTL_SYNC.
    [[nodiscard]] Result<std::span<std::byte>> read();
    // Writes the rows that differ from what was read, and no other: whoever wrote those meanwhile
    // loses nothing. False when there are none. Errors: as of read().
    [[nodiscard]] Result<bool> write_changes();

  private:
    // Whether the luma rows `y` and `y` + 1 or their chroma row differ.
    [[nodiscard]] bool is_changed(uint32_t y) const;

    std::shared_ptr<FrameMemory> memory_;
    Image image_;
    std::vector<std::byte> bytes_;
    std::vector<std::byte> as_read_;
};

}  // namespace v4l2va
