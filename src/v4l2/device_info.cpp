// SPDX-License-Identifier: MIT
// DeviceInfo: look-ups in what the enumeration found.
#include "v4l2/device_info.h"

#include <algorithm>

namespace v4l2va {

bool CodedFormatInfo::has_control(uint32_t id) const {
    return std::find(control_ids.begin(), control_ids.end(), id) != control_ids.end();
}

const CodedFormatInfo* DeviceInfo::find(uint32_t coded_fourcc) const {
    for (const CodedFormatInfo& format : coded_formats) {
        if (format.fourcc == coded_fourcc) {
            return &format;
        }
    }
    return nullptr;
}

}  // namespace v4l2va
