// SPDX-License-Identifier: MIT
// What a slice refers to where the picture that it names does not exist: the one place that
// decides, for all codecs. Hardware that is sent to a picture that it cannot find may never answer,
// and STREAMOFF and close() then wait for it as well.
#pragma once

#include <va/va.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"
#include "codec/codec.h"
#include "v4l2/types.h"

namespace v4l2va {

// A picture that this session decoded and that lives.
struct ExistingPicture {
    VASurfaceID surface = VA_INVALID_ID;
    Timestamp timestamp;
    int64_t order = 0;  // in a unit of the codec's own, of which differences count
};

// Far from every other order: a picture that is taken only when there is nothing else.
inline constexpr int64_t kFarOrder = int64_t{1} << 40;

// The picture that the session decoded last: it may be in no list of the client any more, but stays
// the best there is as long as its surface holds it. Part of a codec's lasting state.
class LatestPicture {
  public:
    // `picture` was translated.
    void decoded(const ExistingPicture& picture) { picture_ = picture; }

    // Nothing when its surface is gone, holds something else, or is the one to decode into.
    [[nodiscard]] std::optional<ExistingPicture> find(const PictureInput& input) const;

  private:
    ExistingPicture picture_;
};

// The index of the picture nearest to `order`, of equally near ones the first; nothing if there is
// no picture.
[[nodiscard]] std::optional<size_t> nearest(std::span<const ExistingPicture> pictures,
                                            int64_t order);

struct StandIn {
    enum class Kind : uint8_t {
        kExisting,  // `picture`, which is existing[index] or, if there is none, the latest
        kItself,    // the picture that is decoded, by its own timestamp
        kNothing,   // no reference is named, and the driver takes the picture itself
    };
    Kind kind = Kind::kNothing;
    ExistingPicture picture;
    size_t index = 0;
};

// For a reference at `order` that does not exist: the nearest of `existing`, else the latest
// picture, else what the device is known to take. Errors: kInvalidBitstream (it takes nothing).
[[nodiscard]] Result<StandIn> stand_in(std::span<const ExistingPicture> existing, int64_t order,
                                       const LatestPicture& latest, const PictureInput& input,
                                       NoReference no_reference);

}  // namespace v4l2va
