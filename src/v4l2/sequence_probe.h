// SPDX-License-Identifier: MIT
// Synthetic sequence headers: how a decoder is asked for its 10-bit formats without a stream.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "v4l2/device.h"

namespace v4l2va {

// Tells the device that a 4:2:0 stream of `bit_depth` 10 and `size` follows, so that ENUM_FMT and
// S_FMT of CAPTURE offer what such a stream decodes to (hantro and mtk hide it until then). The
// OUTPUT format must be set. kUnsupported when the codec has no such streams or the device refuses.
[[nodiscard]] Result<> set_ten_bit_sequence(const Device& device, uint32_t coded_fourcc, Size size);

}  // namespace v4l2va
