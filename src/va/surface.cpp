// SPDX-License-Identifier: MIT
// Surface: a VA picture. Owns its FrameMemory for life and knows what wrote it last.
#include "va/surface.h"

#include "base/checked.h"
#include "va/driver.h"
#include "va/status.h"

namespace v4l2va {

namespace {

// A GPU that hangs is reset after half a second by most drivers; one that takes longer shows a torn
// picture.
constexpr uint64_t kReadersTimeoutNs = 1'000'000'000;

}  // namespace

Surface::Surface(Size size, const PixelFormat& format, std::optional<FrameSource> source)
    : size_(size), format_(format), source_(source) {}

// The client has the memory in its hands.
Surface::Surface(Size size, const PixelFormat& format, std::shared_ptr<FrameMemory> memory)
    : size_(size), format_(format), memory_(std::move(memory)), exported_(true) {}

Result<std::shared_ptr<FrameMemory>> Surface::memory(System& system, const FrameSource& source) {
    const MutexLock lock(mutex_);
    if (!memory_) {
        const FrameSource& from = source_ ? *source_ : source;
        auto allocated = allocate_frame_memory(system, *from.device, size_, from.capture_fourcc,
                                               from.coded_fourcc);
        if (!allocated) {
            return fail(allocated.error());
        }
        memory_ = std::move(*allocated);
    }
    return memory_;
}

std::shared_ptr<FrameMemory> Surface::memory_if_any() const {
    const MutexLock lock(mutex_);
    return memory_;
}

const PixelFormat* Surface::memory_format(const FrameSource& source) const {
    if (const std::shared_ptr<FrameMemory> memory = memory_if_any()) {
        return find_pixel_format(memory->layout().fourcc);
    }
    return find_pixel_format(source_ ? source_->capture_fourcc : source.capture_fourcc);
}

void Surface::set_operation(std::shared_ptr<PendingOperation> operation) {
    const MutexLock lock(mutex_);
    operation_ = std::move(operation);
    failure_.reset();
}

void Surface::set_failed(const Error& reason) {
    const MutexLock lock(mutex_);
    if (operation_ && operation_->state() != OperationState::kQueued) {
        operation_ = nullptr;
    }
    // EBUSY is the kernel's: of a decoder that takes no more streams.
    const bool is_stuck = reason.code == ErrorCode::kTimeout ||
                          (reason.code == ErrorCode::kBusy && reason.sys_errno == 0);
    failure_ = is_stuck ? ErrorCode::kTimeout : ErrorCode::kDecoding;
}

void Surface::set_written() {
    const MutexLock lock(mutex_);
    operation_ = nullptr;
    failure_.reset();
}

std::shared_ptr<PendingOperation> Surface::operation() const {
    const MutexLock lock(mutex_);
    return operation_;
}

std::shared_ptr<PendingOperation> Surface::pending_operation() const {
    std::shared_ptr<PendingOperation> operation = this->operation();
    return operation && operation->state() == OperationState::kQueued ? operation : nullptr;
}

Result<> Surface::wait(uint64_t timeout_ns) const {
    const std::shared_ptr<PendingOperation> operation = this->operation();
    Result<> waited;
    if (operation && operation->state() == OperationState::kQueued) {
        waited = operation->wait(timeout_ns);
    }
    if (!waited && waited.error().code == ErrorCode::kTimeout) {
        return waited;
    }
    const MutexLock lock(mutex_);
    if (failure_) {
        return fail(*failure_, "picture that was not decoded");
    }
    if (waited && operation && operation->state() == OperationState::kFailed) {
        return fail(ErrorCode::kDecoding, "picture is damaged");
    }
    return waited;
}

bool Surface::is_rendering() const {
    const std::shared_ptr<PendingOperation> operation = pending_operation();
    if (!operation) {
        return false;
    }
    (void)operation->wait(0);
    return operation->state() == OperationState::kQueued;
}

bool Surface::is_stuck() const {
    if (const std::shared_ptr<PendingOperation> operation = pending_operation()) {
        return operation->is_stuck();
    }
    const MutexLock lock(mutex_);
    return failure_ == ErrorCode::kTimeout;
}

bool Surface::has_operation() const {
    const MutexLock lock(mutex_);
    return operation_ != nullptr || failure_;
}

bool Surface::failed() const {
    const MutexLock lock(mutex_);
    return failure_ || (operation_ && operation_->state() == OperationState::kFailed);
}

void Surface::set_exported() {
    const MutexLock lock(mutex_);
    exported_ = true;
}

bool Surface::exported() const {
    const MutexLock lock(mutex_);
    return exported_;
}

const VASurfaceDecodeMBErrors* Surface::decode_errors() {
    const bool damaged = failed();
    const uint32_t mbs = (size_.width + 15) / 16 * ((size_.height + 15) / 16);
    const MutexLock lock(mutex_);
    errors_ = {};
    errors_[0].status = -1;
    errors_[1].status = -1;
    if (damaged) {
        // The kernel says that a picture is damaged, never where: all of it may be.
        errors_[0] = {};
        errors_[0].status = 1;
        errors_[0].start_mb = 0;
        errors_[0].end_mb = mbs - 1;
        errors_[0].decode_error_type = VADecodeMBError;
        errors_[0].num_mb = mbs;
    }
    return errors_.data();
}

VAStatus wait_for_operation(Driver& driver, const char* what, const Surface& surface,
                            uint64_t timeout_ns) {
    const auto waited = surface.wait(timeout_ns);
    if (waited) {
        return VA_STATUS_SUCCESS;
    }
    switch (waited.error().code) {
        case ErrorCode::kDecoding:
            driver.log().stream_failure(what, waited.error());
            return VA_STATUS_SUCCESS;
        case ErrorCode::kTimeout:
            return VA_STATUS_ERROR_TIMEDOUT;
        default:
            return driver.report_stream(what, waited.error());
    }
}

void wait_for_readers(const Driver& driver, const Surface& surface) {
    const std::shared_ptr<FrameMemory> memory = surface.memory_if_any();
    if (!memory || !surface.exported()) {
        return;
    }
    if (const auto waited = memory->wait_for_readers(kReadersTimeoutNs); !waited) {
        driver.log().stream_failure("vaEndPicture", waited.error());
    }
}

VAStatus destroy_surfaces(Driver& driver, VASurfaceID* surfaces, int num_surfaces) {
    if (num_surfaces < 0 || (num_surfaces > 0 && !surfaces)) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    // All or nothing would leak what exists: destroy every valid one, then report the others.
    VAStatus status = VA_STATUS_SUCCESS;
    for (int i = 0; i < num_surfaces; ++i) {
        if (!driver.surfaces.remove(surfaces[i])) {
            status = VA_STATUS_ERROR_INVALID_SURFACE;
        }
    }
    driver.retired_decoders.prune();
    driver.stuck_sessions.prune();
    return status;
}

VAStatus sync_surface(Driver& driver, VASurfaceID surface_id) {
    return sync_surface2(driver, surface_id, VA_TIMEOUT_INFINITE);
}

VAStatus sync_surface2(Driver& driver, VASurfaceID surface_id, uint64_t timeout_ns) {
    const std::shared_ptr<Surface> surface = driver.surfaces.find(surface_id);
    if (!surface) {
        return VA_STATUS_ERROR_INVALID_SURFACE;
    }
    if (surface->has_operation()) {
        driver.note_client_syncs();
    }
    return wait_for_operation(driver, "vaSyncSurface", *surface, timeout_ns);
}

VAStatus query_surface_status(Driver& driver, VASurfaceID surface_id, VASurfaceStatus* status) {
    const std::shared_ptr<Surface> surface = driver.surfaces.find(surface_id);
    if (!surface) {
        return VA_STATUS_ERROR_INVALID_SURFACE;
    }
    if (!status) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    if (surface->has_operation()) {
        driver.note_client_syncs();
    }
    *status = surface->is_rendering() ? VASurfaceRendering : VASurfaceReady;
    // Who only asks this must learn, too, that there is nothing to wait for.
    return surface->is_stuck() ? VA_STATUS_ERROR_TIMEDOUT : VA_STATUS_SUCCESS;
}

VAStatus query_surface_error(Driver& driver, VASurfaceID surface_id, VAStatus error_status,
                             void** error_info) {
    const std::shared_ptr<Surface> surface = driver.surfaces.find(surface_id);
    if (!surface) {
        return VA_STATUS_ERROR_INVALID_SURFACE;
    }
    if (!error_info || error_status != VA_STATUS_ERROR_DECODING_ERROR) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    *error_info = const_cast<VASurfaceDecodeMBErrors*>(surface->decode_errors());
    return VA_STATUS_SUCCESS;
}

}  // namespace v4l2va
