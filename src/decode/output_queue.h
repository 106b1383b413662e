// SPDX-License-Identifier: MIT
// OutputQueue: the bitstream buffers of a session, mapped once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/mapping.h"
#include "base/result.h"
#include "v4l2/device.h"

namespace v4l2va {

struct OutputBuffer {
    uint32_t index = 0;
    Mapping mapping;
    bool busy = false;  // queued, or being filled
};

// Not thread-safe: the session's lock serialises.
class OutputQueue {
  public:
    // Bytes kept free behind a payload: decoders fetch ahead of what they parse.
    static constexpr size_t kPadding = 64;
    static constexpr size_t kMaxCapacity = 64 * 1024 * 1024;

    // REQBUFS(`count`), QUERYBUF and mmap of each. `layout`: the current OUTPUT format.
    [[nodiscard]] static Result<OutputQueue> create(const Device& device, const FrameLayout& layout,
                                                    uint32_t count);

    // Null when every buffer is busy.
    [[nodiscard]] OutputBuffer* find_free();
    [[nodiscard]] OutputBuffer* find(uint32_t index);
    void release_all();

    // Puts a larger buffer into this place of the pool when `bytes` and the padding do not fit. The
    // old one stays allocated in the kernel, unmapped, until the session ends: removing buffers is
    // not possible before Linux 6.10. kInvalidParameter beyond kMaxCapacity.
    [[nodiscard]] Result<> ensure_capacity(const Device& device, OutputBuffer& buffer,
                                           size_t bytes) const;

  private:
    explicit OutputQueue(const FrameLayout& layout) : layout_(layout) {}

    FrameLayout layout_;
    std::vector<OutputBuffer> buffers_;
};

// Copies the fragments one behind the other, ascending and each byte once (the mapping may be
// write-combined), and zeroes up to kPadding bytes behind them. The target is large enough.
void write_payload(std::span<std::byte> target, const DecodeUnit& unit);

}  // namespace v4l2va
