// SPDX-License-Identifier: MIT
// The choice of a device for a context that decodes.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/checked.h"
#include "va/decode_context.h"
#include "va/driver.h"

namespace v4l2va {

namespace {

bool within(Size size, const SizeRange& range) {
    return size.width >= range.min.width && size.width <= range.max.width &&
           size.height >= range.min.height && size.height <= range.max.height;
}

// Whether another device may do better.
bool is_of_the_device(ErrorCode code) {
    return code == ErrorCode::kBusy || code == ErrorCode::kNoMemory ||
           code == ErrorCode::kNoDevice || code == ErrorCode::kPermission;
}

Result<std::shared_ptr<Context>> create_on_some_device(Driver& driver, const Config& wanted,
                                                       Size size) {
    std::vector<Config> configs = configs_for(driver, wanted.profile);
    std::erase_if(configs, [&](const Config& config) {
        return (config.rt_format & wanted.rt_format) != wanted.rt_format ||
               !within(size, config.sizes);
    });
    std::optional<Error> error;  // the first
    while (!configs.empty()) {
        std::vector<const DeviceInfo*> devices;
        for (const Config& config : configs) {
            devices.push_back(config.device);
        }
        DeviceLease lease = driver.device_loads.take(devices);
        const auto config =
            std::find_if(configs.begin(), configs.end(),
                         [&lease](const Config& own) { return own.device == lease.device(); });
        driver.note_codec(*config);
        auto context = DecodeContext::create(driver, *config, size, std::move(lease));
        if (context || !is_of_the_device(context.error().code)) {
            return context;
        }
        driver.log().debug("%s: %s: %s", config->device->video_path.c_str(), context.error().op,
                           error_code_name(context.error().code));
        error = error ? error : context.error();
        configs.erase(config);
    }
    return fail(error.value_or(Error{ErrorCode::kResolution, 0, "no device takes the size"}));
}

}  // namespace

VAStatus create_decode_context(Driver& driver, const Config& config, int picture_width,
                               int picture_height, std::shared_ptr<Context>& context) {
    if (picture_width <= 0 || picture_height <= 0) {
        return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
    }
    const Size size = {narrow<uint32_t>(picture_width), narrow<uint32_t>(picture_height)};
    if (!within(size, config.sizes)) {
        return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
    }
    driver.stuck_sessions.prune();
    auto created = create_on_some_device(driver, config, size);
    if (!created) {
        return driver.report("vaCreateContext", created.error());
    }
    context = std::move(*created);
    return VA_STATUS_SUCCESS;
}

}  // namespace v4l2va
