// SPDX-License-Identifier: MIT
// Surface: a VA picture. Owns its FrameMemory for life and knows its latest decode.
#include "va/surface.h"

#include "base/checked.h"
#include "va/driver.h"
#include "va/status.h"

namespace v4l2va {

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

void Surface::set_decode(const std::shared_ptr<DecodeSession>& session,
                         std::shared_ptr<Request> request) {
    const MutexLock lock(mutex_);
    decode_ = {session, std::move(request)};
    failure_.reset();
}

void Surface::set_failed(const Error& reason) {
    const MutexLock lock(mutex_);
    if (decode_.request && decode_.request->state() != RequestState::kQueued) {
        decode_ = {};
    }
    // EBUSY is the kernel's: of a decoder that takes no more streams.
    const bool is_stuck = reason.code == ErrorCode::kTimeout ||
                          (reason.code == ErrorCode::kBusy && reason.sys_errno == 0);
    failure_ = is_stuck ? ErrorCode::kTimeout : ErrorCode::kDecoding;
}

void Surface::set_written() {
    const MutexLock lock(mutex_);
    decode_ = {};
    failure_.reset();
}

Surface::Decode Surface::decode() const {
    const MutexLock lock(mutex_);
    return decode_;
}

Result<> Surface::wait(uint64_t timeout_ns) const {
    const Decode decode = this->decode();
    Result<> waited;
    if (decode.request && decode.request->state() == RequestState::kQueued) {
        if (const std::shared_ptr<DecodeSession> session = decode.session.lock()) {
            waited = session->wait(decode.request, timeout_ns);
        }
    }
    if (!waited && waited.error().code == ErrorCode::kTimeout) {
        return waited;
    }
    const MutexLock lock(mutex_);
    if (failure_) {
        return fail(*failure_, "picture that was not decoded");
    }
    if (waited && decode.request && decode.request->state() == RequestState::kFailed) {
        return fail(ErrorCode::kDecoding, "picture is damaged");
    }
    return waited;
}

bool Surface::is_rendering() const {
    const Decode decode = this->decode();
    if (!decode.request || decode.request->state() != RequestState::kQueued) {
        return false;
    }
    const std::shared_ptr<DecodeSession> session = decode.session.lock();
    return session && !session->is_done(decode.request);
}

bool Surface::is_stuck() const {
    const Decode decode = this->decode();
    if (decode.request && decode.request->state() == RequestState::kQueued) {
        const std::shared_ptr<DecodeSession> session = decode.session.lock();
        return session && session->is_stuck();
    }
    const MutexLock lock(mutex_);
    return failure_ == ErrorCode::kTimeout;
}

bool Surface::has_operation() const {
    const MutexLock lock(mutex_);
    return decode_.request != nullptr || failure_;
}

bool Surface::failed() const {
    const MutexLock lock(mutex_);
    return failure_ || (decode_.request && decode_.request->state() == RequestState::kFailed);
}

bool Surface::is_busy_elsewhere(const DecodeSession* session) const {
    const Decode decode = this->decode();
    return decode.request && decode.session.lock().get() != session &&
           decode.request->state() == RequestState::kQueued;
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
