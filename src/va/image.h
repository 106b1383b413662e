// SPDX-License-Identifier: MIT
// Images: what the CPU reads and writes surfaces through.
#pragma once

#include <va/va.h>

#include "v4l2/pixel_format.h"

namespace v4l2va {

class Driver;

// Immutable; its bytes are those of the buffer `va.buf`.
struct Image {
    VAImage va = {};
    const PixelFormat* format = nullptr;
};

// What vaMaxNumImageFormats promises.
inline constexpr int kMaxImageFormats = 8;

// The vtable's functions; see <va/va.h> for their contracts.
VAStatus query_image_formats(Driver& driver, VAImageFormat* formats, int* num_formats);
VAStatus create_image(Driver& driver, VAImageFormat* format, int width, int height, VAImage* image);
VAStatus derive_image(Driver& driver, VASurfaceID surface_id, VAImage* image);
VAStatus destroy_image(Driver& driver, VAImageID image_id);
VAStatus get_image(Driver& driver, VASurfaceID surface_id, int x, int y, unsigned int width,
                   unsigned int height, VAImageID image_id);
VAStatus put_image(Driver& driver, VASurfaceID surface_id, VAImageID image_id, int src_x, int src_y,
                   unsigned int src_width, unsigned int src_height, int dest_x, int dest_y,
                   unsigned int dest_width, unsigned int dest_height);

}  // namespace v4l2va
