// SPDX-License-Identifier: MIT
// DecoderFormats: both formats of a session's node, and how they follow the stream.
#include "decode/decoder_formats.h"

#include <linux/videodev2.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/checked.h"
#include "frame/allocation.h"
#include "frame/copy.h"
#include "v4l2/control_set.h"
#include "v4l2/pixel_format.h"
#include "v4l2/quirks.h"
#include "v4l2/uapi_compat.h"

namespace v4l2va {

namespace {

// A bound on the list that a driver makes us walk.
constexpr size_t kMaxFormats = 64;

struct ModeControls {
    uint32_t decode_mode = 0;
    uint32_t start_code = 0;
};

ModeControls mode_controls(uint32_t coded_fourcc) {
    switch (coded_fourcc) {
        case V4L2_PIX_FMT_H264_SLICE:
            return {V4L2_CID_STATELESS_H264_DECODE_MODE, V4L2_CID_STATELESS_H264_START_CODE};
        case V4L2_PIX_FMT_HEVC_SLICE:
            return {V4L2_CID_STATELESS_HEVC_DECODE_MODE, V4L2_CID_STATELESS_HEVC_START_CODE};
        default:
            return {};
    }
}

v4l2_ext_control menu_control(uint32_t id, int32_t value) {
    v4l2_ext_control control = {};
    control.id = id;
    control.value = value;
    return control;
}

Result<> set_modes(const Device& node, const CodedFormatInfo& format) {
    const ModeControls ids = mode_controls(format.fourcc);
    std::array<v4l2_ext_control, 2> controls{};
    size_t count = 0;
    if (ids.decode_mode != 0 && format.has_control(ids.decode_mode)) {
        controls[count++] =
            menu_control(ids.decode_mode, static_cast<int32_t>(format.traits.decode_mode));
    }
    if (ids.start_code != 0 && format.has_control(ids.start_code)) {
        controls[count++] =
            menu_control(ids.start_code, static_cast<int32_t>(format.traits.start_code));
    }
    if (count == 0) {
        return {};
    }
    return node.set_controls(std::span(controls).first(count), -1);
}

uint32_t preferred_capture(std::span<const uint32_t> listed, uint32_t preferred_fourcc) {
    const auto lists = [listed](uint32_t fourcc) {
        return std::find(listed.begin(), listed.end(), fourcc) != listed.end();
    };
    if (lists(preferred_fourcc)) {
        return preferred_fourcc;
    }
    const PixelFormat* preferred = find_pixel_format(preferred_fourcc);
    if (const PixelFormat* similar =
            preferred ? choose_format(listed, preferred->va_fourcc) : nullptr) {
        return similar->v4l2_fourcc;
    }
    if (lists(V4L2_PIX_FMT_NV12)) {
        return V4L2_PIX_FMT_NV12;
    }
    return listed.empty() ? 0 : listed.front();
}

}  // namespace

DecoderFormats::DecoderFormats(System& system, const DeviceInfo& device, uint32_t coded_fourcc,
                               uint32_t sequence_control, Size coded_size)
    : system_(system),
      device_info_(device),
      coded_info_(*device.find(coded_fourcc)),
      sequence_control_(sequence_control),
      coded_size_(coded_size) {}

// A node with the OUTPUT format that is left in `coded`.
Result<Device> DecoderFormats::open_node(FrameLayout& coded) const {
    auto node = Device::open(system_, device_info_);
    if (!node) {
        return node;
    }
    auto set = set_coded_format(*node, coded_info_.fourcc, coded_size_);
    if (!set) {
        return fail(set.error());
    }
    coded = *set;
    return node;
}

Result<Device> DecoderFormats::open() { return open_node(coded_layout_); }

Result<> DecoderFormats::set_up(const Device& node, const Submission& first) {
    take_sequence(first);
    auto modes = set_modes(node, coded_info_);
    if (!modes) {
        return modes;
    }
    return set_capture_format(node, *first.target);
}

Result<Device> DecoderFormats::open_beside() const {
    FrameLayout coded;
    auto node = open_node(coded);
    if (!node) {
        return node;
    }
    auto sequence = set_sequence(*node);
    if (!sequence) {
        return fail(sequence.error());
    }
    auto layout = choose_capture_format(*node, capture_layout_.fourcc);
    if (!layout) {
        return fail(layout.error());
    }
    return node;
}

void DecoderFormats::take_sequence(const Submission& submission) {
    const auto sequence = submission.units[0].controls->find(sequence_control_);
    sequence_.assign(sequence.begin(), sequence.end());
}

// The sequence control decides what CAPTURE offers. EINVAL: a depth or chroma format that the
// device does not decode.
Result<> DecoderFormats::set_sequence(const Device& node) const {
    if (sequence_.empty()) {
        return {};
    }
    std::vector<std::byte> bytes = sequence_;  // the ioctl takes a pointer to non-const
    v4l2_ext_control control = {};
    control.id = sequence_control_;
    control.size = static_cast<uint32_t>(bytes.size());
    control.ptr = bytes.data();
    auto set = node.set_controls({&control, 1}, -1);
    if (!set && set.error().sys_errno == EINVAL) {
        return fail(ErrorCode::kUnsupported, "VIDIOC_S_EXT_CTRLS sequence", EINVAL);
    }
    return set;
}

// After the OUTPUT format: what depends on it.
Result<> DecoderFormats::set_capture_format(const Device& node, const FrameMemory& target) {
    auto sequence = set_sequence(node);
    if (!sequence) {
        return sequence;
    }
    auto capture = choose_capture_format(node, target.layout().fourcc);
    if (!capture) {
        return fail(capture.error());
    }
    capture_layout_ = *capture;
    return {};
}

// What the target has if the device offers it, else what can be copied to it, else NV12, else the
// device's first.
Result<FrameLayout> DecoderFormats::choose_capture_format(const Device& node,
                                                          uint32_t preferred_fourcc) const {
    std::array<uint32_t, kMaxFormats> listed{};
    size_t count = 0;
    while (count < listed.size()) {
        auto fourcc = node.enum_format(QueueSide::kCapture, narrow<uint32_t>(count));
        if (!fourcc) {
            return fail(fourcc.error());
        }
        if (*fourcc == 0) {
            break;
        }
        listed[count++] = *fourcc;
    }
    FrameLayout wanted;
    wanted.fourcc = preferred_capture(std::span(listed).first(count), preferred_fourcc);
    wanted.size = coded_layout_.size;
    wanted.num_planes = 1;
    auto layout = node.set_format(QueueSide::kCapture, wanted);
    if (layout && (wanted.fourcc == 0 || layout->fourcc != wanted.fourcc)) {
        return fail(ErrorCode::kUnsupported, "VIDIOC_S_FMT capture");
    }
    return layout;
}

// A smaller picture stays in a format that is larger, as long as its frame suits that: where the
// layers of a stream differ in size, the format must not change with every picture, and a device
// that keeps its format while it streams would never get the larger ones. But where the driver
// programs the format's size for the picture's, it follows every picture, if the device lets it.
bool DecoderFormats::must_change(const Submission& submission, bool streaming) const {
    const Size size = submission.coded_size;
    if (size.width == 0 || size == coded_size_) {
        return false;
    }
    if (!device_info_.quirks->programs_format_size) {
        return size.width > coded_layout_.size.width || size.height > coded_layout_.size.height ||
               (streaming && !can_stay(submission, streaming));
    }
    return !change_refused_ || submission.references.empty() || !can_stay(submission, streaming);
}

bool DecoderFormats::can_stay(const Submission& submission, bool streaming) const {
    return streaming && submission.coded_size.width <= coded_layout_.size.width &&
           submission.coded_size.height <= coded_layout_.size.height &&
           layout_fits(capture_layout_, submission.target->layout());
}

Result<DecoderFormats::Change> DecoderFormats::change(const Device& node,
                                                      const Submission& submission) {
    const Size before = coded_size_;
    coded_size_ = submission.coded_size;
    const auto coded =
        set_coded_format(node, coded_info_.fourcc, coded_size_, coded_layout_.planes[0].sizeimage);
    const auto changed =
        coded ? follow_coded_format(node, *coded, submission) : Result<>(fail(coded.error()));
    if (changed) {
        return Change::kDone;
    }
    if (changed.error().code == ErrorCode::kNoDevice) {
        return fail(changed.error());
    }
    if (submission.references.empty()) {
        return Change::kStartOver;
    }
    coded_size_ = before;
    // EBUSY from the first step: the driver wants empty queues and has changed nothing. From any
    // other, the formats may be half changed.
    change_refused_ = !coded && coded.error().sys_errno == EBUSY;
    if (change_refused_ && can_stay(submission, true)) {
        return Change::kStayed;
    }
    return fail(ErrorCode::kUnsupported, "size change between key frames",
                changed.error().sys_errno);
}

Result<> DecoderFormats::follow_coded_format(const Device& node, const FrameLayout& coded,
                                             const Submission& submission) {
    take_sequence(submission);
    coded_layout_ = coded;
    return set_capture_format(node, *submission.target);
}

}  // namespace v4l2va
