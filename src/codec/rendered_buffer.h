// SPDX-License-Identifier: MIT
// RenderedBuffer: one buffer of vaRenderPicture, on its way to the codec's member for its type.
#pragma once

#include <va/va.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

#include "base/result.h"

namespace v4l2va {

// Copies the one element of a parameter buffer, which must have exactly T's size. Errors:
// kInvalidParameter, and `out` stays as it was.
template <typename T>
[[nodiscard]] Result<> copy_parameters(std::span<const std::byte> bytes, uint32_t num_elements,
                                       std::optional<T>& out) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (num_elements != 1 || bytes.size() != sizeof(T)) {
        return fail(ErrorCode::kInvalidParameter, "parameter buffer size");
    }
    std::memcpy(&out.emplace(), bytes.data(), sizeof(T));
    return {};
}

// A codec's add() is one chain of these calls, a line for each kind of buffer that it takes:
//
//     return RenderedBuffer(type, bytes, num_elements, "MPEG-2 buffer type")
//         .parameters<VAPictureParameterBufferMPEG2>(VAPictureParameterBufferType, picture_)
//         .slices(slice_list_)
//         .result();
class RenderedBuffer {
  public:
    // The arguments of Codec::add(), and a literal: the error of a type that no line takes.
    RenderedBuffer(VABufferType type, std::span<const std::byte> bytes, uint32_t num_elements,
                   const char* unknown_type)
        : type_(type),
          bytes_(bytes),
          num_elements_(num_elements),
          result_(fail(ErrorCode::kUnsupported, unknown_type)) {}

    // One element of T, copied by value; a later buffer replaces an earlier one.
    template <typename T>
    RenderedBuffer& parameters(VABufferType type, std::optional<T>& out) {
        if (type == type_) {
            result_ = copy_parameters(bytes_, num_elements_, out);
        }
        return *this;
    }

    // One element of T, of which the codec needs nothing.
    template <typename T>
    RenderedBuffer& unused(VABufferType type) {
        std::optional<T> element;
        return parameters(type, element);
    }

    // VASliceParameterBufferType and VASliceDataBufferType, borrowed: of a SliceList any number of
    // elements and buffers, of a VpxSlice one of each.
    template <typename Slices>
    RenderedBuffer& slices(Slices& list) {
        if (type_ == VASliceParameterBufferType) {
            result_ = list.add_params(bytes_, num_elements_);
        } else if (type_ == VASliceDataBufferType) {
            result_ = list.add_data(bytes_);
        }
        return *this;
    }

    // For Codec::add() to return.
    [[nodiscard]] Result<> result() const { return result_; }

  private:
    VABufferType type_;
    std::span<const std::byte> bytes_;
    uint32_t num_elements_;
    Result<> result_;
};

}  // namespace v4l2va
