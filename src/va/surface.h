// SPDX-License-Identifier: MIT
// Surface: a VA picture. Owns its FrameMemory for life and knows what wrote it last.
#pragma once

#include <va/va.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/mutex.h"
#include "base/result.h"
#include "frame/frame_memory.h"
#include "frame/pending_operation.h"
#include "v4l2/pixel_format.h"

namespace v4l2va {

class Driver;

// Thread-safe. Creating one touches no device: the memory comes at the first decode, export,
// derive, get or put.
class Surface {
  public:
    // `source`: where the memory must come from, when the client left no choice.
    Surface(Size size, const PixelFormat& format, std::optional<FrameSource> source);
    // With memory that the client brought.
    Surface(Size size, const PixelFormat& format, std::shared_ptr<FrameMemory> memory);

    // As the client asked for.
    [[nodiscard]] Size size() const { return size_; }
    // The linear format that the client sees; the memory may have another one.
    [[nodiscard]] const PixelFormat& format() const { return format_; }

    // The memory, allocated if there is none yet: from `source`, unless the client asked otherwise.
    [[nodiscard]] Result<std::shared_ptr<FrameMemory>> memory(System& system,
                                                              const FrameSource& source);
    // The memory, or null when none was needed yet.
    [[nodiscard]] std::shared_ptr<FrameMemory> memory_if_any() const;

    // The format of the memory, or the one that `source` would give it. Null: not in the table.
    [[nodiscard]] const PixelFormat* memory_format(const FrameSource& source) const;

    // The latest operation. set_operation() replaces it; set_failed() marks a picture that never
    // reached the device, or not all of it; `reason` kTimeout, or kBusy without an errno: because
    // that is stuck. An operation in flight goes on, and is still waited for.
    void set_operation(std::shared_ptr<PendingOperation> operation);
    void set_failed(const Error& reason);
    void set_written();  // by vaPutImage or a derived image: it is good

    // Waits for the latest operation, at most `timeout_ns`. kTimeout, also at once where the device
    // is stuck; kDecoding when that picture is damaged or never reached the device.
    [[nodiscard]] Result<> wait(uint64_t timeout_ns) const;
    // Never blocks.
    [[nodiscard]] bool is_rendering() const;
    [[nodiscard]] bool is_stuck() const;
    [[nodiscard]] bool has_operation() const;
    [[nodiscard]] bool failed() const;
    // The latest operation, while it is queued; null else.
    [[nodiscard]] std::shared_ptr<PendingOperation> pending_operation() const;

    void set_exported();
    [[nodiscard]] bool exported() const;

    // What vaQuerySurfaceError points its caller to; valid as long as the surface.
    [[nodiscard]] const VASurfaceDecodeMBErrors* decode_errors();

  private:
    [[nodiscard]] std::shared_ptr<PendingOperation> operation() const;

    const Size size_;
    const PixelFormat& format_;
    const std::optional<FrameSource> source_;
    mutable Mutex mutex_;
    std::shared_ptr<FrameMemory> memory_ V4L2VA_GUARDED_BY(mutex_);
    std::shared_ptr<PendingOperation> operation_ V4L2VA_GUARDED_BY(mutex_);  // may be over
    std::optional<ErrorCode> failure_ V4L2VA_GUARDED_BY(mutex_);
    bool exported_ V4L2VA_GUARDED_BY(mutex_) = false;
    std::array<VASurfaceDecodeMBErrors, 2> errors_ V4L2VA_GUARDED_BY(mutex_){};
};

// Waits for the surface's latest operation before `what` goes on. A damaged picture is no failure
// here: ffmpeg ends its run and GStreamer its pipeline when vaSyncSurface fails, where a software
// decoder would show the damage and go on. It is told by vaEndPicture if it never reached the
// device, else by one log line and vaQuerySurfaceError. Errors: VA_STATUS_ERROR_TIMEDOUT;
// VA_STATUS_ERROR_OPERATION_FAILED when the device is gone.
[[nodiscard]] VAStatus wait_for_operation(Driver& driver, const char* what, const Surface& surface,
                                          uint64_t timeout_ns);

// Players give a surface back while the GPU still samples it (mpv does): drivers of GPUs wait for
// its fences, V4L2 does not. So before a surface that was ever exported is written, this waits for
// them, at most a second for each dma-buf, and then lets it be written anyway, with a line of log.
void wait_for_readers(const Driver& driver, const Surface& surface);

// The vtable's functions; see <va/va.h> for their contracts.
VAStatus create_surfaces(Driver& driver, int width, int height, int format, int num_surfaces,
                         VASurfaceID* surfaces);
VAStatus create_surfaces2(Driver& driver, unsigned int format, unsigned int width,
                          unsigned int height, VASurfaceID* surfaces, unsigned int num_surfaces,
                          VASurfaceAttrib* attributes, unsigned int num_attributes);
VAStatus destroy_surfaces(Driver& driver, VASurfaceID* surfaces, int num_surfaces);
VAStatus sync_surface(Driver& driver, VASurfaceID surface_id);
VAStatus sync_surface2(Driver& driver, VASurfaceID surface_id, uint64_t timeout_ns);
VAStatus query_surface_status(Driver& driver, VASurfaceID surface_id, VASurfaceStatus* status);
VAStatus query_surface_error(Driver& driver, VASurfaceID surface_id, VAStatus error_status,
                             void** error_info);

}  // namespace v4l2va
