// SPDX-License-Identifier: MIT
// What VP8 and VP9 have in common: one slice a picture, and three references.
#pragma once

#include <va/va.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"
#include "codec/codec.h"
#include "codec/rendered_buffer.h"
#include "codec/stand_in.h"

namespace v4l2va {

// The one slice parameter buffer and the one slice data buffer of a picture.
template <typename Params>
class VpxSlice {
  public:
    void clear() { *this = {}; }

    // Errors: kInvalidParameter (wrong size, or a second one).
    [[nodiscard]] Result<> add_params(std::span<const std::byte> bytes, uint32_t num_elements) {
        if (params_) {
            return fail(ErrorCode::kInvalidParameter, "second slice of a picture");
        }
        return copy_parameters(bytes, num_elements, params_);
    }

    // Borrowed. Errors: kInvalidParameter (a second one).
    [[nodiscard]] Result<> add_data(std::span<const std::byte> bytes) {
        if (data_) {
            return fail(ErrorCode::kInvalidParameter, "second slice data of a picture");
        }
        data_ = bytes;
        return {};
    }

    // The bytes of the slice within data(). GStreamer's VP8 element counts slice_data_size from the
    // start of the buffer, not from slice_data_offset: where only that fits, it is taken so.
    // Errors: kInvalidParameter (nothing to decode, range outside of the data), kUnsupported.
    [[nodiscard]] Result<std::span<const std::byte>> resolve() const {
        if (!params_ || !data_) {
            return fail(ErrorCode::kInvalidParameter, "picture without slice");
        }
        if (params_->slice_data_flag != VA_SLICE_DATA_FLAG_ALL) {
            return fail(ErrorCode::kUnsupported, "slice split over buffers");
        }
        const size_t offset = params_->slice_data_offset;
        const size_t size = params_->slice_data_size;
        if (size == 0 || size > data_->size() || offset >= data_->size()) {
            return fail(ErrorCode::kInvalidParameter, "slice data range");
        }
        if (size <= data_->size() - offset) {
            return data_->subspan(offset, size);
        }
        if (offset >= size) {
            return fail(ErrorCode::kInvalidParameter, "slice data range");
        }
        return data_->subspan(offset, size - offset);
    }

    // After a resolve() without error only.
    [[nodiscard]] const Params& params() const { return *params_; }
    // All of the buffer: what stands before the slice may be its uncompressed header.
    [[nodiscard]] std::span<const std::byte> data() const { return *data_; }

  private:
    std::optional<Params> params_;
    std::optional<std::span<const std::byte>> data_;
};

// The references LAST, GOLDEN and ALTREF, in this order, as kernel timestamps.
class VpxReferences {
  public:
    static constexpr size_t kCount = 3;

    // For a picture without references.
    void clear() {
        timestamps_ = {};
        surface_count_ = 0;
    }

    // A surface that was lost, or never was, is replaced (stand_in.h): by the first of the others
    // that exists, else by one of `spare`. What the target held before is gone, so it counts as
    // lost. Errors: kInvalidBitstream (nothing can replace it).
    [[nodiscard]] Result<> assign(const std::array<VASurfaceID, kCount>& surfaces,
                                  std::span<const VASurfaceID> spare, const PictureInput& input,
                                  NoReference no_reference) {
        clear();
        std::array<ExistingPicture, kCount + 1> existing;
        size_t count = 0;
        for (size_t i = 0; i < kCount; ++i) {
            timestamps_[i] = find(surfaces[i], input);
            if (timestamps_[i].valid()) {
                add(surfaces[i]);
                existing[count++] = {surfaces[i], timestamps_[i], 0};
            }
        }
        for (size_t i = 0; i < spare.size() && count == 0; ++i) {
            if (const Timestamp timestamp = find(spare[i], input); timestamp.valid()) {
                existing[count++] = {spare[i], timestamp, 0};
            }
        }
        for (Timestamp& timestamp : timestamps_) {
            if (timestamp.valid()) {
                continue;
            }
            const Result<StandIn> found =
                stand_in(std::span(existing).first(count), 0, latest_, input, no_reference);
            if (!found) {
                return fail(found.error());
            }
            timestamp = found->picture.timestamp;
            if (found->kind == StandIn::Kind::kExisting) {
                add(found->picture.surface);
            }
        }
        return {};
    }

    // The frame was translated.
    void decoded(const PictureInput& input) { latest_.decoded({input.target, input.timestamp, 0}); }

    // For the control; 0 after clear().
    [[nodiscard]] uint64_t nanoseconds(size_t index) const {
        return timestamps_[index].nanoseconds();
    }

    // The surfaces that hold references, each once.
    [[nodiscard]] std::span<const VASurfaceID> surfaces() const {
        return {surfaces_.data(), surface_count_};
    }

  private:
    [[nodiscard]] static Timestamp find(VASurfaceID surface, const PictureInput& input) {
        if (surface == VA_INVALID_ID || surface == input.target || input.references == nullptr) {
            return {};
        }
        return input.references->find(surface);
    }

    void add(VASurfaceID surface) {
        const auto end = surfaces_.begin() + static_cast<ptrdiff_t>(surface_count_);
        if (std::find(surfaces_.begin(), end, surface) == end) {
            surfaces_[surface_count_++] = surface;
        }
    }

    std::array<Timestamp, kCount> timestamps_;
    std::array<VASurfaceID, kCount> surfaces_ = {};
    size_t surface_count_ = 0;
    LatestPicture latest_;
};

}  // namespace v4l2va
