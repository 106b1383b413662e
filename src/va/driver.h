// SPDX-License-Identifier: MIT
// Driver: everything that one VADisplay has.
#pragma once

#include <va/va.h>
#include <va/va_backend.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/log.h"
#include "decode/decode_session.h"
#include "frame/frame_memory.h"
#include "v4l2/device_info.h"
#include "v4l2/pixel_format.h"
#include "v4l2/system.h"
#include "va/buffer.h"
#include "va/config.h"
#include "va/device_loads.h"
#include "va/image_layouts.h"
#include "va/object_table.h"
#include "va/status.h"
#include "va/stream_decoder.h"
#include "va/stuck_sessions.h"

namespace v4l2va {

class Context;
class Surface;
struct Image;

// What tests set otherwise than players.
struct DriverOptions {
    uint64_t job_timeout_ns = kJobTimeoutNs;  // see there
    Timestamp first_timestamp{1};             // of each session
    System* system = nullptr;                 // in place of the kernel; outlives the driver
};

// Lock order: object table (lookup only) -> Context -> Buffer -> Surface -> DecodeSession ->
// FrameMemory. An earlier one is never taken while a later one is held.
class Driver {
  public:
    // kNoDevice when the machine has no decoder whose codec we know. `context` outlives the driver.
    [[nodiscard]] static Result<std::unique_ptr<Driver>> create(VADriverContextP context,
                                                                const DriverOptions& options);
    // Waits for the pictures in flight, as vaDestroyContext does.
    ~Driver();

    [[nodiscard]] System& system() { return system_; }
    [[nodiscard]] const Logger& log() const { return log_; }
    [[nodiscard]] const DriverOptions& options() const { return options_; }
    [[nodiscard]] const std::vector<DeviceInfo>& devices() const { return devices_; }
    // Where a surface that clients see as `format` (linear) gets its memory from when no context
    // has asked yet: the first device that has it linear, else the first one that has it at all;
    // the device of the latest config before the others, and as that codec's frames lie. A device
    // that is stuck comes last.
    [[nodiscard]] FrameSource frame_source(const PixelFormat& format);
    // Clients make a config or a context before they use surfaces, and then mostly decode that:
    // memory that suits it needs no copies. A wrong guess costs time only.
    void note_codec(const Config& config) {
        coded_format_.store(config.coded_format, std::memory_order_relaxed);
    }
    [[nodiscard]] bool offers_depth(uint32_t bit_depth) const;

    // The one way from an Error to a VAStatus: logs and maps. report_stream() is for failures that
    // a damaged stream can repeat picture by picture.
    [[nodiscard]] VAStatus report(const char* what, const Error& error) const;
    [[nodiscard]] VAStatus report_stream(const char* what, const Error& error) const;

    // V4L2 dma-bufs carry no fences. Until the client has been seen to wait for a decoded surface,
    // vaEndPicture waits for pictures whose surface was exported before.
    void note_client_syncs() { client_syncs_.store(true, std::memory_order_relaxed); }
    [[nodiscard]] bool client_syncs() const {
        return client_syncs_.load(std::memory_order_relaxed);
    }

    // Tells, once a display, of rows that not every GPU can import.
    void tell_odd_pitch(uint32_t pitch);

    DeviceLoads device_loads;  // before the contexts, which have leases of it
    ObjectTable<Config> configs;
    ObjectTable<Context> contexts;
    ObjectTable<Surface> surfaces;
    ObjectTable<Buffer> buffers;
    ObjectTable<Image> images;
    BufferPool buffer_pool;
    ImageLayouts image_layouts;
    RetiredDecoders retired_decoders;
    StuckSessions stuck_sessions;

  private:
    Driver(VADriverContextP context, const DriverOptions& options);

    const DriverOptions options_;
    KernelSystem kernel_;
    System& system_;
    Logger log_;
    std::vector<DeviceInfo> devices_;
    std::atomic<bool> client_syncs_{false};
    std::atomic<bool> odd_pitch_told_{false};
    std::atomic<const CodedFormatInfo*> coded_format_{nullptr};  // of the latest config
};

}  // namespace v4l2va
