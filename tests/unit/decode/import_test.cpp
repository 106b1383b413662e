// SPDX-License-Identifier: MIT
// Import of clients' dma-bufs: what fits, what is refused, and that sessions decode into it.
#include "frame/import.h"

#include <drm_fourcc.h>
#include <linux/videodev2.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "session_test.h"

namespace v4l2va::test {
namespace {

class ImportTest : public SessionTest {
  protected:
    // A client's memory that lies as the device's own frames do.
    ClientFrame client_frame(size_t less = 0) {
        const FrameLayout layout = new_frame()->layout();
        memory_ = UniqueFd(memfd_create("client", MFD_CLOEXEC));
        EXPECT_EQ(ftruncate(memory_.get(), static_cast<off_t>(layout.planes[0].sizeimage - less)),
                  0);
        ClientFrame frame;
        frame.drm_modifier = DRM_FORMAT_MOD_LINEAR;
        frame.num_planes = 2;
        frame.planes = colour_planes(*find_pixel_format(layout.fourcc), layout, kSize);
        frame.num_dma_bufs = 1;
        frame.dma_bufs[0] = memory_.get();
        return frame;
    }

    Result<std::shared_ptr<FrameMemory>> import(const ClientFrame& frame,
                                                uint32_t fourcc = V4L2_PIX_FMT_NV12) {
        return import_frame_memory(system_, devices_[0], kSize, fourcc, frame);
    }

    // Without those that the fake still has of nodes that are closed.
    size_t descriptors() {
        (void)system_.open_nodes();
        return open_descriptors();
    }

    ErrorCode refusal(const ClientFrame& frame) {
        const size_t before = descriptors();
        const auto memory = import(frame);
        EXPECT_FALSE(memory);
        EXPECT_EQ(descriptors(), before);
        EXPECT_EQ(system_.open_nodes(), 1U) << "the session's";
        return memory ? ErrorCode::kKernel : memory.error().code;
    }

    UniqueFd memory_;
};

TEST_F(ImportTest, SessionsDecodeIntoTheClientsMemory) {
    start();
    const size_t before = descriptors();
    {
        auto memory = import(client_frame());
        ASSERT_TRUE(memory) << memory.error().op;
        struct stat status = {};
        fstat(memory_.get(), &status);
        memory_.reset();  // the memory has a descriptor of its own
        expect_decodes(*memory);
        expect_decodes(*memory);
        ASSERT_EQ(system_.decoded().size(), 2U);
        for (const FakeSystem::Decoded& decoded : system_.decoded()) {
            EXPECT_EQ(decoded.capture_inode, status.st_ino);
        }
        EXPECT_TRUE(system_.violations().empty());
        // Nobody knows its caches, whatever the device's own memory is like.
        system_.reset_counts();
        EXPECT_TRUE((*memory)->begin_cpu_access(FrameMemory::Access::kRead));
        EXPECT_EQ(system_.ioctls(), 1U);
        session_.reset();
    }
    EXPECT_LE(descriptors(), before);
}

TEST_F(ImportTest, DriverWithoutPrepareBuf) {
    FakeDevice device;
    device.has_prepare = false;
    start(device);
    auto memory = import(client_frame());
    ASSERT_TRUE(memory) << memory.error().op;
    expect_decodes(*memory);
}

TEST_F(ImportTest, WhatDoesNotFitIsUnsupported) {
    start();
    const ClientFrame good = client_frame();
    EXPECT_TRUE(import(good));
    ClientFrame frame = good;
    frame.drm_modifier = DRM_FORMAT_MOD_INVALID;  // nothing said
    EXPECT_TRUE(import(frame));
    frame.drm_modifier = DRM_FORMAT_MOD_SAMSUNG_64_32_TILE;
    EXPECT_EQ(refusal(frame), ErrorCode::kUnsupported);
    frame = good;
    frame.planes[1].pitch *= 2;
    EXPECT_EQ(refusal(frame), ErrorCode::kUnsupported);
    frame = good;
    frame.planes[0].offset = 64;
    EXPECT_EQ(refusal(frame), ErrorCode::kUnsupported);
    frame = good;
    frame.planes[1].memory_plane = 1;
    EXPECT_EQ(refusal(frame), ErrorCode::kUnsupported);
    frame = good;
    frame.num_planes = 3;
    EXPECT_EQ(refusal(frame), ErrorCode::kUnsupported);
    frame = good;
    frame.num_dma_bufs = 2;
    EXPECT_EQ(refusal(frame), ErrorCode::kUnsupported);
    EXPECT_FALSE(import(good, V4L2_PIX_FMT_NV12_4L4)) << "nobody can name that one";
    system_.make_unmappable(memory_.get());
    EXPECT_EQ(refusal(good), ErrorCode::kUnsupported);
    EXPECT_EQ(refusal(client_frame(4096)), ErrorCode::kUnsupported) << "too small";
}

// Whatever codec's frames it lies as.
TEST_F(ImportTest, FramesOfAnyCodecFit) {
    FakeDevice device;
    device.coded = {FakeCodedFormat{V4L2_PIX_FMT_H264_SLICE, true, 50, 4096, 2304, 16},
                    FakeCodedFormat{V4L2_PIX_FMT_HEVC_SLICE, false, 0, 4096, 2304, 128}};
    device.controls = {
        V4L2_CID_STATELESS_H264_SPS,           V4L2_CID_STATELESS_H264_PPS,
        V4L2_CID_STATELESS_H264_DECODE_PARAMS, V4L2_CID_STATELESS_HEVC_SPS,
        V4L2_CID_STATELESS_HEVC_PPS,           V4L2_CID_STATELESS_HEVC_DECODE_PARAMS};
    start(device);
    ClientFrame frame = client_frame();
    const uint32_t pitch = frame.planes[1].pitch;
    for (const uint32_t height : {64U, 128U}) {
        frame.planes[1].offset = height * pitch;
        const auto memory = import(frame);
        ASSERT_TRUE(memory) << memory.error().op;
        EXPECT_EQ((*memory)->layout().size.height, height);
        expect_decodes(*memory);
        EXPECT_TRUE(system_.violations().empty());
    }
    frame.planes[1].offset = 96 * pitch;
    EXPECT_EQ(refusal(frame), ErrorCode::kUnsupported);
}

TEST_F(ImportTest, WhatIsNoDescriptorIsInvalid) {
    start();
    ClientFrame frame = client_frame();
    for (const int fd : {-1, 1000}) {
        frame.dma_bufs[0] = fd;
        EXPECT_EQ(refusal(frame), ErrorCode::kInvalidParameter);
    }
}

TEST_F(ImportTest, EveryFailingCallIsSurvived) {
    start();
    const ClientFrame frame = client_frame();
    for (const int sys_errno : {EINVAL, ENOMEM, ENODEV, EBUSY}) {
        for (int nth = 1; nth <= 8; ++nth) {
            const size_t before = descriptors();
            system_.fail_call(0, nth, sys_errno);
            (void)import(frame);
            EXPECT_EQ(descriptors(), before);
        }
    }
    system_.fail_call(VIDIOC_CREATE_BUFS, 1, ENOMEM);
    EXPECT_EQ(refusal(frame), ErrorCode::kNoMemory);
    EXPECT_TRUE(import(frame));
}

}  // namespace
}  // namespace v4l2va::test
