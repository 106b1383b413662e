// SPDX-License-Identifier: MIT
// The memory of a surface from a decoder's node: how large it is and how frames lie in it.
#include "frame/allocation.h"

#include <gtest/gtest.h>

#include "fake_system.h"
#include "frame/frame_memory.h"
#include "v4l2/enumerator.h"
#include "v4l2/quirks.h"

namespace v4l2va::test {
namespace {

class AllocationTest : public ::testing::Test {
  protected:
    std::vector<DeviceInfo> devices_of(const FakeDevice& device) {
        system_.add_device(device);
        return enumerate_decoders(system_, log_).devices;
    }

    void TearDown() override {
        EXPECT_EQ(system_.open_nodes(), 0U);
        EXPECT_EQ(system_.violations(), std::vector<std::string>{});
    }

    Logger log_{LogLevel::kNone, nullptr, nullptr};
    FakeSystem system_;
};

TEST_F(AllocationTest, IsSizedForTheHungriestCodec) {
    FakeDevice device;
    device.coded = {FakeCodedFormat{V4L2_PIX_FMT_MPEG2_SLICE, false, 0, 1920, 1088},
                    FakeCodedFormat{V4L2_PIX_FMT_H264_SLICE, true, 100'000, 4096, 2304},
                    FakeCodedFormat{V4L2_PIX_FMT_VP8_FRAME, false, 5'000, 1920, 1088}};
    const auto devices = devices_of(device);
    ASSERT_EQ(devices.size(), 1U);
    ASSERT_EQ(devices[0].coded_formats.size(), 3U);
    const size_t before = open_descriptors();
    {
        auto frame = allocate_frame_memory(system_, devices[0], {320, 200}, V4L2_PIX_FMT_NV12);
        ASSERT_TRUE(frame) << frame.error().op;
        const FrameLayout& layout = (*frame)->layout();
        EXPECT_EQ(layout.size, (Size{320, 208}));
        EXPECT_EQ(layout.planes[0].bytesperline, 320U);
        EXPECT_EQ(layout.planes[0].sizeimage, 320U * 208 * 3 / 2 + 100'000);
        EXPECT_EQ(*(*frame)->dma_buf_size(0), layout.planes[0].sizeimage);
        EXPECT_FALSE((*frame)->dma_buf_size(1));
        EXPECT_EQ(system_.open_nodes(), 0U);  // the memory outlives the node
        auto exported = (*frame)->export_plane(0);
        ASSERT_TRUE(exported);
        EXPECT_FALSE((*frame)->export_plane(3));
        auto bytes = (*frame)->map(0);
        ASSERT_TRUE(bytes);
        EXPECT_EQ(bytes->size(), layout.planes[0].sizeimage);
        EXPECT_EQ(bytes->data(), (*frame)->map(0)->data());
    }
    EXPECT_EQ(open_descriptors(), before);
    // Only one codec takes this size; below the smallest, the driver's minimum is taken.
    auto large = allocate_frame_memory(system_, devices[0], {3840, 2160}, V4L2_PIX_FMT_NV12);
    EXPECT_TRUE(large);
    auto tiny = allocate_frame_memory(system_, devices[0], {16, 16}, V4L2_PIX_FMT_NV12);
    ASSERT_TRUE(tiny);
    EXPECT_EQ((*tiny)->layout().size, (Size{48, 48}));
    EXPECT_NE((*tiny)->id(), (*large)->id());
    auto none = allocate_frame_memory(system_, devices[0], {0, 16}, V4L2_PIX_FMT_NV12);
    EXPECT_FALSE(none);
    auto unknown = allocate_frame_memory(system_, devices[0], {64, 64}, V4L2_PIX_FMT_P010);
    EXPECT_FALSE(unknown);
}

// rkvdec: 16 rows with H.264, 64 with HEVC and VP9.
TEST_F(AllocationTest, LiesAsTheCodecsFramesDo) {
    FakeDevice device;
    device.coded = {FakeCodedFormat{V4L2_PIX_FMT_HEVC_SLICE, false, 0, 4096, 2304, 64},
                    FakeCodedFormat{V4L2_PIX_FMT_H264_SLICE, true, 50, 4096, 2304, 16},
                    FakeCodedFormat{V4L2_PIX_FMT_VP8_FRAME, true, 100, 4096, 2304, 16}};
    device.controls = {V4L2_CID_STATELESS_H264_SPS,           V4L2_CID_STATELESS_H264_PPS,
                       V4L2_CID_STATELESS_H264_DECODE_PARAMS, V4L2_CID_STATELESS_HEVC_SPS,
                       V4L2_CID_STATELESS_HEVC_PPS,           V4L2_CID_STATELESS_HEVC_DECODE_PARAMS,
                       V4L2_CID_STATELESS_VP8_FRAME};
    const auto devices = devices_of(device);
    ASSERT_EQ(devices.size(), 1U);
    const auto layout = [&](uint32_t coded_fourcc) {
        const auto frame = allocate_frame_memory(system_, devices[0], {1280, 720},
                                                 V4L2_PIX_FMT_NV12, coded_fourcc);
        EXPECT_TRUE(frame) << frame.error().op;
        return frame ? (*frame)->layout() : FrameLayout{};
    };
    EXPECT_EQ(layout(V4L2_PIX_FMT_HEVC_SLICE).size.height, 768U);
    const FrameLayout h264 = layout(V4L2_PIX_FMT_H264_SLICE);
    EXPECT_EQ(h264.size.height, 720U);
    EXPECT_EQ(h264.planes[0].sizeimage, 1280U * 720 * 3 / 2 + 100) << "VP8 lies like that, too";
    EXPECT_EQ(layout(0).size.height, 768U);
    EXPECT_EQ(layout(V4L2_PIX_FMT_VP9_FRAME).size.height, 768U) << "not known to the device";
}

TEST_F(AllocationTest, OddSizesHaveWholeChromaRows) {
    FakeDevice device;
    device.stride_alignment = 1;
    device.height_alignment = 1;
    const auto devices = devices_of(device);
    ASSERT_EQ(devices.size(), 1U);
    auto frame = allocate_frame_memory(system_, devices[0], {65, 67}, V4L2_PIX_FMT_NV12);
    ASSERT_TRUE(frame) << frame.error().op;
    EXPECT_EQ((*frame)->layout().size.height, 68U);
    EXPECT_GE((*frame)->layout().planes[0].bytesperline, 66U);
}

TEST_F(AllocationTest, TenBitsWhereSeveralCodecsHaveThem) {
    FakeDevice device;
    device.coded = {FakeCodedFormat{V4L2_PIX_FMT_HEVC_SLICE, false, 100'000, 4096, 2304},
                    FakeCodedFormat{V4L2_PIX_FMT_H264_SLICE, true, 0, 4096, 2304}};
    device.ten_bit_capture = {V4L2_PIX_FMT_P010};
    device.controls = {
        V4L2_CID_STATELESS_H264_SPS,           V4L2_CID_STATELESS_H264_PPS,
        V4L2_CID_STATELESS_H264_DECODE_PARAMS, V4L2_CID_STATELESS_HEVC_SPS,
        V4L2_CID_STATELESS_HEVC_PPS,           V4L2_CID_STATELESS_HEVC_DECODE_PARAMS};
    const auto devices = devices_of(device);
    ASSERT_EQ(devices.size(), 1U);
    EXPECT_EQ(devices[0].coded_formats.at(0).traits.max_bit_depth, 10U);
    auto frame = allocate_frame_memory(system_, devices[0], {64, 64}, V4L2_PIX_FMT_P010);
    ASSERT_TRUE(frame) << frame.error().op;
    EXPECT_EQ((*frame)->layout().fourcc, uint32_t{V4L2_PIX_FMT_P010});
    EXPECT_GE((*frame)->layout().planes[0].sizeimage, 100'000U);
}

TEST_F(AllocationTest, TenBitsWhereSetFormatTellsTheSizesOfEight) {
    FakeDevice device;
    device.ten_bit_capture = {V4L2_PIX_FMT_P010};
    device.set_format_forgets_depth = true;
    const auto devices = devices_of(device);
    ASSERT_EQ(devices.size(), 1U);
    auto frame = allocate_frame_memory(system_, devices[0], {64, 64}, V4L2_PIX_FMT_P010);
    ASSERT_TRUE(frame) << frame.error().op;
    EXPECT_GE((*frame)->layout().planes[0].sizeimage, 64U * 64 * 3);
}

TEST_F(AllocationTest, CpuAccessIsBracketedOnlyWhereItMatters) {
    for (const char* driver : {"hantro-vpu", "an unknown driver"}) {
        FakeSystem system;
        FakeDevice device;
        device.driver = std::string(driver).substr(0, 15);
        system.add_device(device);
        const auto devices = enumerate_decoders(system, log_).devices;
        ASSERT_EQ(devices.size(), 1U);
        auto frame = allocate_frame_memory(system, devices[0], {64, 64}, V4L2_PIX_FMT_NV12);
        ASSERT_TRUE(frame);
        system.reset_counts();
        EXPECT_TRUE((*frame)->begin_cpu_access(FrameMemory::Access::kRead));
        EXPECT_TRUE((*frame)->end_cpu_access(FrameMemory::Access::kRead));
        EXPECT_EQ(system.ioctls(), devices[0].quirks->needs_cpu_sync ? 2U : 0U);
    }
}

}  // namespace
}  // namespace v4l2va::test
