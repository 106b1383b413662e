// SPDX-License-Identifier: MIT
// The life of requests, and jobs from start to completion.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "device_file.h"

namespace {

// One context that can decode (damaged) pictures.
class Requests : public testing::Test {
  protected:
    void SetUp() override {
        video_.start();
        for (unsigned i = 0; i < 4; ++i) video_.write_slice(i);
        request_ = media_.allocate_request();
        v4l2_ctrl_h264_sps sps = {};
        sps.profile_idc = 77;
        sps.chroma_format_idc = 1;
        sps.pic_width_in_mbs_minus1 = 19;
        sps.pic_height_in_map_units_minus1 = 14;
        sps.max_num_ref_frames = 1;
        sps.flags = V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY;
        ASSERT_EQ(video_.set_control(V4L2_CID_STATELESS_H264_SPS, &sps, sizeof sps), 0);
    }
    void TearDown() override { close(request_); }

    Media media_;
    Video video_;
    int request_ = -1;
};

TEST_F(Requests, QueueNeedsOneBuffer) {
    EXPECT_EQ(queue_request(request_), ENOENT);
    EXPECT_EQ(video_.queue_output(0, request_, 1), 0);
    EXPECT_EQ(video_.queue_output(1, request_, 1), 0);
    EXPECT_EQ(queue_request(request_), EINVAL);
    EXPECT_EQ(reinit_request(request_), 0);
    EXPECT_EQ(video_.queue_output(0, request_, 1), 0);
    EXPECT_EQ(queue_request(request_), 0);
    EXPECT_EQ(queue_request(request_), EBUSY);
}

TEST_F(Requests, AreBusyWhileQueued) {
    ASSERT_EQ(video_.queue_output(0, request_, 1), 0);
    ASSERT_EQ(queue_request(request_), 0);
    EXPECT_EQ(reinit_request(request_), EBUSY);
    v4l2_ctrl_h264_pps pps = {};
    EXPECT_EQ(video_.set_control(V4L2_CID_STATELESS_H264_PPS, &pps, sizeof pps, request_), EBUSY);
    EXPECT_EQ(video_.queue_output(1, request_, 1), EBUSY);
    EXPECT_EQ(poll_file(request_, POLLPRI, 20), 0);
}

TEST_F(Requests, CompleteInOrder) {
    EXPECT_EQ(poll_file(request_, POLLPRI, 0), POLLERR);
    ASSERT_EQ(video_.queue_output(0, request_, 1234567), 0);
    ASSERT_EQ(queue_request(request_), 0);
    ASSERT_EQ(video_.queue_capture(2), 0);
    ASSERT_EQ(poll_file(request_, POLLPRI, 5000), POLLPRI);
    EXPECT_EQ(poll_file(request_, POLLIN, 0), 0);
    EXPECT_EQ(poll_file(video_.fd(), POLLIN | POLLOUT, 0), POLLIN | POLLOUT);
    v4l2_buffer buffer;
    ASSERT_EQ(video_.dequeue(kCapture, buffer), 0);
    EXPECT_EQ(buffer.index, 2U);
    EXPECT_EQ(buffer.timestamp.tv_sec, 1);
    EXPECT_EQ(buffer.timestamp.tv_usec, 234567);
    ASSERT_EQ(video_.dequeue(kOutput, buffer), 0);
    EXPECT_EQ(buffer.index, 0U);
    EXPECT_EQ(reinit_request(request_), 0);
    EXPECT_EQ(poll_file(request_, POLLPRI, 0), POLLERR);
}

TEST_F(Requests, ClosedWhileQueuedStillRun) {
    const int other = media_.allocate_request();
    ASSERT_EQ(video_.queue_output(0, other, 1), 0);
    ASSERT_EQ(queue_request(other), 0);
    close(other);
    ASSERT_EQ(video_.queue_capture(0), 0);
    v4l2_buffer buffer;
    EXPECT_EQ(video_.dequeue(kCapture, buffer), 0);
}

TEST_F(Requests, AreCompletedByStreamoff) {
    ASSERT_EQ(video_.queue_output(0, request_, 1), 0);
    ASSERT_EQ(queue_request(request_), 0);
    ASSERT_EQ(video_.stream(kOutput, false), 0);
    EXPECT_EQ(poll_file(request_, POLLPRI, 0), POLLPRI);
    EXPECT_EQ(reinit_request(request_), 0);
    ASSERT_EQ(video_.stream(kOutput, true), 0);
    EXPECT_EQ(video_.queue_output(0, request_, 1), 0);
}

TEST_F(Requests, HeldCaptureBufferWaitsForItsOtherPart) {
    const int second = media_.allocate_request();
    const int third = media_.allocate_request();
    ASSERT_EQ(video_.queue_capture(0), 0);
    ASSERT_EQ(video_.queue_capture(1), 0);
    ASSERT_EQ(video_.queue_output(0, request_, 5, V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF), 0);
    ASSERT_EQ(queue_request(request_), 0);
    ASSERT_EQ(poll_file(request_, POLLPRI, 5000), POLLPRI);
    EXPECT_EQ(poll_file(video_.fd(), POLLIN, 10), 0);
    // The same timestamp without HOLD ends it.
    ASSERT_EQ(video_.queue_output(1, second, 5), 0);
    ASSERT_EQ(queue_request(second), 0);
    EXPECT_EQ(poll_file(video_.fd(), POLLIN, 5000), POLLIN);
    v4l2_buffer buffer;
    ASSERT_EQ(video_.dequeue(kCapture, buffer), 0);
    EXPECT_EQ(buffer.index, 0U);
    // So does FLUSH.
    ASSERT_EQ(video_.queue_output(2, third, 6, V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF), 0);
    ASSERT_EQ(queue_request(third), 0);
    ASSERT_EQ(poll_file(third, POLLPRI, 5000), POLLPRI);
    v4l2_decoder_cmd command = {};
    command.cmd = V4L2_DEC_CMD_FLUSH;
    ASSERT_EQ(call(video_.fd(), VIDIOC_DECODER_CMD, &command), 0);
    EXPECT_EQ(video_.dequeue(kCapture, buffer), 0);
    EXPECT_EQ(buffer.index, 1U);
    close(second);
    close(third);
}

TEST_F(Requests, OtherTimestampReleasesTheHeldBuffer) {
    const int second = media_.allocate_request();
    ASSERT_EQ(video_.queue_capture(0), 0);
    ASSERT_EQ(video_.queue_output(0, request_, 5, V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF), 0);
    ASSERT_EQ(queue_request(request_), 0);
    ASSERT_EQ(video_.queue_output(1, second, 6), 0);
    ASSERT_EQ(queue_request(second), 0);
    v4l2_buffer buffer;
    ASSERT_EQ(video_.dequeue(kCapture, buffer), 0);
    EXPECT_EQ(buffer.timestamp.tv_usec, 5);
    EXPECT_EQ(poll_file(second, POLLPRI, 10), 0);
    ASSERT_EQ(video_.queue_capture(1), 0);
    EXPECT_EQ(poll_file(second, POLLPRI, 5000), POLLPRI);
    close(second);
}

TEST_F(Requests, MixingIsRefused) {
    EXPECT_EQ(video_.queue_output(0, media_.fd(), 1), EINVAL);
    EXPECT_EQ(video_.queue_output(0, request_, 1), 0);
    EXPECT_EQ(video_.queue_output(0, request_, 1), EINVAL);
}

TEST_F(Requests, DamagedPicturesCarryTheErrorFlag) {
    ASSERT_EQ(video_.queue_output(0, request_, 1), 0);
    ASSERT_EQ(queue_request(request_), 0);
    ASSERT_EQ(video_.queue_capture(0), 0);
    v4l2_buffer buffer;
    ASSERT_EQ(video_.dequeue(kCapture, buffer), 0);
    EXPECT_NE(buffer.flags & V4L2_BUF_FLAG_ERROR, 0U);
}

// Runs with a fault: the hardware does not answer.
TEST(Stall, ADriverTakesTheFrameBackAfterSeconds) {
    Video video;
    Media media;
    video.start();
    video.write_slice(0);
    const File request(media.allocate_request());
    ASSERT_EQ(video.queue_capture(0), 0);
    ASSERT_EQ(video.queue_output(0, request.fd(), 1), 0);
    ASSERT_EQ(queue_request(request.fd()), 0);
    EXPECT_EQ(poll_file(request.fd(), POLLPRI, 1000), 0);
    EXPECT_EQ(poll_file(request.fd(), POLLPRI, 10000), POLLPRI);
    v4l2_buffer buffer;
    ASSERT_EQ(video.dequeue(kCapture, buffer), 0);
    EXPECT_NE(buffer.flags & V4L2_BUF_FLAG_ERROR, 0U);
}

// Runs with a fault: the hardware never answers for the first frame of each file; STREAMOFF and
// close() wait 700 ms.
class Hang : public testing::Test {
  protected:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::milliseconds kBlock{700};

