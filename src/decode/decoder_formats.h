// SPDX-License-Identifier: MIT
// DecoderFormats: both formats of a session's node, and how they follow the stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "decode/submission.h"
#include "v4l2/device.h"
#include "v4l2/device_info.h"
#include "v4l2/system.h"
#include "v4l2/types.h"

namespace v4l2va {

// Not thread-safe: the session's lock serialises. Nothing here touches a queue.
class DecoderFormats {
  public:
    // `coded_size`: as the client's context says. `sequence_control`: V4L2_CID_STATELESS_*, the one
    // that decides what CAPTURE offers. The device has the coded format, and outlives this.
    DecoderFormats(System& system, const DeviceInfo& device, uint32_t coded_fourcc,
                   uint32_t sequence_control, Size coded_size);

    // Opens the node and sets its OUTPUT format: a size or device that cannot work fails here.
    [[nodiscard]] Result<Device> open();

    // The rest of what comes before the queues: modes, sequence control, CAPTURE format. The latter
    // is what `first`'s target has if the device offers it, else what can be copied to it, else
    // NV12, else the device's first. kUnsupported: a depth or chroma format that the device does
    // not decode.
    [[nodiscard]] Result<> set_up(const Device& node, const Submission& first);

    // A node of its own with formats like these, to make a frame of.
    [[nodiscard]] Result<Device> open_beside() const;

    [[nodiscard]] const FrameLayout& coded_layout() const { return coded_layout_; }
    [[nodiscard]] const FrameLayout& capture_layout() const { return capture_layout_; }

    // The picture wants other formats. `streaming`: of the queues.
    [[nodiscard]] bool must_change(const Submission& submission, bool streaming) const;
    // Such a picture in the formats as they are: it fits them, and they its frame.
    [[nodiscard]] bool can_stay(const Submission& submission, bool streaming) const;
    // The node wants empty queues for another size, so pictures with references cannot have it: it
    // is not asked again while it streams.
    [[nodiscard]] bool refuses_change() const { return change_refused_; }

    // Of the next node that is opened.
    void set_coded_size(Size size) { coded_size_ = size; }

    enum class Change : uint8_t {
        kDone,       // both formats are the picture's
        kStayed,     // the node refuses, but the picture can stay in what there is
        kStartOver,  // close the node: the next one has the picture's formats
    };
    // Both formats under living queues that are idle, as dev-stateless-decoder has no word of and
    // hantro does since Linux 6.6: buffers of the old size go on as references, new frames get
    // buffers of the new. kUnsupported: the picture has references, and cannot be decoded. Unless
    // the node refuses changes by then, its formats may be half changed: close it, the next one has
    // those from before. kNoDevice: it vanished.
    [[nodiscard]] Result<Change> change(const Device& node, const Submission& submission);

    // The node was closed.
    void forget_node() { change_refused_ = false; }

  private:
    Result<Device> open_node(FrameLayout& coded) const;
    void take_sequence(const Submission& submission);
    Result<> set_sequence(const Device& node) const;
    Result<> set_capture_format(const Device& node, const FrameMemory& target);
    Result<FrameLayout> choose_capture_format(const Device& node, uint32_t preferred_fourcc) const;
    Result<> follow_coded_format(const Device& node, const FrameLayout& coded,
                                 const Submission& submission);

    System& system_;
    const DeviceInfo& device_info_;
    const CodedFormatInfo& coded_info_;
    const uint32_t sequence_control_;
    Size coded_size_;
    FrameLayout coded_layout_;
    FrameLayout capture_layout_;
    std::vector<std::byte> sequence_;  // the sequence control's value
    bool change_refused_ = false;
};

}  // namespace v4l2va
