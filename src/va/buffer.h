// SPDX-License-Identifier: MIT
// Buffer: a VABuffer's bytes, owned by us (parameters, slice data, images) or by a surface (derived
// images).
#pragma once

#include <va/va.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "frame/frame_memory.h"
#include "va/image_shadow.h"

namespace v4l2va {

class Driver;
class Surface;

// The bytes of a parameter or data buffer are written by its creator before vaRenderPicture and
// only read afterwards (VA-API's own rule); the counts are guarded.
class Buffer {
  public:
    Buffer() = default;
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() { (void)release(); }

    // Largest buffer that a client may ask for, in bytes.
    static constexpr size_t kMaxBytes = size_t{256} << 20;

    // Gives the buffer its content: `count` elements of `element_size` bytes, copied from `data`,
    // or zeros when `data` is null. kInvalidParameter for an empty buffer, kNoMemory above
    // kMaxBytes.
    [[nodiscard]] Result<> assign(VABufferType type, uint32_t element_size, uint32_t count,
                                  const void* data);
    // Makes it a window on the memory of `surface`, which it then keeps alive.
    void assign_derived(const std::shared_ptr<Surface>& surface,
                        std::shared_ptr<FrameMemory> memory, uint32_t size);

    // Makes it a copy of that memory, read at the first of nested map() calls and, where the bytes
    // have changed, written back at the last unmap(). `size`: of the copy, in bytes.
    void assign_shadow(const std::shared_ptr<Surface>& surface, std::unique_ptr<ImageShadow> shadow,
                       uint32_t size);

    [[nodiscard]] VABufferType type() const { return type_; }
    [[nodiscard]] uint32_t element_size() const { return element_size_; }
    [[nodiscard]] uint32_t num_elements() const { return num_elements_; }
    // Of owned bytes: element_size * num_elements of them. Empty for a derived image's buffer.
    [[nodiscard]] std::span<std::byte> bytes() {
        return {bytes_.data(), std::min(used_bytes(), bytes_.size())};
    }
    [[nodiscard]] size_t capacity() const { return bytes_.capacity(); }

    // vaBufferSetNumElements: at most the count of creation.
    [[nodiscard]] Result<> set_num_elements(uint32_t count);

    [[nodiscard]] Result<void*> map();
    [[nodiscard]] Result<> unmap();

    // The surface that a derived image shows; null when it is gone, or for other buffers.
    [[nodiscard]] std::shared_ptr<Surface> surface() const;
    // Whether map() and unmap() copy: the surface must be idle for them.
    [[nodiscard]] bool is_shadow() const;

    // A derived image's dma-buf for use outside of VA-API: a descriptor that stays the buffer's and
    // is closed at the last release, and the real size of the dma-buf. kUnsupported for bytes that
    // are in no dma-buf, or lie there otherwise than the image says.
    struct Handle {
        int fd = -1;
        uint64_t size = 0;
    };
    [[nodiscard]] Result<Handle> acquire_handle();
    // False when there is none to release.
    [[nodiscard]] bool release_handle();

    // Ends the client's use: unmaps, and drops a derived image's memory; keeps the storage for
    // reuse. Errors: those of the last unmap().
    Result<> release();

  private:
    [[nodiscard]] size_t used_bytes() const { return size_t{element_size_} * num_elements_; }
    // What the last of nested unmap() calls does.
    [[nodiscard]] Result<> end_access() V4L2VA_REQUIRES(mutex_);

    VABufferType type_ = VAPictureParameterBufferType;
    uint32_t element_size_ = 0;
    uint32_t num_elements_ = 0;
    std::vector<std::byte> bytes_;
    mutable Mutex mutex_;
    std::shared_ptr<FrameMemory> derived_ V4L2VA_GUARDED_BY(mutex_);
    std::unique_ptr<ImageShadow> shadow_ V4L2VA_GUARDED_BY(mutex_);  // in place of derived_
    std::span<std::byte> shadow_bytes_ V4L2VA_GUARDED_BY(mutex_);    // while it is mapped
    std::weak_ptr<Surface> surface_ V4L2VA_GUARDED_BY(mutex_);
    UniqueFd handle_ V4L2VA_GUARDED_BY(mutex_);
    uint32_t handle_count_ V4L2VA_GUARDED_BY(mutex_) = 0;
    uint32_t map_count_ V4L2VA_GUARDED_BY(mutex_) = 0;
};

// Keeps a few destroyed buffers' storage, so that a steady stream allocates nothing. Thread-safe.
class BufferPool {
  public:
    [[nodiscard]] std::shared_ptr<Buffer> take();
    // Keeps the storage of `buffer`, which is new or released, if nobody else has it and there is
    // room.
    void give_back(std::shared_ptr<Buffer> buffer);

  private:
    static constexpr size_t kMaxBuffers = 64;
    static constexpr size_t kMaxCapacity = size_t{4} << 20;  // larger storage is not kept

    Mutex mutex_;
    std::vector<std::shared_ptr<Buffer>> free_ V4L2VA_GUARDED_BY(mutex_);
};

// The vtable's functions; see <va/va.h> for their contracts.
VAStatus create_buffer(Driver& driver, VAContextID context, VABufferType type, unsigned int size,
                       unsigned int num_elements, void* data, VABufferID* buffer_id);
VAStatus buffer_set_num_elements(Driver& driver, VABufferID buffer_id, unsigned int num_elements);
VAStatus map_buffer(Driver& driver, VABufferID buffer_id, void** data);
VAStatus unmap_buffer(Driver& driver, VABufferID buffer_id);
VAStatus destroy_buffer(Driver& driver, VABufferID buffer_id);
VAStatus buffer_info(Driver& driver, VABufferID buffer_id, VABufferType* type, unsigned int* size,
                     unsigned int* num_elements);
// Ends the life of a buffer that is in no table any more. A copy that is still mapped is written
// back: `what` is the call that an error is told of.
VAStatus release_buffer(Driver& driver, const char* what, std::shared_ptr<Buffer> buffer);
// vaAcquireBufferHandle: DRM_PRIME of derived images. The surface stays usable meanwhile: no client
// is known that would want VA_STATUS_ERROR_SURFACE_BUSY for it.
VAStatus acquire_buffer_handle(Driver& driver, VABufferID buffer_id, VABufferInfo* info);
VAStatus release_buffer_handle(Driver& driver, VABufferID buffer_id);
VAStatus sync_buffer(Driver& driver, VABufferID buffer_id, uint64_t timeout_ns);

}  // namespace v4l2va
