// SPDX-License-Identifier: MIT
// DecodeSession: slots, OUTPUT growth, and memory that does not suit the stream.
#include "session_test.h"

namespace v4l2va::test {
namespace {

TEST_F(SessionTest, SlotsAreReboundBeyondTheLimit) {
    start();
    std::vector<std::shared_ptr<FrameMemory>> frames;
    for (int i = 0; i < 36; ++i) {
        frames.push_back(new_frame());
    }
    for (int round = 0; round < 3; ++round) {
        for (const auto& frame : frames) {
            expect_decodes(frame);
        }
    }
    // The four latest pushed out the four oldest: those are no references any more.
    EXPECT_TRUE(session_->reference_timestamp(*frames[35]).valid());
    EXPECT_TRUE(session_->reference_timestamp(*frames[4]).valid());
    EXPECT_FALSE(session_->reference_timestamp(*frames[3]).valid());
}

TEST_F(SessionTest, RebindingSparesReferences) {
    start();
    std::vector<std::shared_ptr<FrameMemory>> frames;
    for (int i = 0; i < 36; ++i) {
        frames.push_back(new_frame());
    }
    expect_decodes(frames[0]);
    const Timestamp name = session_->reference_timestamp(*frames[0]);
    for (int round = 0; round < 2; ++round) {
        for (size_t i = 1; i < frames.size(); ++i) {
            auto request = submit(frames[i], std::span(frames).first(1));
            ASSERT_TRUE(request);
            ASSERT_TRUE(session_->wait(*request, kSecond));
            ASSERT_EQ(session_->reference_timestamp(*frames[0]), name);
        }
    }
}

TEST_F(SessionTest, DeadSurfacesGiveTheirSlots) {
    start();
    for (int i = 0; i < 100; ++i) {
        expect_decodes(new_frame());
    }
    uint32_t highest = 0;
    for (const auto& entry : system_.decoded()) {
        highest = std::max(highest, entry.capture_index);
    }
    EXPECT_LE(highest, 1U);
}

TEST_F(SessionTest, OutputBufferGrowsAndNothingIsLost) {
    start();
    const auto frame = new_frame();
    expect_decodes(frame);
    for (const size_t bytes : {300'000U, 2'000'000U, 1'000U, 9'000'000U}) {
        const TestPicture large(1, bytes, 0x5a);
        auto request = session_->submit(Submission{large.units(), PicturePart::kFrame, frame, {}});
        ASSERT_TRUE(request) << request.error().op;
        ASSERT_TRUE(session_->wait(*request, kSecond));
        EXPECT_EQ(system_.decoded().back().bitstream, std::vector<uint8_t>(bytes, 0x5a));
    }
}

TEST_F(SessionTest, EverLargerPicturesStayWithinTheQueue) {
    start();
    const auto frame = new_frame();
    for (size_t bytes = 250'000; bytes < 32'000'000; bytes += bytes / 3) {
        const TestPicture large(1, bytes);
        for (int i = 0; i < 2; ++i) {
            auto request =
                session_->submit(Submission{large.units(), PicturePart::kFrame, frame, {}});
            ASSERT_TRUE(request) << bytes << request.error().op;
            ASSERT_TRUE(session_->wait(*request, kSecond));
        }
    }
}

TEST_F(SessionTest, TooLargePictureIsRefused) {
    start();
    const auto frame = new_frame();
    const TestPicture huge(1, 64 * 1024 * 1024);
    const auto request = session_->submit(Submission{huge.units(), PicturePart::kFrame, frame, {}});
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().code, ErrorCode::kInvalidParameter);
    expect_decodes(frame);
}

TEST_F(SessionTest, InvalidSubmissionsAreRefused) {
    start();
    const auto frame = new_frame();
    EXPECT_FALSE(session_->submit(Submission{{}, PicturePart::kFrame, frame, {}}));
    EXPECT_FALSE(session_->submit(Submission{picture_.units(), PicturePart::kFrame, nullptr, {}}));
    const DecodeUnit without_controls{};
    EXPECT_FALSE(
        session_->submit(Submission{{&without_controls, 1}, PicturePart::kFrame, frame, {}}));
    expect_decodes(frame);
}

TEST_F(SessionTest, OtherHeightIsDecodedBesideAndCopied) {
    start();
    const auto frame = new_frame({64, 96});
    expect_decodes(frame);
    EXPECT_EQ(log_lines_, 1);
    expect_decodes(new_frame({128, 64}));
    expect_decodes(frame);
    EXPECT_EQ(log_lines_, 1);
    auto bytes = frame->map(0);
    ASSERT_TRUE(bytes);
    const size_t stride = frame->layout().planes[0].bytesperline;
    // 64 rows of luma, none of the rows below; 32 rows of chroma at the frame's own offset.
    EXPECT_EQ((*bytes)[63 * stride], std::byte{3});
    EXPECT_EQ((*bytes)[64 * stride], std::byte{0});
    EXPECT_EQ((*bytes)[96 * stride + 31 * stride], std::byte{3});
}

TEST_F(SessionTest, UnmappableMemoryIsDecodedBesideAndCopied) {
    start();
    const auto good = new_frame();
    const auto bad = new_frame();
    system_.make_unmappable(bad->dma_buf(0));
    expect_decodes(good);
    expect_decodes(bad);
    expect_decodes(good);
    expect_decodes(bad);
}

TEST_F(SessionTest, OtherPixelFormatIsRefused) {
    FakeDevice device;
    device.capture = {V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_YUYV};
    start(device);
    const auto nv12 = new_frame();
    expect_decodes(nv12);
    const auto yuyv = new_frame(kSize, V4L2_PIX_FMT_YUYV);
    const auto request = submit(yuyv);
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().code, ErrorCode::kUnsupported);
    expect_decodes(nv12);
}

