// SPDX-License-Identifier: MIT
// FrameMemory: the pixels of one surface, for its whole life.
#include "frame/frame_memory.h"

#include <linux/dma-buf.h>
#include <linux/ioctl.h>

#include <atomic>
#include <cerrno>

namespace v4l2va {

namespace {

// The only mutable static of this layer: ids must differ between all displays of the process,
// because sessions tell frames apart by them.
std::atomic<uint64_t> next_frame_id{1};

// Writers leave parts of rows and of cache lines alone, and clients read what they mapped to write:
// what the device wrote must be there, too.
uint64_t access_flag(FrameMemory::Access access) {
    return access == FrameMemory::Access::kRead ? DMA_BUF_SYNC_READ : DMA_BUF_SYNC_RW;
}

}  // namespace

FrameMemory::FrameMemory(System& system, const FrameLayout& layout,
                         std::array<UniqueFd, kMaxPlanes> dma_bufs, bool needs_cpu_sync)
    : system_(system),
      id_(next_frame_id.fetch_add(1, std::memory_order_relaxed)),
      layout_(layout),
      dma_bufs_(std::move(dma_bufs)),
      needs_cpu_sync_(needs_cpu_sync) {}

FrameMemory::~FrameMemory() = default;

Result<uint64_t> FrameMemory::dma_buf_size(uint32_t plane) const {
    if (plane >= layout_.num_planes) {
        return fail(ErrorCode::kInvalidParameter, "dma-buf size");
    }
    return system_.size_of(dma_bufs_[plane].get());
}

Result<UniqueFd> FrameMemory::export_plane(uint32_t plane) const {
    if (plane >= layout_.num_planes) {
        return fail(ErrorCode::kInvalidParameter, "dma-buf export");
    }
    return system_.duplicate(dma_bufs_[plane].get());
}

Result<> FrameMemory::wait_for_readers(uint64_t timeout_ns) const {
    for (uint32_t plane = 0; plane < layout_.num_planes; ++plane) {
        auto polled = system_.poll(dma_bufs_[plane].get(), PollFor::kReadersGone, timeout_ns);
        if (!polled) {
            return fail(polled.error());
        }
        if (!polled->ready && !polled->failed) {
            return fail(ErrorCode::kTimeout, "poll dma-buf");
        }
    }
    return {};
}

Result<std::span<std::byte>> FrameMemory::map(uint32_t plane) {
    if (plane >= layout_.num_planes) {
        return fail(ErrorCode::kInvalidParameter, "dma-buf map");
    }
    const MutexLock lock(mutex_);
    Mapping& mapping = mappings_[plane];
    if (!mapping) {
        auto made =
            system_.map(dma_bufs_[plane].get(), layout_.planes[plane].sizeimage, 0, "mmap dma-buf");
        if (!made) {
            return fail(made.error());
        }
        mapping = std::move(*made);
    }
    return mapping.bytes();
}

Result<> FrameMemory::begin_cpu_access(Access access) {
    return sync(DMA_BUF_SYNC_START | access_flag(access));
}

Result<> FrameMemory::end_cpu_access(Access access) {
    return sync(DMA_BUF_SYNC_END | access_flag(access));
}

Result<> FrameMemory::sync(uint64_t flags) {
    if (!needs_cpu_sync_) {
        return {};
    }
    for (uint32_t plane = 0; plane < layout_.num_planes; ++plane) {
        dma_buf_sync argument = {};
        argument.flags = flags;
        auto done = system_.ioctl(dma_bufs_[plane].get(), DMA_BUF_IOCTL_SYNC, &argument,
                                  "DMA_BUF_IOCTL_SYNC");
        // EAGAIN: a signal came while it waited for fences; the kernel asks to call again.
        while (!done && done.error().sys_errno == EAGAIN) {
            done = system_.ioctl(dma_bufs_[plane].get(), DMA_BUF_IOCTL_SYNC, &argument,
                                 "DMA_BUF_IOCTL_SYNC");
        }
        if (!done) {
            return fail(done.error());
        }
    }
    return {};
}

}  // namespace v4l2va
