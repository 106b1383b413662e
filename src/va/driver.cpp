// SPDX-License-Identifier: MIT
// Driver: everything that one VADisplay has.
#include "va/driver.h"

#include <algorithm>
#include <cstdlib>

#include "codec/registry.h"
#include "v4l2/enumerator.h"
#include "v4l2/stuck_jobs.h"
#include "va/capability.h"
#include "va/context.h"
#include "va/image.h"
#include "va/skipped.h"
#include "va/surface.h"

namespace v4l2va {

namespace {

// libva's own forwarders call the user's callback without a look at it, and users set it to NULL
// (Kodi does): look first.
void write_line(void* user, LogLevel level, const char* line) {
    auto* context = static_cast<VADriverContextP>(user);
    const auto* display = static_cast<const VADisplayContext*>(context->pDisplayContext);
    const bool is_error = level <= LogLevel::kWarning;
    if (is_error && context->error_callback && display && display->error_callback) {
        context->error_callback(context, line);
    } else if (!is_error && context->info_callback && display && display->info_callback) {
        context->info_callback(context, line);
    }
}

bool decodes_anything(const DeviceInfo& device) {
    return std::any_of(codecs().begin(), codecs().end(), [&device](const CodecInfo& codec) {
        return std::any_of(
            codec.profiles.begin(), codec.profiles.end(),
            [&](const ProfileInfo& profile) { return device_decodes(device, codec, profile); });
    });
}

}  // namespace

Driver::Driver(VADriverContextP context, const DriverOptions& options)
    : options_(options),
      system_(options.system ? *options.system : kernel_),
      log_(log_level_from_name(secure_getenv("V4L2VA_LOG"), LogLevel::kWarning), write_line,
           context) {}

Driver::~Driver() {
    // Contexts first: what the device does with the surfaces' memory ends before that goes.
    for (const std::shared_ptr<Context>& context : contexts.clear()) {
        context->retire(*this);
    }
    retired_decoders.clear();
    stuck_sessions.clear();
    (void)images.clear();
    (void)buffers.clear();
    (void)surfaces.clear();
    (void)configs.clear();
}

Result<std::unique_ptr<Driver>> Driver::create(VADriverContextP context,
                                               const DriverOptions& options) {
    std::unique_ptr<Driver> driver(new Driver(context, options));
    Enumeration found = enumerate_decoders(driver->system_, driver->log_);
    std::erase_if(found.devices,
                  [](const DeviceInfo& device) { return !decodes_anything(device); });
    driver->devices_ = std::move(found.devices);
    tell_skipped(driver->log_, found, driver->devices_.empty());
    if (driver->devices_.empty()) {
        return fail(ErrorCode::kNoDevice, "enumeration");
    }
    return driver;
}

FrameSource Driver::frame_source(const PixelFormat& format) {
    const CodedFormatInfo* const coded = coded_format_.load(std::memory_order_relaxed);
    const auto has_coded = [coded](const DeviceInfo& device) {
        return std::any_of(device.coded_formats.begin(), device.coded_formats.end(),
                           [coded](const CodedFormatInfo& own) { return &own == coded; });
    };
    FrameSource source{&devices_.front(), format.v4l2_fourcc};
    int best = -1;
    for (const DeviceInfo& device : devices_) {
        const PixelFormat* offered = choose_format(device, format.va_fourcc);
        // A stuck device is not opened.
        const bool is_stuck = device.stuck_jobs->any(system_);
        const int rank =
            offered ? (is_stuck ? 0 : 4) + (offered->linear ? 2 : 0) + (has_coded(device) ? 1 : 0)
                    : -1;
        if (rank > best) {
            best = rank;
            source = {&device, offered->v4l2_fourcc,
                      has_coded(device) ? coded->fourcc : uint32_t{0}};
        }
    }
    return source;
}

bool Driver::offers_depth(uint32_t bit_depth) const {
    const auto wanted =
        static_cast<uint32_t>(bit_depth > 8 ? VA_RT_FORMAT_YUV420_10 : VA_RT_FORMAT_YUV420);
    return std::any_of(codecs().begin(), codecs().end(), [&](const CodecInfo& codec) {
        return std::any_of(
            codec.profiles.begin(), codec.profiles.end(), [&](const ProfileInfo& profile) {
                return std::any_of(devices_.begin(), devices_.end(), [&](const DeviceInfo& device) {
                    return (rt_formats(device, codec, profile) & wanted) != 0;
                });
            });
    });
}

void Driver::tell_odd_pitch(uint32_t pitch) {
    if (!odd_pitch_told_.exchange(true, std::memory_order_relaxed)) {
        log_.info(
            "exported rows are %u bytes apart: some GPUs (Mali before Valhall) import only "
            "multiples of 64",
            pitch);
    }
}

VAStatus Driver::report(const char* what, const Error& error) const {
    log_.failure(what, error);
    return to_va_status(error);
}

VAStatus Driver::report_stream(const char* what, const Error& error) const {
    log_.stream_failure(what, error);
    return to_va_status(error);
}

}  // namespace v4l2va
