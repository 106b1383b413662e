// SPDX-License-Identifier: MIT
// CREATE_DUMB and MAP_DUMB, and PRIME for the same buffers.
#include "node/dumb_buffers.h"

#include <fcntl.h>

#include <cerrno>

#include "host/user_memory.h"

namespace vdec {
namespace {

// Numbers of ioctls, and structs, as in <drm/drm.h>, which is not installed everywhere.
constexpr uint32_t kGemClose = 0x09;
constexpr uint32_t kGetCap = 0x0c;
constexpr uint32_t kPrimeHandleToFd = 0x2d;
constexpr uint32_t kPrimeFdToHandle = 0x2e;
constexpr uint32_t kCreateDumb = 0xb2;
constexpr uint32_t kMapDumb = 0xb3;
constexpr uint32_t kDestroyDumb = 0xb4;

constexpr uint64_t kCapDumbBuffer = 1;
constexpr uint64_t kCapPrime = 5;
constexpr uint64_t kPrimeBoth = 3;  // import and export
constexpr uint32_t kPitchAlignment = 64;
constexpr uint32_t kLargestSide = 16384;
constexpr int kOffsetShift = 32;  // an offset of a mapping is a handle

struct Cap {
    uint64_t capability;
    uint64_t value;
};

struct CreateDumb {
    uint32_t height;
    uint32_t width;
    uint32_t bpp;
    uint32_t flags;
    uint32_t handle;
    uint32_t pitch;
    uint64_t size;
};

struct MapDumb {
    uint32_t handle;
    uint32_t pad;
    uint64_t offset;
};

struct PrimeHandle {
    uint32_t handle;
    uint32_t flags;
    int32_t fd;
};

int get_cap(void* arg) {
    Cap cap;
    if (!copy_from_user(&cap, arg, sizeof cap)) return -EFAULT;
    cap.value = cap.capability == kCapDumbBuffer ? 1 : cap.capability == kCapPrime ? kPrimeBoth : 0;
    return copy_to_user(arg, &cap, sizeof cap) ? 0 : -EFAULT;
}

}  // namespace

int DumbBuffers::ioctl(uint32_t number, void* arg) {
    const std::lock_guard<std::mutex> guard(mutex_);
    switch (number) {
        case kGetCap:
            return get_cap(arg);
        case kCreateDumb:
            return create(arg);
        case kMapDumb:
            return map(arg);
        case kPrimeHandleToFd:
            return export_fd(arg);
        case kPrimeFdToHandle:
            return import_fd(arg);
        case kDestroyDumb:
        case kGemClose:
            return close(arg);
        default:
            return -ENOTTY;
    }
}

int DumbBuffers::memory_at(off_t offset) {
    const std::lock_guard<std::mutex> guard(mutex_);
    const auto found = buffers_.find(static_cast<uint32_t>(offset >> kOffsetShift));
    return found != buffers_.end() ? found->second->fd() : -EINVAL;
}

int DumbBuffers::create(void* arg) {
    CreateDumb dumb;
    if (!copy_from_user(&dumb, arg, sizeof dumb)) return -EFAULT;
    const bool fits = dumb.width > 0 && dumb.width <= kLargestSide && dumb.height > 0 &&
                      dumb.height <= kLargestSide && dumb.bpp > 0 && dumb.bpp <= 128;
    if (!fits) return -EINVAL;
    const uint32_t row = (dumb.width * dumb.bpp + 7) / 8;
    dumb.pitch = (row + kPitchAlignment - 1) / kPitchAlignment * kPitchAlignment;
    auto memory = SharedMemory::allocate(static_cast<size_t>(dumb.pitch) * dumb.height);
    if (memory == nullptr) return -ENOMEM;
    dumb.size = memory->size();
    dumb.handle = add(std::move(memory));
    return copy_to_user(arg, &dumb, sizeof dumb) ? 0 : -EFAULT;
}

int DumbBuffers::map(void* arg) {
    MapDumb request;
    if (!copy_from_user(&request, arg, sizeof request)) return -EFAULT;
    if (!buffers_.contains(request.handle)) return -ENOENT;
    request.offset = static_cast<uint64_t>(request.handle) << kOffsetShift;
    return copy_to_user(arg, &request, sizeof request) ? 0 : -EFAULT;
}

int DumbBuffers::export_fd(void* arg) {
    PrimeHandle prime;
    if (!copy_from_user(&prime, arg, sizeof prime)) return -EFAULT;
    const auto found = buffers_.find(prime.handle);
    if (found == buffers_.end()) return -ENOENT;
    // Writable also for who does not ask. Mesa's software renderer does not (25.0), and where it
    // imports what it can only read it unmaps that while it still draws from it.
    prime.fd = found->second->export_fd(static_cast<int>(prime.flags) | O_RDWR);
    if (prime.fd < 0) return prime.fd;
    return copy_to_user(arg, &prime, sizeof prime) ? 0 : -EFAULT;
}

int DumbBuffers::import_fd(void* arg) {
    PrimeHandle prime;
    if (!copy_from_user(&prime, arg, sizeof prime)) return -EFAULT;
    prime.handle = 0;
    // A buffer has one handle only, however often it comes.
    for (const auto& [handle, memory] : buffers_) {
        if (memory->is_same_file(prime.fd)) prime.handle = handle;
    }
    if (prime.handle == 0) {
        int error = 0;
        auto memory = SharedMemory::import(prime.fd, dma_buf_size(prime.fd), error);
        if (memory == nullptr) return -error;
        prime.handle = add(std::move(memory));
    }
    return copy_to_user(arg, &prime, sizeof prime) ? 0 : -EFAULT;
}

int DumbBuffers::close(void* arg) {
    uint32_t handle = 0;
    if (!copy_from_user(&handle, arg, sizeof handle)) return -EFAULT;
    return buffers_.erase(handle) > 0 ? 0 : -EINVAL;
}

uint32_t DumbBuffers::add(std::shared_ptr<SharedMemory> memory) {
    buffers_[++last_handle_] = std::move(memory);
    return last_handle_;
}

}  // namespace vdec
