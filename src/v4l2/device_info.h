// SPDX-License-Identifier: MIT
// DeviceInfo: what one stateless decoder can do, all asked of the kernel.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "v4l2/types.h"

namespace v4l2va {

struct Quirks;    // v4l2/quirks.h
class StuckJobs;  // v4l2/stuck_jobs.h

// The formats of one side of a decoder, as G_FMT answers, for both the single- and multi-planar
// API.
struct PlaneLayout {
    uint32_t bytesperline = 0;
    uint32_t sizeimage = 0;
    friend bool operator==(const PlaneLayout&, const PlaneLayout&) = default;
};

inline constexpr uint32_t kMaxPlanes = 3;

// A CAPTURE format with its memory layout. `size` is the driver's aligned size: chroma of an
// NV12-like format in one memory plane starts at bytesperline * size.height.
struct FrameLayout {
    uint32_t fourcc = 0;  // V4L2_PIX_FMT_*
    Size size;
    uint32_t num_planes = 0;  // memory planes, 1..kMaxPlanes
    std::array<PlaneLayout, kMaxPlanes> planes{};
    friend bool operator==(const FrameLayout&, const FrameLayout&) = default;
};

// Sizes that the device takes of a coded format; all in pixels, inclusive.
struct SizeRange {
    Size min{};
    Size max{};
    Size step{1, 1};
};

// One coded (OUTPUT) format of a node.
struct CodedFormatInfo {
    uint32_t fourcc = 0;  // V4L2_PIX_FMT_H264_SLICE, ...
    SizeRange sizes;
    // Bit n set: menu item n of the codec's V4L2_CID_MPEG_VIDEO_*_PROFILE exists.
    // `has_profile_menu` false: the device has no such menu and says nothing about profiles.
    bool has_profile_menu = false;
    uint64_t profile_mask = 0;
    std::vector<uint32_t> capture_fourccs;  // in the driver's order: the first is native
    std::vector<uint32_t> control_ids;      // stateless controls that exist (QUERY_EXT_CTRL)
    CodecTraits traits;

    [[nodiscard]] bool has_control(uint32_t id) const;
};

// One decoder node found by topology. Immutable after enumeration, but for what is stuck on it;
// lives as long as the driver.
struct DeviceInfo {
    std::string media_path;   // /dev/mediaN
    std::string video_path;   // /dev/videoN
    std::string driver_name;  // QUERYCAP driver, such as "rkvdec"
    std::string card;
    bool multiplanar = true;
    std::vector<CodedFormatInfo> coded_formats;
    const Quirks* quirks = nullptr;         // never null after enumeration
    std::shared_ptr<StuckJobs> stuck_jobs;  // never null after enumeration; copies share it

    [[nodiscard]] const CodedFormatInfo* find(uint32_t coded_fourcc) const;
};

}  // namespace v4l2va
