// SPDX-License-Identifier: MIT
// SliceList: pairs slice parameter buffers with slice data buffers, for every codec that has them.
#pragma once

#include <va/va.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "base/result.h"

namespace v4l2va {

// Params: a VASliceParameterBuffer* with slice_data_size, slice_data_offset and slice_data_flag.
// Memory is kept over clear(). The n-th parameter buffer describes the n-th data buffer, whatever
// order the two kinds came in (libva: "slice parameter buffer followed by slice data buffer"); if
// there is one data buffer only, all parameter buffers describe it.
template <typename Params>
class SliceList {
  public:
    struct Slice {
        const Params* params = nullptr;
        std::span<const std::byte> data;    // exactly the slice's bytes, never empty
        std::span<const std::byte> before;  // what its data buffer has in front of them
    };

    // More than any level allows; bounds what a client can make us remember for one picture.
    static constexpr size_t kMaxSlices = 8192;

    void clear() {
        count_ = 0;
        groups_.clear();
        data_.clear();
        slices_.clear();
    }

    // One VASliceParameterBufferType buffer. Errors: kInvalidParameter.
    [[nodiscard]] Result<> add_params(std::span<const std::byte> bytes, uint32_t num_elements) {
        if (num_elements == 0 || bytes.size() / sizeof(Params) != num_elements ||
            bytes.size() % sizeof(Params) != 0) {
            return fail(ErrorCode::kInvalidParameter, "slice parameter buffer size");
        }
        if (num_elements > kMaxSlices - count_) {
            return fail(ErrorCode::kInvalidParameter, "number of slices");
        }
        params_.resize(std::max(params_.size(), count_ + num_elements));
        std::memcpy(params_.data() + count_, bytes.data(), bytes.size());
        count_ += num_elements;
        groups_.push_back(num_elements);
        return {};
    }

    // One VASliceDataBufferType buffer; borrowed. Errors: kInvalidParameter.
    [[nodiscard]] Result<> add_data(std::span<const std::byte> bytes) {
        if (data_.size() == kMaxSlices) {
            return fail(ErrorCode::kInvalidParameter, "number of slice data buffers");
        }
        data_.push_back(bytes);
        return {};
    }

    // Pairs and checks. The slices are valid until the next clear() or add_*(). Errors:
    // kInvalidParameter (nothing to decode, no pairing, a range outside of its data buffer),
    // kUnsupported (a slice split over several data buffers: no client is known to do so).
    [[nodiscard]] Result<std::span<const Slice>> resolve() {
        slices_.clear();
        if (count_ == 0) {
            return fail(ErrorCode::kInvalidParameter, "picture without slices");
        }
        if (data_.size() != groups_.size() && data_.size() != 1) {
            return fail(ErrorCode::kInvalidParameter, "slice data buffers do not match");
        }
        size_t index = 0;
        for (size_t group = 0; group < groups_.size(); ++group) {
            const std::span<const std::byte> data = data_.size() == 1 ? data_[0] : data_[group];
            for (uint32_t i = 0; i < groups_[group]; ++i, ++index) {
                if (const Result<> result = append(params_[index], data); !result) {
                    return fail(result.error());
                }
            }
        }
        return std::span<const Slice>(slices_);
    }

  private:
    [[nodiscard]] Result<> append(const Params& params, std::span<const std::byte> data) {
        if (params.slice_data_flag != VA_SLICE_DATA_FLAG_ALL) {
            return fail(ErrorCode::kUnsupported, "slice split over buffers");
        }
        const size_t offset = params.slice_data_offset;
        const size_t size = params.slice_data_size;
        if (size == 0 || offset > data.size() || size > data.size() - offset) {
            return fail(ErrorCode::kInvalidParameter, "slice data range");
        }
        slices_.push_back({&params, data.subspan(offset, size), data.first(offset)});
        return {};
    }

    std::vector<Params> params_;  // the first count_; they are large, and not zeroed anew
    size_t count_ = 0;
    std::vector<uint32_t> groups_;  // elements of each parameter buffer
    std::vector<std::span<const std::byte>> data_;
    std::vector<Slice> slices_;
};

// `data` behind its Annex B start code, if it begins with one (any number of zero bytes, then
// 00 00 01). VA-API says that H.264 and HEVC slice data has none; some clients send it anyway.
[[nodiscard]] inline std::span<const std::byte> strip_start_code(std::span<const std::byte> data) {
    const auto nonzero =
        std::find_if(data.begin(), data.end(), [](std::byte byte) { return byte != std::byte{0}; });
    const auto zeros = static_cast<size_t>(nonzero - data.begin());
    if (zeros >= 2 && nonzero != data.end() && *nonzero == std::byte{1}) {
        return data.subspan(zeros + 1);
    }
    return data;
}

// The NAL unit of `data`: without a start code in front, and without the zero bytes behind, which
// belong to no NAL unit (H.264 and H.265 7.4.1: the last byte is not 0; B.1: trailing_zero_8bits)
// but which clients that split at start codes of three bytes leave there. Empty when all is zero.
[[nodiscard]] inline std::span<const std::byte> nal_unit_of(std::span<const std::byte> data) {
    data = strip_start_code(data);
    const auto last = std::find_if(data.rbegin(), data.rend(),
                                   [](std::byte byte) { return byte != std::byte{0}; });
    return data.first(static_cast<size_t>(data.rend() - last));
}

}  // namespace v4l2va
