// SPDX-License-Identifier: MIT
// DecodeSession: pictures that change their size within a stream.
#include <cerrno>

#include "decode/decode_session.h"
#include "frame/allocation.h"
#include "frame/copy.h"
#include "v4l2/quirks.h"

namespace v4l2va {

// A smaller picture stays in a format that is larger, as long as its frame suits that: where the
// layers of a stream differ in size, the format must not change with every picture, and a device
// that keeps its format while it streams would never get the larger ones. But where the driver
// programs the format's size for the picture's, it follows every picture, if the device lets it.
bool DecodeSession::needs_resize(const Submission& submission) const {
    const Size size = submission.coded_size;
    if (size.width == 0 || size == coded_size_) {
        return false;
    }
    if (!device_info_.quirks->programs_format_size) {
        return size.width > coded_layout_.size.width || size.height > coded_layout_.size.height ||
               (streaming_ && !can_stay(submission));
    }
    return !resize_refused_ || submission.references.empty() || !can_stay(submission);
}

// In the format as it is.
bool DecodeSession::can_stay(const Submission& submission) const {
    return streaming_ && submission.coded_size.width <= coded_layout_.size.width &&
           submission.coded_size.height <= coded_layout_.size.height &&
           layout_fits(capture_layout_, submission.target->layout());
}

Result<> DecodeSession::resize(const Submission& submission) {
    if (resize_refused_ && !submission.references.empty()) {
        return fail(ErrorCode::kUnsupported, "size change between key frames", EBUSY);
    }
    auto closed = close_open_frame();
    if (!closed) {
        return closed;
    }
    auto idle = wait_all();
    if (!idle) {
        return idle;
    }
    const Size before = coded_size_;
    coded_size_ = submission.coded_size;
    if (!streaming_) {
        node_.reset();  // set_up() opens one with the new size
        return {};
    }
    const auto coded = set_coded_format(*node_, config_.coded_fourcc, coded_size_,
                                        coded_layout_.planes[0].sizeimage);
    const auto changed =
        coded ? follow_coded_format(*coded, submission) : Result<>(fail(coded.error()));
    if (changed) {
        sent_controls_.forget();
        return {};
    }
    if (changed.error().code == ErrorCode::kNoDevice) {
        return changed;
    }
    // EBUSY from the first step: the driver wants empty queues and has changed nothing. From any
    // other, the formats may be half changed.
    const bool untouched = !coded && coded.error().sys_errno == EBUSY;
    if (submission.references.empty()) {
        close_node();
        return {};
    }
    coded_size_ = before;
    if (!untouched) {
        close_node();
    } else {
        resize_refused_ = true;
        if (can_stay(submission)) {
            return {};
        }
    }
    return fail(ErrorCode::kUnsupported, "size change between key frames",
                changed.error().sys_errno);
}

// Both formats under the living queues, as dev-stateless-decoder has no word of and hantro does
// since Linux 6.6: buffers of the old size go on as references, new frames get buffers of the new.
Result<> DecodeSession::follow_coded_format(const FrameLayout& coded,
                                            const Submission& submission) {
    const auto sequence = submission.units[0].controls->find(config_.sequence_control);
    sequence_.assign(sequence.begin(), sequence.end());
    auto set = set_sequence(*node_);
    if (!set) {
        return set;
    }
    coded_layout_ = coded;
    auto capture = choose_capture_format(*node_, submission.target->layout().fourcc);
    if (!capture) {
        return fail(capture.error());
    }
    capture_layout_ = *capture;
    return {};
}

}  // namespace v4l2va
