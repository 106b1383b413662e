// SPDX-License-Identifier: MIT
#include "va/capability.h"

#include <gtest/gtest.h>
#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include "codec/registry.h"
#include "v4l2/quirks.h"

namespace v4l2va {
namespace {

// A decoder of H.264 up to Main.
DeviceInfo h264_device(const char* driver) {
    CodedFormatInfo coded;
    coded.fourcc = V4L2_PIX_FMT_H264_SLICE;
    coded.has_profile_menu = true;
    coded.profile_mask = 1U << V4L2_MPEG_VIDEO_H264_PROFILE_BASELINE |
                         1U << V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE |
                         1U << V4L2_MPEG_VIDEO_H264_PROFILE_MAIN;
    coded.capture_fourccs = {V4L2_PIX_FMT_NV12};
    coded.control_ids = {V4L2_CID_STATELESS_H264_SPS, V4L2_CID_STATELESS_H264_PPS,
                         V4L2_CID_STATELESS_H264_DECODE_PARAMS};
    DeviceInfo device;
    device.driver_name = driver;
    device.quirks = find_quirks(driver);
    device.coded_formats = {coded};
    return device;
}

bool decodes(const DeviceInfo& device, VAProfile wanted) {
    const ProfileInfo* profile = nullptr;
    const CodecInfo* codec = find_codec(wanted, &profile);
    return device_decodes(device, *codec, *profile);
}

TEST(Capability, GoesByTheProfileMenu) {
    const DeviceInfo device = h264_device("hantro-vpu");
    EXPECT_TRUE(decodes(device, VAProfileH264ConstrainedBaseline));
    EXPECT_TRUE(decodes(device, VAProfileH264Main));
    EXPECT_FALSE(decodes(device, VAProfileH264High));
    EXPECT_FALSE(decodes(device, VAProfileHEVCMain));
}

TEST(Capability, TegraHasMainInItsMenuOnly) {
    const DeviceInfo device = h264_device("tegra-vde");
    EXPECT_TRUE(decodes(device, VAProfileH264ConstrainedBaseline));
    EXPECT_FALSE(decodes(device, VAProfileH264Main));
}

}  // namespace
}  // namespace v4l2va
