// SPDX-License-Identifier: MIT
// Frames of every layout that the driver converts, as kernel drivers lay them out.
#include "pixel_frame.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <random>
#include <utility>

#include "base/checked.h"
#include "v4l2/uapi_compat.h"

namespace v4l2va::bench {

namespace {

constexpr Layout kLayouts[] = {
    {"NV12", V4L2_PIX_FMT_NV12, 1, 1},
    {"P010", V4L2_PIX_FMT_P010, 2, 1},
    {"NV15", V4L2_PIX_FMT_NV15, 5, 4},
    {"NV12_4L4", V4L2_PIX_FMT_NV12_4L4, 1, 1},
    {"P010_4L4", V4L2_PIX_FMT_P010_4L4, 2, 1},
    {"NV15_4L4", V4L2_PIX_FMT_NV15_4L4, 5, 4},
    {"NV12_32L32", V4L2_PIX_FMT_NV12_32L32, 1, 1},
    {"MM21", V4L2_PIX_FMT_MM21, 1, 1},
    {"MT2110T", V4L2_PIX_FMT_MT2110T, 5, 4},
    {"MT2110R", V4L2_PIX_FMT_MT2110R, 5, 4},
    {"NV12_COL128", V4L2_PIX_FMT_NV12_COL128, 1, 1},
    {"NV12_10_COL128", V4L2_PIX_FMT_NV12_10_COL128, 4, 3},
    {"YUV420M", V4L2_PIX_FMT_YUV420M, 1, 1},
};

// The rows of the largest tile.
constexpr uint32_t kRows = 32;

FrameLayout frame_layout(const Layout& layout, Size size) {
    FrameLayout frame{layout.fourcc, {size.width, align_up(size.height, kRows)}, 1, {}};
    const uint32_t pitch = size.width * layout.bytes / layout.samples;
    const uint32_t luma = pitch * frame.size.height;
    switch (layout.fourcc) {
        case V4L2_PIX_FMT_MM21:
        case V4L2_PIX_FMT_MT2110T:
        case V4L2_PIX_FMT_MT2110R:
            // Of both depths the driver reports the pitch of eight bits.
            frame.num_planes = 2;
            frame.planes[0] = {size.width, luma};
            frame.planes[1] = {size.width, luma / 2};
            break;
        case V4L2_PIX_FMT_NV12_COL128:
        case V4L2_PIX_FMT_NV12_10_COL128: {
            const uint32_t lines = frame.size.height * 3 / 2;
            frame.planes[0] = {lines, lines * align_up(pitch, 128U)};
            break;
        }
        case V4L2_PIX_FMT_YUV420M:
            frame.num_planes = 3;
            frame.planes[0] = {pitch, luma};
            frame.planes[1] = {pitch / 2, luma / 4};
            frame.planes[2] = {pitch / 2, luma / 4};
            break;
        default:
            frame.planes[0] = {pitch, luma * 3 / 2};
            break;
    }
    return frame;
}

}  // namespace

std::span<const Layout> layouts() { return kLayouts; }

size_t picture_bytes(const Layout& layout, Size size) {
    return size_t{size.width} * size.height * 3 / 2 * layout.bytes / layout.samples;
}

std::shared_ptr<FrameMemory> new_frame(System& system, const Layout& layout, Size size) {
    const FrameLayout frame = frame_layout(layout, size);
    std::array<UniqueFd, kMaxPlanes> memory;
    for (uint32_t plane = 0; plane < frame.num_planes; ++plane) {
        memory[plane] = UniqueFd(memfd_create("frame", MFD_CLOEXEC));
        if (ftruncate(memory[plane].get(), frame.planes[plane].sizeimage) != 0) {
            return nullptr;
        }
    }
    auto made = std::make_shared<FrameMemory>(system, frame, std::move(memory), false);
    std::mt19937 random;
    for (uint32_t plane = 0; plane < frame.num_planes; ++plane) {
        const auto bytes = made->map(plane);
        if (!bytes) {
            return nullptr;
        }
        std::generate(bytes->begin(), bytes->end(),
                      [&random] { return static_cast<std::byte>(random()); });
    }
    return made;
}

}  // namespace v4l2va::bench
