// SPDX-License-Identifier: MIT
// FrameMemory: the pixels of one surface, for its whole life.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/mapping.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "v4l2/device_info.h"
#include "v4l2/system.h"

namespace v4l2va {

// One dma-buf per memory plane, allocated once, exported many times, never swapped. Shared by the
// surface and by the requests that decode into it or refer to it. Thread-safe.
class FrameMemory {
  public:
    // Takes dma-bufs that are at least as large as `layout` says. `needs_cpu_sync`: see Quirks.
    FrameMemory(System& system, const FrameLayout& layout,
                std::array<UniqueFd, kMaxPlanes> dma_bufs, bool needs_cpu_sync);
    FrameMemory(const FrameMemory&) = delete;
    FrameMemory& operator=(const FrameMemory&) = delete;
    ~FrameMemory();

    // A number that no other FrameMemory of the process ever had: what sessions bind slots by.
    [[nodiscard]] uint64_t id() const { return id_; }
    [[nodiscard]] const FrameLayout& layout() const { return layout_; }
    // Borrowed; -1 beyond num_planes.
    [[nodiscard]] int dma_buf(uint32_t plane) const { return dma_bufs_[plane].get(); }
    // The real size of a plane's dma-buf in bytes: what an export must name.
    [[nodiscard]] Result<uint64_t> dma_buf_size(uint32_t plane) const;
    // A new descriptor of the plane's dma-buf for a client (close-on-exec).
    [[nodiscard]] Result<UniqueFd> export_plane(uint32_t plane) const;

    // Waits until no GPU reads the pixels any more, as far as it has put fences on the dma-bufs.
    // At most `timeout_ns` for each plane: kTimeout.
    [[nodiscard]] Result<> wait_for_readers(uint64_t timeout_ns) const;

    // CPU access. The mapping is made at the first call and kept. Bracket reads and writes with
    // begin/end; they may nest across threads.
    [[nodiscard]] Result<std::span<std::byte>> map(uint32_t plane);
    enum class Access : uint8_t { kRead, kWrite };  // kWrite: and read
    [[nodiscard]] Result<> begin_cpu_access(Access access);
    [[nodiscard]] Result<> end_cpu_access(Access access);

    // True while a DeviceClaim of it lives.
    [[nodiscard]] bool is_claimed() const { return claims_.load(std::memory_order_acquire) != 0; }

  private:
    friend class DeviceClaim;
    Result<> sync(uint64_t flags);

    System& system_;
    const uint64_t id_;
    const FrameLayout layout_;
    const std::array<UniqueFd, kMaxPlanes> dma_bufs_;
    const bool needs_cpu_sync_;
    std::atomic<uint32_t> claims_{0};
    Mutex mutex_;
    std::array<Mapping, kMaxPlanes> mappings_ V4L2VA_GUARDED_BY(mutex_);
};

// Held for as long as a device may write into the frame. Move-only; may be empty.
class DeviceClaim {
  public:
    DeviceClaim() = default;
    explicit DeviceClaim(std::shared_ptr<FrameMemory> frame) : frame_(std::move(frame)) {
        frame_->claims_.fetch_add(1, std::memory_order_relaxed);
    }
    DeviceClaim(DeviceClaim&& other) noexcept = default;
    DeviceClaim& operator=(DeviceClaim&& other) noexcept {
        std::swap(frame_, other.frame_);
        return *this;
    }
    DeviceClaim(const DeviceClaim&) = delete;
    DeviceClaim& operator=(const DeviceClaim&) = delete;
    ~DeviceClaim() {
        if (frame_) {
            frame_->claims_.fetch_sub(1, std::memory_order_release);
        }
    }

    // Null when it is empty.
    [[nodiscard]] const FrameMemory* frame() const { return frame_.get(); }

  private:
    std::shared_ptr<FrameMemory> frame_;
};

// Where the memory of a surface comes from.
struct FrameSource {
    const DeviceInfo* device = nullptr;
    uint32_t capture_fourcc = 0;  // V4L2_PIX_FMT_*: what the memory holds
    // V4L2_PIX_FMT_*_SLICE / _FRAME: the codec whose frames it must lie like; 0: not known.
    uint32_t coded_fourcc = 0;
};

// Allocates the memory of one surface on `device`: opens the node, sets the OUTPUT format of the
// codec, CREATE_BUFS(1), EXPBUF, closes. The memory outlives the fd. Codecs of a device may align
// their frames differently (rkvdec: H.264 to 16 rows, HEVC and VP9 to 64): it lies as those of
// `coded_fourcc` do, or without that (0, or no codec with this format) as those that need the most,
// and is as large as any codec asks whose frames lie like that.
// `size`: of the surface in pixels (the driver aligns it). kResolution when no coded format of the
// device takes it, kNoMemory when the kernel has none.
// `capture_fourcc`: the pixel format wanted, one that the device lists.
[[nodiscard]] Result<std::shared_ptr<FrameMemory>> allocate_frame_memory(System& system,
                                                                         const DeviceInfo& device,
                                                                         Size size,
                                                                         uint32_t capture_fourcc,
                                                                         uint32_t coded_fourcc = 0);

}  // namespace v4l2va
