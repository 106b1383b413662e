// SPDX-License-Identifier: MIT
// ImageShadow: the bytes of a derived image whose surface's memory has no such rows.
#include "va/image_shadow.h"

#include <algorithm>

namespace v4l2va {

Result<std::span<std::byte>> ImageShadow::read() {
    bytes_.resize(image_.va.data_size);
    if (auto done = transfer_rows(*memory_, image_, bytes_, {0, image_.va.height},
                                  FrameMemory::Access::kRead);
        !done) {
        return fail(done.error());
    }
    as_read_ = bytes_;
    return std::span(bytes_);
}

Result<bool> ImageShadow::write_changes() {
    bool any = false;
    uint32_t y = 0;
    while (y < image_.va.height) {
        if (!is_changed(y)) {
            y += 2;
            continue;
        }
        const uint32_t first = y;
        while (y < image_.va.height && is_changed(y)) {
            y += 2;
        }
        const ImageRowRange rows = {first, std::min<uint32_t>(y, image_.va.height) - first};
        if (auto done = transfer_rows(*memory_, image_, bytes_, rows, FrameMemory::Access::kWrite);
            !done) {
            return fail(done.error());
        }
        any = true;
    }
    return any;
}

bool ImageShadow::is_changed(uint32_t y) const {
    for (uint32_t plane = 0; plane < image_.va.num_planes; ++plane) {
        const size_t pitch = image_.va.pitches[plane];
        const uint32_t first = plane == 0 ? y : y / 2;
        const uint32_t count = plane == 0 && y + 1 < image_.va.height ? 2 : 1;
        const size_t offset = image_.va.offsets[plane] + first * pitch;
        const std::span<const std::byte> now = std::span(bytes_).subspan(offset, count * pitch);
        const std::span<const std::byte> then = std::span(as_read_).subspan(offset, count * pitch);
        if (!std::equal(now.begin(), now.end(), then.begin())) {
            return true;
        }
    }
    return false;
}

}  // namespace v4l2va
