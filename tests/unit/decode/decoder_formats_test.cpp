// SPDX-License-Identifier: MIT
#include "decode/decoder_formats.h"

#include <cerrno>

#include "session_parts_test.h"

namespace v4l2va::test {
namespace {

using Change = DecoderFormats::Change;

constexpr Size kLarger{128, 96};
constexpr Size kSmaller{48, 48};

class DecoderFormatsTest : public SessionPartsTest {};

TEST_F(DecoderFormatsTest, AreTheStreamsAndTheTargets) {
    FakeDevice device;
    device.capture = {V4L2_PIX_FMT_NV12_4L4, V4L2_PIX_FMT_NV12};
    start(device);
    EXPECT_EQ(formats_->coded_layout().fourcc, V4L2_PIX_FMT_H264_SLICE);
    EXPECT_EQ(formats_->coded_layout().size, kSize);
    EXPECT_EQ(formats_->capture_layout().fourcc, V4L2_PIX_FMT_NV12);
    EXPECT_EQ(formats_->capture_layout().size, kSize);
}

TEST_F(DecoderFormatsTest, RefusesADepthThatTheDeviceDoesNotDecode) {
    start();
    picture_.set_ten_bit();
    auto node = formats_->open();
    ASSERT_TRUE(node);
    const auto set = formats_->set_up(*node, picture_of(frame_));
    ASSERT_FALSE(set);
    EXPECT_EQ(set.error().code, ErrorCode::kUnsupported);
}

TEST_F(DecoderFormatsTest, SmallerPicturesStayAsLongAsTheirFramesSuit) {
    FakeDevice device;
    device.driver = "rkvdec";
    start(device);
    EXPECT_FALSE(formats_->must_change(picture_of(frame_), true));
    EXPECT_FALSE(formats_->must_change(picture_of(frame_, kSize), true));
    EXPECT_FALSE(formats_->must_change(picture_of(frame_, kSmaller), true));
    EXPECT_TRUE(formats_->must_change(picture_of(new_frame(kSmaller), kSmaller), true));
    EXPECT_TRUE(formats_->must_change(picture_of(new_frame(kLarger), kLarger), true));
}

TEST_F(DecoderFormatsTest, FollowEveryPictureWhereTheDriverProgramsTheFormatsSize) {
    start();
    const std::vector references{frame_};
    EXPECT_FALSE(formats_->must_change(picture_of(frame_, kSize), true));
    EXPECT_TRUE(formats_->must_change(picture_of(frame_, kSmaller, references), true));
    ASSERT_TRUE(formats_->change(queues_.node(), picture_of(frame_, kSmaller, references)));
    EXPECT_TRUE(formats_->refuses_change());
    EXPECT_FALSE(formats_->must_change(picture_of(frame_, kSmaller, references), true));
    EXPECT_TRUE(formats_->must_change(picture_of(frame_, kSmaller), true));
}

TEST_F(DecoderFormatsTest, ChangeUnderLivingQueues) {
    FakeDevice device;
    device.relaxed_formats = true;
    start(device);
    auto change = formats_->change(queues_.node(), picture_of(new_frame(kLarger), kLarger));
    ASSERT_TRUE(change);
    EXPECT_EQ(*change, Change::kDone);
    EXPECT_EQ(formats_->coded_layout().size, kLarger);
    EXPECT_EQ(formats_->capture_layout().size, kLarger);
    EXPECT_FALSE(formats_->must_change(picture_of(new_frame(kLarger), kLarger), true));
}

TEST_F(DecoderFormatsTest, ARefusedChangeStartsOverWithoutReferencesOnly) {
    start();
    const std::vector references{frame_};
    const auto large = new_frame(kLarger);
    auto change = formats_->change(queues_.node(), picture_of(large, kLarger, references));
    ASSERT_FALSE(change);
    EXPECT_EQ(change.error().code, ErrorCode::kUnsupported);
    EXPECT_TRUE(formats_->refuses_change());
    EXPECT_EQ(formats_->coded_layout().size, kSize);
    EXPECT_TRUE(formats_->must_change(picture_of(large, kLarger), true));
    change = formats_->change(queues_.node(), picture_of(large, kLarger));
    ASSERT_TRUE(change);
    EXPECT_EQ(*change, Change::kStartOver);
    formats_->forget_node();
    auto node = formats_->open();
    ASSERT_TRUE(node);
    EXPECT_EQ(formats_->coded_layout().size, kLarger);
}

TEST_F(DecoderFormatsTest, APictureThatFitsStaysWhereTheNodeRefuses) {
    start();
    const std::vector references{frame_};
    auto change = formats_->change(queues_.node(), picture_of(frame_, kSmaller, references));
    ASSERT_TRUE(change);
    EXPECT_EQ(*change, Change::kStayed);
    EXPECT_TRUE(formats_->refuses_change());
}

TEST_F(DecoderFormatsTest, HalfAChangeIsNoRefusal) {
    FakeDevice device;
    device.relaxed_formats = true;
    start(device);
    const std::vector references{frame_};
    const auto large = new_frame(kLarger);
    system_.fail_call(VIDIOC_S_FMT, 2, EBUSY);
    auto change = formats_->change(queues_.node(), picture_of(large, kLarger, references));
    ASSERT_FALSE(change);
    EXPECT_EQ(change.error().code, ErrorCode::kUnsupported);
    EXPECT_FALSE(formats_->refuses_change());
    auto node = formats_->open();
    ASSERT_TRUE(node);
    EXPECT_EQ(formats_->coded_layout().size, kSize);
}

}  // namespace
}  // namespace v4l2va::test