// Memory that was allocated on one decoder before it was known that another one decodes.
TEST_F(SessionTest, MemoryOfAnotherDeviceIsUnpackedInto) {
    system_.add_device({});
    FakeDevice tiled;
    tiled.media_path = "/dev/media1";
    tiled.video_path = "/dev/video1";
    tiled.minor = 8;
    tiled.capture = {V4L2_PIX_FMT_MM21};
    system_.add_device(tiled);
    devices_ = enumerate_decoders(system_, log_).devices;
    ASSERT_EQ(devices_.size(), 2U);
    const auto linear = new_frame();
    std::swap(devices_[0], devices_[1]);
    ASSERT_EQ(devices_[0].coded_formats[0].capture_fourccs,
              std::vector<uint32_t>{V4L2_PIX_FMT_MM21});
    open_session();
    expect_decodes(linear);
    expect_decodes(linear);
    EXPECT_EQ(log_lines_, 1);
    auto bytes = linear->map(0);
    ASSERT_TRUE(bytes);
    const size_t picture = size_t{linear->layout().planes[0].bytesperline} * 64 * 3 / 2;
    EXPECT_EQ((*bytes)[picture - 1], std::byte{2});  // the last byte of chroma, too
}

TEST_F(SessionTest, DriverWithoutPrepareBuf) {
    FakeDevice device;
    device.has_prepare = false;
    start(device);
    expect_decodes(new_frame());
    expect_decodes(new_frame());
    EXPECT_EQ(system_.calls(VIDIOC_PREPARE_BUF), 1U);
}

TEST_F(SessionTest, TwoMemoryPlanes) {
    FakeDevice device;
    device.capture = {V4L2_PIX_FMT_MM21};
    start(device);
    const auto frame = new_frame(kSize, V4L2_PIX_FMT_MM21);
    EXPECT_EQ(frame->layout().num_planes, 2U);
    expect_decodes(frame);
    auto chroma = frame->map(1);
    ASSERT_TRUE(chroma);
    EXPECT_EQ(chroma->front(), std::byte{1});
}

TEST_F(SessionTest, TenBitSequenceDecidesTheCaptureFormat) {
    FakeDevice device;
    device.ten_bit_capture = {V4L2_PIX_FMT_P010};
    start(device);
    ASSERT_EQ(devices_[0].coded_formats[0].capture_fourccs,
              (std::vector<uint32_t>{V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_P010}));
    const auto frame = new_frame(kSize, V4L2_PIX_FMT_P010);
    ASSERT_NE(frame, nullptr);
    EXPECT_EQ(frame->layout().fourcc, uint32_t{V4L2_PIX_FMT_P010});
    picture_.set_ten_bit();
    expect_decodes(frame);
    EXPECT_EQ(log_lines_, 0);
}

// As hantro for AV1: its post-processor makes eight bits of ten, too, and that comes first.
TEST_F(SessionTest, TenBitsKeepTheirFormatBesideOneOfEight) {
    FakeDevice device;
    device.ten_bit_capture = {V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_P010};
    start(device);
    const auto frame = new_frame(kSize, V4L2_PIX_FMT_P010);
    ASSERT_NE(frame, nullptr);
    EXPECT_EQ(frame->layout().fourcc, uint32_t{V4L2_PIX_FMT_P010});
    picture_.set_ten_bit();
    expect_decodes(frame);
    EXPECT_EQ(log_lines_, 0);  // nothing is copied
}

TEST_F(SessionTest, UnsupportedDepthIsRefusedAndTheNextSessionWorks) {
    start();
    picture_.set_ten_bit();
    const auto request = submit(new_frame());
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().code, ErrorCode::kUnsupported);
    picture_ = TestPicture();
    expect_decodes(new_frame());
}

}  // namespace
}  // namespace v4l2va::test
