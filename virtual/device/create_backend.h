// SPDX-License-Identifier: MIT
// The codecs that a device may have.
#pragma once

#include <cstdint>
#include <memory>

#include "backend/codec_backend.h"
#include "machines/personality.h"

namespace vdec {

// For a coded pixel format (V4L2_PIX_FMT_*) of that device; nullptr when there is no such codec.
std::unique_ptr<CodecBackend> create_backend(uint32_t fourcc, const Personality& device);

}  // namespace vdec
