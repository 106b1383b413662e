// SPDX-License-Identifier: MIT
// SessionTest: what the tests of DecodeSession share.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <vector>

#include "decode/decode_session.h"
#include "fake_system.h"
#include "v4l2/control_set.h"
#include "v4l2/enumerator.h"

namespace v4l2va::test {

inline constexpr uint64_t kSecond = 1'000'000'000;

// A picture of one or more units with its own bytes and controls.
class TestPicture {
  public:
    explicit TestPicture(size_t units = 1, size_t bytes = 1000, uint8_t fill = 0x11)
        : data_(bytes, std::byte{fill}), controls_(std::make_unique<ControlSet>()) {
        v4l2_ctrl_h264_sps sps = {};
        sps.profile_idc = 77;
        controls_->set(V4L2_CID_STATELESS_H264_SPS, sps);
        controls_->set(V4L2_CID_STATELESS_H264_PPS, v4l2_ctrl_h264_pps{});
        set_number(0);
        fragments_ = {std::span(data_).first(bytes / 2), std::span(data_).subspan(bytes / 2)};
        for (size_t i = 0; i < units; ++i) {
            units_.push_back(DecodeUnit{controls_.get(), fragments_, bytes});
        }
    }

    // Makes the control that differs from picture to picture differ.
    void set_number(uint16_t number) {
        v4l2_ctrl_h264_decode_params parameters = {};
        parameters.frame_num = number;
        controls_->set(V4L2_CID_STATELESS_H264_DECODE_PARAMS, parameters);
    }
    void set_ten_bit() {
        v4l2_ctrl_h264_sps sps = {};
        sps.profile_idc = 110;
        sps.bit_depth_luma_minus8 = 2;
        controls_->set(V4L2_CID_STATELESS_H264_SPS, sps);
    }
    [[nodiscard]] std::span<const DecodeUnit> units() const { return units_; }
    [[nodiscard]] ControlSet& controls() { return *controls_; }

  private:
    std::vector<std::byte> data_;
    std::unique_ptr<ControlSet> controls_;
    std::vector<std::span<const std::byte>> fragments_;
    std::vector<DecodeUnit> units_;
};

class SessionTest : public ::testing::Test {
  protected:
    static constexpr Size kSize{64, 64};

    void start(FakeDevice device = {}) {
        system_.add_device(std::move(device));
        devices_ = enumerate_decoders(system_, log_).devices;
        ASSERT_EQ(devices_.size(), 1U);
        open_session();
    }

    void open_session() {
        auto session = DecodeSession::create(system_, devices_[0], config_, log_);
        ASSERT_TRUE(session) << session.error().op;
        session_ = std::move(*session);
    }

    std::shared_ptr<FrameMemory> new_frame(Size size = kSize, uint32_t fourcc = V4L2_PIX_FMT_NV12) {
        auto frame = allocate_frame_memory(system_, devices_[0], size, fourcc);
        EXPECT_TRUE(frame) << frame.error().op;
        return frame ? *frame : nullptr;
    }

    Result<std::shared_ptr<Request>> submit(
        const std::shared_ptr<FrameMemory>& target,
        std::span<const std::shared_ptr<FrameMemory>> references = {},
        PicturePart part = PicturePart::kFrame) {
        picture_.set_number(++number_);
        return session_->submit(Submission{picture_.units(), part, target, references});
    }

    // Submits, waits, and checks that the frame holds what the fake decodes.
    void expect_decodes(const std::shared_ptr<FrameMemory>& target) {
        const Timestamp timestamp = session_->next_timestamp();
        auto request = submit(target);
        ASSERT_TRUE(request) << request.error().op << " " << request.error().sys_errno;
        EXPECT_EQ((*request)->timestamp(), timestamp);
        auto waited = session_->wait(*request, 5 * kSecond);
        ASSERT_TRUE(waited) << waited.error().op;
        EXPECT_EQ((*request)->state(), OperationState::kDone);
        expect_content(*target, timestamp);
        EXPECT_EQ(session_->reference_timestamp(*target), timestamp);
    }

    static void expect_content(FrameMemory& frame, Timestamp timestamp) {
        auto bytes = frame.map(0);
        ASSERT_TRUE(bytes);
        EXPECT_EQ(static_cast<uint8_t>(bytes->front()),
                  static_cast<uint8_t>(timestamp.microseconds()));
    }

    void TearDown() override {
        session_.reset();
        EXPECT_EQ(system_.violations(), std::vector<std::string>{});
        EXPECT_EQ(system_.blocking_calls(), 0U);
        EXPECT_EQ(system_.open_nodes(), 0U);
    }

    static void count_line(void* user, LogLevel, const char*) { ++*static_cast<int*>(user); }

    int log_lines_ = 0;
    Logger log_{LogLevel::kInfo, count_line, &log_lines_};
    FakeSystem system_;
    SessionConfig config_{V4L2_PIX_FMT_H264_SLICE, kSize, V4L2_CID_STATELESS_H264_SPS};
    std::vector<DeviceInfo> devices_;
    std::shared_ptr<DecodeSession> session_;
    TestPicture picture_;
    uint16_t number_ = 0;
};

}  // namespace v4l2va::test
