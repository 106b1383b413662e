// SPDX-License-Identifier: MIT
// SessionPartsTest: the parts of a DecodeSession without the session.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "decode/decoder_formats.h"
#include "decode/decoder_queues.h"
#include "decode/frame_binding.h"
#include "decode/job_queue.h"
#include "session_test.h"

namespace v4l2va::test {

class SessionPartsTest : public ::testing::Test {
  protected:
    static constexpr Size kSize{64, 64};

    // A node whose formats suit `first`, with both queues.
    void start(FakeDevice device = {}) {
        system_.add_device(std::move(device));
        devices_ = enumerate_decoders(system_, log_).devices;
        ASSERT_EQ(devices_.size(), 1U);
        formats_.emplace(system_, devices_[0], V4L2_PIX_FMT_H264_SLICE, V4L2_CID_STATELESS_H264_SPS,
                         kSize);
        jobs_.emplace(system_, devices_[0], log_, queues_, job_timeout_ns_);
        binding_.emplace(system_, devices_[0], log_, *formats_, queues_, *jobs_);
        frame_ = new_frame();
        auto node = formats_->open();
        ASSERT_TRUE(node);
        queues_.open(std::move(*node));
        ASSERT_TRUE(formats_->set_up(queues_.node(), picture_of(frame_)));
        ASSERT_TRUE(queues_.create_outputs(formats_->coded_layout()));
    }

    std::shared_ptr<FrameMemory> new_frame(Size size = kSize) {
        auto frame = allocate_frame_memory(system_, devices_[0], size, V4L2_PIX_FMT_NV12);
        EXPECT_TRUE(frame) << frame.error().op;
        return frame ? *frame : nullptr;
    }

    Submission picture_of(const std::shared_ptr<FrameMemory>& target, Size size = {},
                          std::span<const std::shared_ptr<FrameMemory>> references = {}) const {
        return Submission{picture_.units(), PicturePart::kFrame, target, references, size};
    }

    Result<size_t> bind(const std::shared_ptr<FrameMemory>& target) {
        const MutexLock lock(mutex_);
        return binding_->bind(mutex_, picture_of(target));
    }

    void TearDown() override {
        EXPECT_EQ(system_.violations(), std::vector<std::string>{});
        EXPECT_EQ(system_.blocking_calls(), 0U);
    }

    Logger log_{LogLevel::kNone, nullptr, nullptr};
    FakeSystem system_;
    std::vector<DeviceInfo> devices_;
    TestPicture picture_;
    std::optional<DecoderFormats> formats_;
    DecoderQueues queues_{log_};
    uint64_t job_timeout_ns_ = 60 * kSecond;
    std::optional<JobQueue> jobs_;
    std::optional<FrameBinding> binding_;
    Mutex mutex_;
    std::shared_ptr<FrameMemory> frame_;
};

}  // namespace v4l2va::test
