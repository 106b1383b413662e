// SPDX-License-Identifier: MIT
// Which profiles a device decodes, and how deep: what the driver offers and v4l2va-info tells.
#pragma once

#include <cstdint>

#include "codec/codec.h"
#include "v4l2/device_info.h"

namespace v4l2va {

// Whether `device` has the format, the controls and the depth that `profile` of `codec` needs.
[[nodiscard]] bool device_decodes(const DeviceInfo& device, const CodecInfo& codec,
                                  const ProfileInfo& profile);

// The VA_RT_FORMAT_* bits of the depths that `device` gives the profile; 0 when it decodes none of
// it.
[[nodiscard]] uint32_t rt_formats(const DeviceInfo& device, const CodecInfo& codec,
                                  const ProfileInfo& profile);

}  // namespace v4l2va