    void SetUp() override {
        stuck_.start();
        stuck_.write_slice(0);
        ASSERT_EQ(stuck_.queue_capture(0), 0);
        ASSERT_EQ(stuck_.queue_output(0, request_.fd(), 1), 0);
        ASSERT_EQ(queue_request(request_.fd()), 0);
        ASSERT_EQ(poll_file(request_.fd(), POLLPRI, 100), 0);
    }

    Media media_;
    const File request_{media_.allocate_request()};
    Video stuck_;
};

TEST_F(Hang, StreamoffWaitsForTheJob) {
    const auto start = Clock::now();
    EXPECT_EQ(stuck_.stream(kCapture, false), 0);
    EXPECT_GE(Clock::now() - start, kBlock);
    EXPECT_EQ(stuck_.stream(kOutput, false), 0);
    EXPECT_EQ(poll_file(request_.fd(), POLLPRI, 0), POLLPRI);
    EXPECT_LT(Clock::now() - start, 2 * kBlock);  // one wait for both queues
}

TEST_F(Hang, NoOtherFileOfTheDeviceGoesOnMeanwhile) {
    Video other;
    other.start();
    other.write_slice(0);
    const File request(media_.allocate_request());
    ASSERT_EQ(other.queue_capture(0), 0);
    ASSERT_EQ(other.queue_output(0, request.fd(), 1), 0);
    ASSERT_EQ(queue_request(request.fd()), 0);
    EXPECT_EQ(poll_file(request.fd(), POLLPRI, 100), 0);

    const auto start = Clock::now();
    std::thread closing([this] { stuck_.stream(kOutput, false); });
    std::this_thread::sleep_for(kBlock / 4);
    // poll() of a request takes no lock of the driver; every call on the node does.
    EXPECT_EQ(poll_file(request.fd(), POLLPRI, 1), 0);
    EXPECT_LT(Clock::now() - start, kBlock / 2);
    v4l2_capability capability = {};
    EXPECT_EQ(call(other.fd(), VIDIOC_QUERYCAP, &capability), 0);
    EXPECT_GE(Clock::now() - start, kBlock);
    closing.join();
}

TEST_F(Hang, CloseWaitsInTheThreadThatCloses) {
    const int fd = dup(stuck_.fd());  // no close of a copy waits
    const auto start = Clock::now();
    close(fd);
    EXPECT_LT(Clock::now() - start, kBlock / 2);
    // The last one does.
    stuck_.reset();
    EXPECT_GE(Clock::now() - start, kBlock);
}

}  // namespace
