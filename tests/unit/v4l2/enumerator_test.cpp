// SPDX-License-Identifier: MIT
// Enumeration: good topologies, odd ones, and everything that is no stateless decoder.
#include "v4l2/enumerator.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "fake_system.h"
#include "v4l2/quirks.h"

namespace v4l2va::test {
namespace {

class EnumeratorTest : public ::testing::Test {
  protected:
    static void count_line(void* user, LogLevel level, const char*) {
        if (level < LogLevel::kDebug) {
            ++*static_cast<int*>(user);
        }
    }

    // What was skipped is in `skipped_`.
    std::vector<DeviceInfo> enumerate() {
        const size_t before = open_descriptors();
        Enumeration found = enumerate_decoders(system_, log_);
        skipped_ = std::move(found.skipped);
        EXPECT_EQ(open_descriptors(), before);
        EXPECT_EQ(system_.open_nodes(), 0U);
        EXPECT_EQ(system_.violations(), std::vector<std::string>{});
        EXPECT_EQ(lines_, 0) << "the caller tells";
        return std::move(found.devices);
    }

    int lines_ = 0;
    std::vector<SkippedNode> skipped_;
    Logger log_{LogLevel::kDebug, count_line, &lines_};
    FakeSystem system_;
};

TEST_F(EnumeratorTest, NothingThere) {
    EXPECT_TRUE(enumerate().empty());
    EXPECT_TRUE(skipped_.empty());
}

TEST_F(EnumeratorTest, H264Decoder) {
    system_.add_device({});
    const auto devices = enumerate();
    ASSERT_EQ(devices.size(), 1U);
    const DeviceInfo& device = devices[0];
    EXPECT_EQ(device.media_path, "/dev/media0");
    EXPECT_EQ(device.video_path, "/dev/video0");
    EXPECT_EQ(device.driver_name, "hantro-vpu");
    EXPECT_EQ(device.card, "a card");
    EXPECT_TRUE(device.multiplanar);
    EXPECT_EQ(device.quirks, find_quirks("hantro-vpu"));
    ASSERT_EQ(device.coded_formats.size(), 1U);
    const CodedFormatInfo* format = device.find(V4L2_PIX_FMT_H264_SLICE);
    ASSERT_NE(format, nullptr);
    EXPECT_EQ(device.find(V4L2_PIX_FMT_VP8_FRAME), nullptr);
    EXPECT_EQ(format->sizes.min, (Size{48, 48}));
    EXPECT_EQ(format->sizes.max, (Size{4096, 2304}));
    EXPECT_EQ(format->sizes.step, (Size{16, 16}));
    EXPECT_TRUE(format->has_profile_menu);
    EXPECT_EQ(format->profile_mask, 0b10111U);  // Extended is skipped
    EXPECT_EQ(format->capture_fourccs, std::vector<uint32_t>{V4L2_PIX_FMT_NV12});
    EXPECT_TRUE(format->has_control(V4L2_CID_STATELESS_H264_SPS));
    EXPECT_FALSE(format->has_control(V4L2_CID_STATELESS_H264_SLICE_PARAMS));
    EXPECT_EQ(format->traits.decode_mode, DecodeMode::kFrameBased);
    EXPECT_EQ(format->traits.start_code, StartCode::kAnnexB);
    EXPECT_TRUE(format->traits.has_scaling_matrix);
    EXPECT_FALSE(format->traits.has_pred_weights);
    EXPECT_TRUE(format->traits.supports_hold);
    EXPECT_EQ(format->traits.max_bit_depth, 8U);
    EXPECT_TRUE(format->traits.has_h264_fields);
    EXPECT_TRUE(format->traits.has_h264_main_tools);
}

TEST_F(EnumeratorTest, QuirksReachTheCodecs) {
    FakeDevice tegra;
    tegra.driver = "tegra-vde";
    system_.add_device(tegra);
    const auto devices = enumerate();
    ASSERT_EQ(devices.size(), 1U);
    EXPECT_FALSE(devices[0].coded_formats[0].traits.has_h264_fields);
    EXPECT_FALSE(devices[0].coded_formats[0].traits.has_h264_main_tools);
}

TEST_F(EnumeratorTest, HevcControlsAndArrays) {
    FakeDevice device;
    device.coded[0].fourcc = V4L2_PIX_FMT_HEVC_SLICE;
    device.coded[0].supports_hold = false;
    device.controls = {V4L2_CID_STATELESS_HEVC_SPS, V4L2_CID_STATELESS_HEVC_SLICE_PARAMS,
                       V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS,
                       V4L2_CID_STATELESS_HEVC_EXT_SPS_LT_RPS};
    system_.add_device(device);
    const auto devices = enumerate();
    ASSERT_EQ(devices.size(), 1U);
    const CodecTraits& traits = devices[0].coded_formats.at(0).traits;
    EXPECT_TRUE(traits.has_slice_params);
    EXPECT_EQ(traits.max_slice_params, 600U);
    EXPECT_EQ(traits.max_entry_points, 0U);
    EXPECT_TRUE(traits.has_ext_sps_rps);
    EXPECT_FALSE(traits.supports_hold);
    EXPECT_FALSE(devices[0].coded_formats[0].has_profile_menu);
}

TEST_F(EnumeratorTest, SinglePlanar) {
    FakeDevice device;
    device.driver = "cedrus";
    device.multiplanar = false;
    system_.add_device(device);
    const auto devices = enumerate();
    ASSERT_EQ(devices.size(), 1U);
    EXPECT_FALSE(devices[0].multiplanar);
}

TEST_F(EnumeratorTest, SeveralDevicesInMediaOrder) {
    for (const int number : {10, 2}) {
        FakeDevice device;
        device.media_path = "/dev/media" + std::to_string(number);
        device.video_path = "/dev/video" + std::to_string(number);
        device.minor = static_cast<uint32_t>(number);
        system_.add_device(device);
    }
    const auto devices = enumerate();
    ASSERT_EQ(devices.size(), 2U);
    EXPECT_EQ(devices[0].media_path, "/dev/media2");
    EXPECT_EQ(devices[1].media_path, "/dev/media10");
}

TEST_F(EnumeratorTest, EncoderAndCameraAreLeftAlone) {
    FakeDevice encoder;
    encoder.entity_function = MEDIA_ENT_F_PROC_VIDEO_ENCODER;
    system_.add_device(encoder);
    FakeDevice camera;
    camera.media_path = "/dev/media1";
    camera.video_path = "/dev/video1";
    camera.minor = 8;
    camera.entity_function = MEDIA_ENT_F_CAM_SENSOR;
    system_.add_device(camera);
    EXPECT_TRUE(enumerate().empty());
    EXPECT_EQ(system_.calls(VIDIOC_QUERYCAP), 0U);
    EXPECT_EQ(system_.calls(VIDIOC_S_FMT), 0U);
}

TEST_F(EnumeratorTest, StatefulDecoderKeepsItsFormats) {
    FakeDevice device;
    device.coded.clear();
    device.raw_output_fourccs = {V4L2_PIX_FMT_H264, V4L2_PIX_FMT_HEVC};
    system_.add_device(device);
    EXPECT_TRUE(enumerate().empty());
    EXPECT_EQ(system_.calls(VIDIOC_S_FMT), 0U);
    EXPECT_TRUE(skipped_.empty());
}

TEST_F(EnumeratorTest, QueueWithoutRequestsIsNotStateless) {
    FakeDevice device;
    device.requests_supported = false;
    system_.add_device(device);
    EXPECT_TRUE(enumerate().empty());
    ASSERT_EQ(skipped_.size(), 1U);
    EXPECT_EQ(skipped_[0].path, "/dev/video0");
    EXPECT_NE(std::string(remedy(skipped_[0].error)).find("CONFIG_MEDIA_CONTROLLER_REQUEST_API"),
              std::string::npos);
    EXPECT_TRUE(skipped_[0].is_decoder);
}

// Of Tegra 124: nothing is wrong with the kernel, it just has no picture format there.
TEST_F(EnumeratorTest, DecoderWithoutPictureFormatsIsNoNews) {
    FakeDevice device;
    device.capture.clear();
    system_.add_device(device);
    EXPECT_TRUE(enumerate().empty());
    EXPECT_TRUE(skipped_.empty());
}

TEST_F(EnumeratorTest, NodeThatIsNoMemoryToMemoryDevice) {
    FakeDevice device;
    device.capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    system_.add_device(device);
    EXPECT_TRUE(enumerate().empty());
    ASSERT_EQ(skipped_.size(), 1U);
    EXPECT_EQ(std::string(remedy(skipped_[0].error)).find("kernel"), std::string::npos);
}

TEST_F(EnumeratorTest, NodesThatMayNotBeOpened) {
    FakeDevice media;
    media.media_open_errno = EACCES;
    system_.add_device(media);
    FakeDevice video;
    video.media_path = "/dev/media1";
    video.video_path = "/dev/video1";
    video.minor = 8;
    video.open_errno = EACCES;
    system_.add_device(video);
    EXPECT_TRUE(enumerate().empty());
    ASSERT_EQ(skipped_.size(), 2U);
    EXPECT_EQ(skipped_[0].path, "/dev/video1") << "a decoder comes first";
    EXPECT_EQ(skipped_[1].path, "/dev/media0");
    EXPECT_TRUE(skipped_[0].is_decoder);
    EXPECT_FALSE(skipped_[1].is_decoder);
    for (const SkippedNode& node : skipped_) {
        EXPECT_EQ(node.error.code, ErrorCode::kPermission);
        EXPECT_NE(std::string(remedy(node.error)).find("video"), std::string::npos);
    }
}

TEST_F(EnumeratorTest, BusyAndVanishedNodesDoNotHideTheOthers) {
    uint32_t minor = 7;
    for (const int sys_errno : {EBUSY, 0, ENODEV, ENXIO}) {
        FakeDevice device;
        device.media_path = "/dev/media" + std::to_string(minor);
        device.video_path = "/dev/video" + std::to_string(minor);
        device.minor = minor++;
        device.open_errno = sys_errno;
        system_.add_device(device);
    }
    EXPECT_EQ(enumerate().size(), 1U);
    ASSERT_EQ(skipped_.size(), 3U);
    EXPECT_EQ(skipped_[0].error.code, ErrorCode::kBusy);
    EXPECT_EQ(skipped_[1].error.code, ErrorCode::kNoDevice);
    EXPECT_EQ(skipped_[2].error.code, ErrorCode::kNoDevice);
}

// A container with the media device and without the video node, or with neither's permission.
TEST_F(EnumeratorTest, NodesThatAContainerWasNotGiven) {
    FakeDevice device;
    device.video_path = "/dev/other";
    device.minor = 19;
    system_.add_device(device);
    EXPECT_TRUE(enumerate().empty());
    ASSERT_EQ(skipped_.size(), 1U);
    EXPECT_EQ(skipped_[0].path, "video node 81:19 of /dev/media0");
    EXPECT_TRUE(skipped_[0].is_decoder);
    EXPECT_EQ(skipped_[0].error.code, ErrorCode::kNoDevice);
    EXPECT_STREQ(remedy(skipped_[0].error), "it is not in /dev: let it into the container");

    FakeSystem ruled;
    device.media_open_errno = EPERM;
    ruled.add_device(device);
    skipped_ = enumerate_decoders(ruled, log_).skipped;
    ASSERT_EQ(skipped_.size(), 1U);
    EXPECT_EQ(skipped_[0].error.code, ErrorCode::kPermission);
    EXPECT_STREQ(remedy(skipped_[0].error), "let it into the container") << "no group helps";
}

// The process has no descriptor left: the kernel's log knows nothing of it.
TEST_F(EnumeratorTest, NoDescriptorLeft) {
    FakeDevice device;
    device.media_open_errno = EMFILE;
    system_.add_device(device);
    EXPECT_TRUE(enumerate().empty());
    ASSERT_EQ(skipped_.size(), 1U);
    EXPECT_NE(std::string(remedy(skipped_[0].error)).find("ulimit -n"), std::string::npos);
}

TEST_F(EnumeratorTest, NoInterfaceLink) {
    FakeDevice device;
    device.has_interface_link = false;
    system_.add_device(device);
    EXPECT_TRUE(enumerate().empty());
}

TEST_F(EnumeratorTest, TopologyThatMoves) {
    FakeDevice device;
    device.topology_moves = 2;
    system_.add_device(device);
    EXPECT_EQ(enumerate().size(), 1U);
}

TEST_F(EnumeratorTest, TopologyThatNeverRests) {
    FakeDevice device;
    device.topology_moves = 1000;
    system_.add_device(device);
    EXPECT_TRUE(enumerate().empty());
    ASSERT_EQ(skipped_.size(), 1U);
    EXPECT_EQ(skipped_[0].path, "/dev/media0");
    EXPECT_FALSE(skipped_[0].is_decoder);
}

TEST_F(EnumeratorTest, TopologyThatCannotBeRead) {
    system_.add_device({});
    system_.fail_call(MEDIA_IOC_G_TOPOLOGY, 1, ENOTTY);
    EXPECT_TRUE(enumerate().empty());
    ASSERT_EQ(skipped_.size(), 1U);
    EXPECT_STREQ(skipped_[0].error.op, "MEDIA_IOC_G_TOPOLOGY");
}

TEST_F(EnumeratorTest, EveryFailingCallIsSurvived) {
    system_.add_device({});
    for (int nth = 1; nth < 60; ++nth) {
        for (const int sys_errno : {EINVAL, ENOTTY, ENODEV, EBUSY, ENOMEM}) {
            system_.fail_call(0, nth, sys_errno);
            const auto devices = enumerate();
            EXPECT_LE(devices.size(), 1U);
        }
    }
}

// As cedrus and hevc_d: what S_FMT makes of sizes tells which it takes.
TEST_F(EnumeratorTest, SizesOfADriverThatListsNone) {
    FakeDevice device;
    device.lists_sizes = false;
    system_.add_device(device);
    const auto devices = enumerate();
    ASSERT_EQ(devices.size(), 1U);
    const SizeRange& sizes = devices[0].coded_formats.at(0).sizes;
    EXPECT_EQ(sizes.min, (Size{48, 48}));
    EXPECT_EQ(sizes.max, (Size{4096, 2304}));
    EXPECT_EQ(sizes.step, (Size{1, 1}));
}

}  // namespace
}  // namespace v4l2va::test
