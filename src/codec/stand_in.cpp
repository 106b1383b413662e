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

std::optional<size_t> nearest(std::span<const ExistingPicture> pictures, int64_t order) {
    std::optional<size_t> found;
    const auto away = [&](size_t index) { return std::abs(pictures[index].order - order); };
    for (size_t i = 0; i < pictures.size(); ++i) {
        if (!found || away(i) < away(*found)) {
            found = i;
        }
    }
    return found;
}

Result<StandIn> stand_in(std::span<const ExistingPicture> existing, int64_t order,
                         const LatestPicture& latest, const PictureInput& input,
                         NoReference no_reference) {
    if (const std::optional<size_t> index = nearest(existing, order)) {
        return StandIn{StandIn::Kind::kExisting, existing[*index], *index};
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
