// SPDX-License-Identifier: MIT
// Copies a frame between two memories: of the same pixel format, or to a linear one.
#pragma once

#include "base/result.h"
#include "frame/frame_memory.h"

namespace v4l2va {

// True when a session with CAPTURE format `session` can decode straight into memory of `memory`.
[[nodiscard]] bool layout_fits(const FrameLayout& session, const FrameLayout& memory);

// True when copy_frame() can copy from one layout to the other: formats of pixel_format.h, the same
// one with other strides and heights, or one that unpacks to the linear one of `to`.
[[nodiscard]] bool can_copy_frame(const FrameLayout& from, const FrameLayout& to);

// As much as both have. kUnsupported when can_copy_frame() is false.
[[nodiscard]] Result<> copy_frame(FrameMemory& from, FrameMemory& to);

}  // namespace v4l2va
