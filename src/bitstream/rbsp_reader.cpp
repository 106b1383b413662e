// SPDX-License-Identifier: MIT
// RbspReader: bits of a NAL unit with its emulation prevention bytes left out.
#include "bitstream/rbsp_reader.h"

#include <algorithm>

namespace v4l2va {

// Takes as many bytes as `count` bits need, and no more: what is behind them was not met yet. False
// at the end of the data.
bool RbspReader::load(uint32_t count) {
    if (!ok_ || count > 32) {
        fail();
        return false;
    }
    while (bits_left_ < count) {
        if (zeros_ == 2 && next_ < nal_.size() && nal_[next_] == std::byte{3}) {
            ++next_;
            ++emulation_prevention_bytes_;
            zeros_ = 0;
        }
        if (next_ >= nal_.size()) {
            fail();
            return false;
        }
        const auto byte = std::to_integer<uint32_t>(nal_[next_++]);
        bits_ = (bits_ << 8) | byte;
        bits_left_ += 8;
        zeros_ = byte == 0 ? std::min(zeros_ + 1, 2U) : 0;
    }
    return true;
}

void RbspReader::skip(size_t count) {
    while (ok_ && count > 0) {
        const auto take = static_cast<uint32_t>(std::min<size_t>(count, 32));
        (void)u(take);
        count -= take;
    }
}

}  // namespace v4l2va
