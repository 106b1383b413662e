// SPDX-License-Identifier: MIT
// Buffer: a VABuffer's bytes, owned by us (parameters, slice data, images) or by a surface (derived
// images).
#include "va/buffer.h"

#include <va/va_drmcommon.h>

#include <cstring>

#include "va/context.h"
#include "va/driver.h"
#include "va/status.h"
#include "va/surface.h"

namespace v4l2va {

Result<> Buffer::assign(VABufferType type, uint32_t element_size, uint32_t count,
                        const void* data) {
    const size_t bytes = size_t{element_size} * count;
    if (bytes == 0) {
        return fail(ErrorCode::kInvalidParameter, "empty buffer");
    }
    if (bytes > kMaxBytes) {
        return fail(ErrorCode::kNoMemory, "buffer size");
    }
    type_ = type;
    element_size_ = element_size;
    num_elements_ = count;
    if (data) {
        const auto* source = static_cast<const std::byte*>(data);
        bytes_.assign(source, source + bytes);
    } else {
        bytes_.assign(bytes, std::byte{0});
    }
    return {};
}

void Buffer::assign_derived(const std::shared_ptr<Surface>& surface,
                            std::shared_ptr<FrameMemory> memory, uint32_t size) {
    type_ = VAImageBufferType;
    element_size_ = size;
    num_elements_ = 1;
    const MutexLock lock(mutex_);
    derived_ = std::move(memory);
    surface_ = surface;
    map_count_ = 0;
}

void Buffer::assign_shadow(const std::shared_ptr<Surface>& surface,
                           std::unique_ptr<ImageShadow> shadow, uint32_t size) {
    type_ = VAImageBufferType;
    element_size_ = size;
    num_elements_ = 1;
    const MutexLock lock(mutex_);
    shadow_ = std::move(shadow);
    surface_ = surface;
    map_count_ = 0;
}

Result<> Buffer::end_access() {
    if (derived_) {
        return derived_->end_cpu_access(FrameMemory::Access::kWrite);
    }
    if (shadow_) {
        // Clients do not say whether they have written.
        const auto written = shadow_->write_changes();
        if (!written) {
            return fail(written.error());
        }
        const std::shared_ptr<Surface> surface = surface_.lock();
        if (*written && surface) {
            surface->set_written();
        }
    }
    return {};
}

Result<> Buffer::set_num_elements(uint32_t count) {
    if (count == 0 || size_t{element_size_} * count > bytes_.size()) {
        return fail(ErrorCode::kInvalidParameter, "number of elements");
    }
    num_elements_ = count;
    return {};
}

Result<void*> Buffer::map() {
    const MutexLock lock(mutex_);
    if (shadow_) {
        if (map_count_ == 0) {
            const auto bytes = shadow_->read();
            if (!bytes) {
                return fail(bytes.error());
            }
            shadow_bytes_ = *bytes;
        }
        ++map_count_;
        return static_cast<void*>(shadow_bytes_.data());
    }
    if (!derived_) {
        ++map_count_;
        return static_cast<void*>(bytes_.data());
    }
    auto bytes = derived_->map(0);
    if (!bytes) {
        return fail(bytes.error());
    }
    if (map_count_ == 0) {
        if (auto begun = derived_->begin_cpu_access(FrameMemory::Access::kWrite); !begun) {
            return fail(begun.error());
        }
    }
    ++map_count_;
    return static_cast<void*>(bytes->data());
}

Result<> Buffer::unmap() {
    const MutexLock lock(mutex_);
    if (map_count_ == 0) {
        return {};  // clients unmap what they never mapped; nothing is lost by it
    }
    return --map_count_ == 0 ? end_access() : Result<>();
}

std::shared_ptr<Surface> Buffer::surface() const {
    const MutexLock lock(mutex_);
    return surface_.lock();
}

bool Buffer::is_shadow() const {
    const MutexLock lock(mutex_);
    return shadow_ != nullptr;
}

Result<Buffer::Handle> Buffer::acquire_handle() {
    const MutexLock lock(mutex_);
    if (!derived_) {
        return fail(ErrorCode::kUnsupported, "buffer without a dma-buf");
    }
    const auto size = derived_->dma_buf_size(0);
    if (!size) {
        return fail(size.error());
    }
    if (handle_count_ == 0) {
        auto fd = derived_->export_plane(0);
        if (!fd) {
            return fail(fd.error());
        }
        handle_ = std::move(*fd);
    }
    ++handle_count_;
    return Handle{handle_.get(), *size};
}

bool Buffer::release_handle() {
    const MutexLock lock(mutex_);
    if (handle_count_ == 0) {
        return false;
    }
    if (--handle_count_ == 0) {
        handle_.reset();
    }
    return true;
}

Result<> Buffer::release() {
    const MutexLock lock(mutex_);
    const Result<> ended = map_count_ > 0 ? end_access() : Result<>();
    derived_ = nullptr;
    shadow_ = nullptr;
    shadow_bytes_ = {};
    surface_.reset();
    handle_.reset();
    handle_count_ = 0;
    map_count_ = 0;
    return ended;
}

std::shared_ptr<Buffer> BufferPool::take() {
    const MutexLock lock(mutex_);
    if (free_.empty()) {
        return std::make_shared<Buffer>();
    }
    std::shared_ptr<Buffer> buffer = std::move(free_.back());
    free_.pop_back();
    return buffer;
}

void BufferPool::give_back(std::shared_ptr<Buffer> buffer) {
    if (buffer.use_count() != 1 || buffer->capacity() == 0 || buffer->capacity() > kMaxCapacity) {
        return;
    }
    const MutexLock lock(mutex_);
    if (free_.size() < kMaxBuffers) {
        free_.reserve(kMaxBuffers);
        free_.push_back(std::move(buffer));
    }
}

namespace {

// map() and unmap() of a copy are for a surface that nobody decodes into.
VAStatus wait_for_copy(Driver& driver, const char* what, const Buffer& buffer) {
    const std::shared_ptr<Surface> surface = buffer.is_shadow() ? buffer.surface() : nullptr;
    return surface ? wait_for_operation(driver, what, *surface, kUntilDone) : VA_STATUS_SUCCESS;
}

}  // namespace

VAStatus create_buffer(Driver& driver, VAContextID context, VABufferType type, unsigned int size,
                       unsigned int num_elements, void* data, VABufferID* buffer_id) {
    if (!buffer_id) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    const std::shared_ptr<Context> owner = driver.contexts.find(context);
    if (!owner) {
        return VA_STATUS_ERROR_INVALID_CONTEXT;
    }
    if (!owner->takes(type)) {
        return VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE;
    }
    std::shared_ptr<Buffer> buffer = driver.buffer_pool.take();
    if (auto assigned = buffer->assign(type, size, num_elements, data); !assigned) {
        driver.buffer_pool.give_back(std::move(buffer));
        return to_va_status(assigned.error());
    }
    const VABufferID id = driver.buffers.add(std::move(buffer));
    if (id == VA_INVALID_ID) {
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    }
    *buffer_id = id;
    return VA_STATUS_SUCCESS;
}

VAStatus buffer_set_num_elements(Driver& driver, VABufferID buffer_id, unsigned int num_elements) {
    const std::shared_ptr<Buffer> buffer = driver.buffers.find(buffer_id);
    if (!buffer) {
        return VA_STATUS_ERROR_INVALID_BUFFER;
    }
    const auto set = buffer->set_num_elements(num_elements);
    return set ? VA_STATUS_SUCCESS : to_va_status(set.error());
}

VAStatus map_buffer(Driver& driver, VABufferID buffer_id, void** data) {
    const std::shared_ptr<Buffer> buffer = driver.buffers.find(buffer_id);
    if (!buffer) {
        return VA_STATUS_ERROR_INVALID_BUFFER;
    }
    if (!data) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    if (const VAStatus status = wait_for_copy(driver, "vaMapBuffer", *buffer);
        status != VA_STATUS_SUCCESS) {
        return status;
    }
    auto mapped = buffer->map();
    if (!mapped) {
        return driver.report("vaMapBuffer", mapped.error());
    }
    *data = *mapped;
    return VA_STATUS_SUCCESS;
}

VAStatus unmap_buffer(Driver& driver, VABufferID buffer_id) {
    const std::shared_ptr<Buffer> buffer = driver.buffers.find(buffer_id);
    if (!buffer) {
        return VA_STATUS_ERROR_INVALID_BUFFER;
    }
    if (const VAStatus status = wait_for_copy(driver, "vaUnmapBuffer", *buffer);
        status != VA_STATUS_SUCCESS) {
        return status;
    }
    const auto unmapped = buffer->unmap();
    return unmapped ? VA_STATUS_SUCCESS : driver.report("vaUnmapBuffer", unmapped.error());
}

VAStatus destroy_buffer(Driver& driver, VABufferID buffer_id) {
    std::shared_ptr<Buffer> buffer = driver.buffers.remove(buffer_id);
    if (!buffer) {
        return VA_STATUS_ERROR_INVALID_BUFFER;
    }
    return release_buffer(driver, "vaDestroyBuffer", std::move(buffer));
}

VAStatus release_buffer(Driver& driver, const char* what, std::shared_ptr<Buffer> buffer) {
    const VAStatus waited = wait_for_copy(driver, what, *buffer);
    const auto released = buffer->release();
    driver.buffer_pool.give_back(std::move(buffer));
    return released ? waited : driver.report(what, released.error());
}

VAStatus buffer_info(Driver& driver, VABufferID buffer_id, VABufferType* type, unsigned int* size,
                     unsigned int* num_elements) {
    const std::shared_ptr<Buffer> buffer = driver.buffers.find(buffer_id);
    if (!buffer) {
        return VA_STATUS_ERROR_INVALID_BUFFER;
    }
    if (!type || !size || !num_elements) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    *type = buffer->type();
    *size = buffer->element_size();
    *num_elements = buffer->num_elements();
    return VA_STATUS_SUCCESS;
}

VAStatus acquire_buffer_handle(Driver& driver, VABufferID buffer_id, VABufferInfo* info) {
    const std::shared_ptr<Buffer> buffer = driver.buffers.find(buffer_id);
    if (!buffer) {
        return VA_STATUS_ERROR_INVALID_BUFFER;
    }
    if (!info) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    if (buffer->type() != VAImageBufferType) {
        return VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE;
    }
    if (info->mem_type != 0 && (info->mem_type & VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME) == 0) {
        return VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
    }
    if (const std::shared_ptr<Surface> surface = buffer->surface();
        surface && !buffer->is_shadow()) {
        surface->set_exported();
        if (const VAStatus status =
                wait_for_operation(driver, "vaAcquireBufferHandle", *surface, kUntilDone);
            status != VA_STATUS_SUCCESS) {
            return status;
        }
    }
    const auto handle = buffer->acquire_handle();
    if (!handle) {
        return handle.error().code == ErrorCode::kUnsupported
                   ? VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE
                   : driver.report("vaAcquireBufferHandle", handle.error());
    }
    *info = {};
    info->handle = static_cast<uintptr_t>(handle->fd);
    info->type = static_cast<uint32_t>(buffer->type());
    info->mem_type = VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME;
    info->mem_size = static_cast<size_t>(handle->size);
    return VA_STATUS_SUCCESS;
}

VAStatus release_buffer_handle(Driver& driver, VABufferID buffer_id) {
    const std::shared_ptr<Buffer> buffer = driver.buffers.find(buffer_id);
    return buffer && buffer->release_handle() ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_INVALID_BUFFER;
}

// Decoding buffers are consumed when vaEndPicture returns: there is nothing to wait for.
VAStatus sync_buffer(Driver& driver, VABufferID buffer_id, uint64_t /*timeout_ns*/) {
    return driver.buffers.find(buffer_id) ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_INVALID_BUFFER;
}

}  // namespace v4l2va
