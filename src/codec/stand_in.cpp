// SPDX-License-Identifier: MIT
// What stands for a reference that does not exist.
#include "codec/stand_in.h"

#include <cstdlib>

namespace v4l2va {

std::optional<ExistingPicture> LatestPicture::find(const PictureInput& input) const {
    if (!picture_.timestamp.valid() || picture_.surface == input.target ||
        input.references == nullptr ||
        input.references->find(picture_.surface) != picture_.timestamp) {
        return std::nullopt;
    }
    return picture_;
}

Result<StandIn> stand_in(std::span<const ExistingPicture> existing, int64_t order,
                         const LatestPicture& latest, const PictureInput& input,
                         NoReference no_reference) {
    std::optional<size_t> nearest;
    const auto away = [&](size_t index) { return std::abs(existing[index].order - order); };
    for (size_t i = 0; i < existing.size(); ++i) {
        if (!nearest || away(i) < away(*nearest)) {
            nearest = i;
        }
    }
    if (nearest) {
        return StandIn{StandIn::Kind::kExisting, existing[*nearest], *nearest};
    }
    if (const std::optional<ExistingPicture> picture = latest.find(input)) {
        return StandIn{StandIn::Kind::kExisting, *picture, 0};
    }
    switch (no_reference) {
        case NoReference::kItself:
            return StandIn{StandIn::Kind::kItself, {input.target, input.timestamp, order}, 0};
        case NoReference::kNothing:
            return StandIn{};
        case NoReference::kRefuse:
            break;
    }
    return fail(ErrorCode::kInvalidBitstream, "picture whose references were all lost");
}

}  // namespace v4l2va
