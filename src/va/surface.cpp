// SPDX-License-Identifier: MIT
// Surface: a VA picture. Owns its FrameMemory for life and knows its latest decode.
#include "va/surface.h"

#include <va/va_drmcommon.h>

#include <algorithm>
#include <span>
#include <vector>

#include "base/checked.h"
#include "va/driver.h"
#include "va/status.h"

namespace v4l2va {

namespace {

// No decoder that we know of goes beyond 65520; anything larger is a client's mistake.
constexpr uint32_t kMaxSurfaceDimension = 65536;
constexpr unsigned int kMaxSurfacesPerCall = 4096;

// The VA fourcc that a surface of `rt_format` has unless an attribute says otherwise; 0 when none.
uint32_t fourcc_of_rt_format(unsigned int rt_format) {
    switch (rt_format) {
        case VA_RT_FORMAT_YUV420:
            return VA_FOURCC_NV12;
        case VA_RT_FORMAT_YUV420_10:
            return VA_FOURCC_P010;
        default:
            return 0;
    }
}

// What the attributes of vaCreateSurfaces ask for.
struct SurfaceRequest {
    uint32_t fourcc = 0;  // VA_FOURCC_* of the pixels
};

VAStatus check_memory_type(const VASurfaceAttrib& attribute) {
    return attribute.value.value.i == VA_SURFACE_ATTRIB_MEM_TYPE_VA
               ? VA_STATUS_SUCCESS
               : VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
}

// Clients pass back any attribute that they read, so those that only report are ignored. The flags
// and the value's type are not to be trusted: ffmpeg leaves both 0.
VAStatus read_surface_attribute(const VASurfaceAttrib& attribute, SurfaceRequest& request) {
    switch (attribute.type) {
        case VASurfaceAttribPixelFormat:
            // It says more than the render target format, and libva's own test suite has the two
            // differ in depth.
            request.fourcc = static_cast<uint32_t>(attribute.value.value.i);
            return VA_STATUS_SUCCESS;
        case VASurfaceAttribMemoryType:
            return check_memory_type(attribute);
        case VASurfaceAttribMinWidth:
        case VASurfaceAttribMaxWidth:
        case VASurfaceAttribMinHeight:
        case VASurfaceAttribMaxHeight:
        case VASurfaceAttribUsageHint:
        case VASurfaceAttribExternalBufferDescriptor:  // read with a DRM memory type only
            return VA_STATUS_SUCCESS;
        default:
            return VA_STATUS_ERROR_ATTR_NOT_SUPPORTED;
    }
}

// Null when no device decodes to surfaces of `fourcc`.
const PixelFormat* offered_format(const Driver& driver, uint32_t fourcc) {
    const PixelFormat* format = fourcc != 0 ? find_linear_format(fourcc) : nullptr;
    return format && driver.offers_depth(format->bit_depth) ? format : nullptr;
}

VAStatus check_surface_size(unsigned int width, unsigned int height) {
    if (width == 0 || height == 0) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    if (width > kMaxSurfaceDimension || height > kMaxSurfaceDimension) {
        return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
    }
    return VA_STATUS_SUCCESS;
}

}  // namespace

Result<std::shared_ptr<FrameMemory>> Surface::memory(System& system, const FrameSource& source) {
    const MutexLock lock(mutex_);
    if (!memory_) {
        auto allocated =
            allocate_frame_memory(system, *source.device, size_, source.capture_fourcc);
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
    const std::shared_ptr<FrameMemory> memory = memory_if_any();
    return find_pixel_format(memory ? memory->layout().fourcc : source.capture_fourcc);
}

void Surface::set_decode(const std::shared_ptr<DecodeSession>& session,
                         std::shared_ptr<Request> request) {
    const MutexLock lock(mutex_);
    decode_ = {session, std::move(request)};
    failed_ = false;
}

void Surface::set_failed() {
    const MutexLock lock(mutex_);
    decode_ = {};
    failed_ = true;
}

void Surface::set_written() {
    const MutexLock lock(mutex_);
    decode_ = {};
    failed_ = false;
}

Surface::Decode Surface::decode() const {
    const MutexLock lock(mutex_);
    return decode_;
}

Result<> Surface::wait(uint64_t timeout_ns) const {
    const Decode decode = this->decode();
    if (decode.request && decode.request->state() == RequestState::kQueued) {
        if (const std::shared_ptr<DecodeSession> session = decode.session.lock()) {
            return session->wait(decode.request, timeout_ns);
        }
    }
    if (failed()) {
        return fail(ErrorCode::kDecoding, "picture is damaged");
    }
    return {};
}

bool Surface::is_rendering() const {
    const Decode decode = this->decode();
    if (!decode.request || decode.request->state() != RequestState::kQueued) {
        return false;
    }
    const std::shared_ptr<DecodeSession> session = decode.session.lock();
    return session && !session->is_done(decode.request);
}

bool Surface::has_decode() const {
    const MutexLock lock(mutex_);
    return decode_.request != nullptr || failed_;
}

bool Surface::failed() const {
    const MutexLock lock(mutex_);
    return failed_ || (decode_.request && decode_.request->state() == RequestState::kFailed);
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

VAStatus wait_for_decode(Driver& driver, const char* what, const Surface& surface,
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

VAStatus create_surfaces(Driver& driver, int width, int height, int format, int num_surfaces,
                         VASurfaceID* surfaces) {
    if (width <= 0 || height <= 0 || num_surfaces < 0) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    return create_surfaces2(driver, static_cast<unsigned int>(format),
                            static_cast<unsigned int>(width), static_cast<unsigned int>(height),
                            surfaces, static_cast<unsigned int>(num_surfaces), nullptr, 0);
}

VAStatus create_surfaces2(Driver& driver, unsigned int format, unsigned int width,
                          unsigned int height, VASurfaceID* surfaces, unsigned int num_surfaces,
                          VASurfaceAttrib* attributes, unsigned int num_attributes) {
    if (!surfaces || num_surfaces == 0 || num_surfaces > kMaxSurfacesPerCall ||
        (num_attributes > 0 && !attributes)) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    if (const VAStatus status = check_surface_size(width, height); status != VA_STATUS_SUCCESS) {
        return status;
    }
    SurfaceRequest request{fourcc_of_rt_format(format)};
    if (!offered_format(driver, request.fourcc)) {
        return VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT;
    }
    for (const VASurfaceAttrib& attribute : std::span(attributes, num_attributes)) {
        if (const VAStatus status = read_surface_attribute(attribute, request);
            status != VA_STATUS_SUCCESS) {
            return status;
        }
    }
    const PixelFormat* pixel_format = offered_format(driver, request.fourcc);
    if (!pixel_format) {
        return VA_STATUS_ERROR_INVALID_IMAGE_FORMAT;
    }
    for (unsigned int i = 0; i < num_surfaces; ++i) {
        surfaces[i] =
            driver.surfaces.add(std::make_shared<Surface>(Size{width, height}, *pixel_format));
        if (surfaces[i] == VA_INVALID_ID) {
            (void)destroy_surfaces(driver, surfaces, narrow<int>(i));
            return VA_STATUS_ERROR_ALLOCATION_FAILED;
        }
    }
    return VA_STATUS_SUCCESS;
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
    return status;
}

VAStatus sync_surface(Driver& driver, VASurfaceID surface_id) {
    return sync_surface2(driver, surface_id, kSyncTimeoutNs);
}

VAStatus sync_surface2(Driver& driver, VASurfaceID surface_id, uint64_t timeout_ns) {
    const std::shared_ptr<Surface> surface = driver.surfaces.find(surface_id);
    if (!surface) {
        return VA_STATUS_ERROR_INVALID_SURFACE;
    }
    if (surface->has_decode()) {
        driver.note_client_syncs();
    }
    return wait_for_decode(driver, "vaSyncSurface", *surface,
                           timeout_ns == VA_TIMEOUT_INFINITE ? kSyncTimeoutNs : timeout_ns);
}

VAStatus query_surface_status(Driver& driver, VASurfaceID surface_id, VASurfaceStatus* status) {
    const std::shared_ptr<Surface> surface = driver.surfaces.find(surface_id);
    if (!surface) {
        return VA_STATUS_ERROR_INVALID_SURFACE;
    }
    if (!status) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    if (surface->has_decode()) {
        driver.note_client_syncs();
    }
    *status = surface->is_rendering() ? VASurfaceRendering : VASurfaceReady;
    return VA_STATUS_SUCCESS;
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
