// SPDX-License-Identifier: MIT
// Images: what the CPU reads and writes surfaces through.
#pragma once

#include <va/va.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "frame/frame_memory.h"

namespace v4l2va {

class Driver;

// How the planes of an image lie: luma, then chroma of both components in pairs or each by itself.
struct ImageFormat {
    uint32_t fourcc = 0;          // VA_FOURCC_*
    uint32_t surface_fourcc = 0;  // of the surfaces whose samples it has as they are
    uint32_t num_planes = 0;      // 2: Cb and Cr in pairs
    uint32_t cb_plane = 0;
    uint32_t cr_plane = 0;
};

// Immutable; its bytes are those of the buffer `va.buf`.
struct Image {
    VAImage va = {};
    const ImageFormat* format = nullptr;
};

struct ImageRowRange {
    uint32_t first = 0;  // of luma, even
    uint32_t count = 0;
};

// These rows of luma and what chroma belongs to them, from the memory of a surface to the bytes of
// an image of its size (kRead) or back (kWrite); CPU access to the memory is begun and ended.
// `bytes` has va.data_size of them. Errors: those of mapping the memory and of DMA_BUF_IOCTL_SYNC.
[[nodiscard]] Result<> transfer_rows(FrameMemory& memory, const Image& image,
                                     std::span<std::byte> bytes, ImageRowRange rows,
                                     FrameMemory::Access access);

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
