// SPDX-License-Identifier: MIT
// RbspReader: bits of a NAL unit with its emulation prevention bytes left out.
#include "bitstream/rbsp_reader.h"

#include <algorithm>

namespace v4l2va {

// Takes the next payload byte; false at the end of the data.
bool RbspReader::load() {
    if (zeros_ == 2 && next_ < nal_.size() && nal_[next_] == std::byte{3}) {
        ++next_;
        ++emulation_prevention_bytes_;
        zeros_ = 0;
    }
    if (next_ >= nal_.size()) {
        return false;
    }
    byte_ = std::to_integer<uint32_t>(nal_[next_++]);
    bits_left_ = 8;
    zeros_ = byte_ == 0 ? std::min(zeros_ + 1, 2U) : 0;
    return true;
}

uint32_t RbspReader::u(uint32_t count) {
    if (count > 32) {
        ok_ = false;
    }
    uint64_t value = 0;
    while (ok_ && count > 0) {
        if (bits_left_ == 0 && !load()) {
            ok_ = false;
            break;
        }
        const uint32_t take = std::min(count, bits_left_);
        bits_left_ -= take;
        value = (value << take) | ((byte_ >> bits_left_) & ((1U << take) - 1));
        position_ += take;
        count -= take;
    }
    return ok_ ? static_cast<uint32_t>(value) : 0;
}

void RbspReader::skip(size_t count) {
    while (ok_ && count > 0) {
        const auto take = static_cast<uint32_t>(std::min<size_t>(count, 32));
        (void)u(take);
        count -= take;
    }
}

}  // namespace v4l2va
