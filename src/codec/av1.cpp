// SPDX-License-Identifier: MIT
// Av1Codec: VA-API's AV1 buffers to V4L2_PIX_FMT_AV1_FRAME.
#include "codec/av1.h"

#include <algorithm>

#include "codec/av1_controls.h"
#include "codec/rendered_buffer.h"
#include "v4l2/uapi_compat.h"

namespace v4l2va {

void Av1Codec::begin() {
    picture_.reset();
    tile_list_.clear();
}

Result<> Av1Codec::add(VABufferType type, std::span<const std::byte> bytes, uint32_t num_elements) {
    return RenderedBuffer(type, bytes, num_elements, "AV1 buffer type")
        .parameters<VADecPictureParameterBufferAV1>(VAPictureParameterBufferType, picture_)
        .slices(tile_list_)
        .result();
}

Result<CodedPicture> Av1Codec::finish(const PictureInput& input) {
    if (!picture_) {
        return fail(ErrorCode::kInvalidParameter, "AV1 picture parameters missing");
    }
    if (const Result<> result = check_av1_picture(*picture_, traits_); !result) {
        return fail(result.error());
    }
    const Result<v4l2_av1_tile_info> tile_info = parse_tiles();
    if (!tile_info) {
        return fail(tile_info.error());
    }
    Av1FrameReferences frame = find_references(input);
    if (const Result<> result = check_any_reference(frame, input); !result) {
        return fail(result.error());
    }
    // Nothing fails from here on: what was learned of the client may change.
    find_refresh_flags(frame);
    const Size size = {picture_->frame_width_minus1 + 1U, picture_->frame_height_minus1 + 1U};
    next_state_ = state_;
    next_state_.largest = {std::max(state_.largest.width, size.width),
                           std::max(state_.largest.height, size.height)};
    const Av1SlotMapping mapping = next_state_.slots.decode(frame);
    make_unit(*tile_info, mapping);

    CodedPicture coded;
    coded.units = units_.units();
    coded.references = std::span(references_).first(reference_count_);
    coded.coded_size = size;  // superres included: CAPTURE gets what it widens
    coded.display_target = display_target(input);
    coded.damaged = mapping.lost_primary;
    return coded;
}

void Av1Codec::submitted() { state_ = next_state_; }

// Fills tiles_.
Result<v4l2_av1_tile_info> Av1Codec::parse_tiles() {
    const auto list = tile_list_.resolve();
    if (!list) {
        return fail(list.error());
    }
    Result<v4l2_av1_tile_info> info = av1_tile_info(*picture_, av1_frame_size(*picture_));
    if (!info) {
        return info;
    }
    if (const Result<> result = tiles_.assign(*list, *info); !result) {
        return fail(result.error());
    }
    info->tile_size_bytes = tiles_.tile_size_bytes();
    return info;
}

// Fills references_, with all frames that the client holds: drivers look up all slots.
Av1FrameReferences Av1Codec::find_references(const PictureInput& input) {
    const auto& pic = picture_->pic_info_fields.bits;
    Av1FrameReferences frame;
    reference_count_ = 0;
    for (size_t i = 0; i < kAv1Slots; ++i) {
        const VASurfaceID surface = picture_->ref_frame_map[i];
        // What the target held is gone.
        if (surface == input.target || input.references == nullptr) {
            continue;
        }
        frame.map[i] = input.references->find(surface);
        const auto end = references_.begin() + static_cast<std::ptrdiff_t>(reference_count_);
        if (frame.map[i].valid() && std::find(references_.begin(), end, surface) == end) {
            references_[reference_count_++] = surface;
        }
    }
    frame.intra = av1_is_intra(*picture_);
    if (!frame.intra) {
        std::copy(std::begin(picture_->ref_frame_idx), std::end(picture_->ref_frame_idx),
                  frame.ref_frame_idx.begin());
    }
    frame.primary_ref_frame = picture_->primary_ref_frame;
    frame.timestamp = input.timestamp;
    frame.order_hint = picture_->order_hint;
    frame.order_hint_bits = av1_order_hint_bits(*picture_);
    // 5.9.2: refresh_frame_flags is not coded then, but allFrames.
    frame.refresh_all = av1_shown_key_or_switch_frame(*picture_);
    frame.map_unknown =
        pic.frame_type == V4L2_AV1_KEY_FRAME && !frame.refresh_all &&
        std::all_of(std::begin(picture_->ref_frame_map), std::end(picture_->ref_frame_map),
                    [](VASurfaceID id) { return id == VA_INVALID_ID; });
    return frame;
}

// Of frames that exist, the slots choose what stands for a lost one. Errors: kInvalidBitstream
// (there is none, nor does the device take the frame itself; stand_in.h).
Result<> Av1Codec::check_any_reference(const Av1FrameReferences& frame,
                                       const PictureInput& input) const {
    const bool any = std::any_of(frame.map.begin(), frame.map.end(),
                                 [](Timestamp timestamp) { return timestamp.valid(); });
    if (frame.intra || any) {
        return {};
    }
    const Result<StandIn> found = stand_in({}, 0, {}, input, traits_.no_reference);
    return found ? Result<>() : fail(found.error());
}

void Av1Codec::find_refresh_flags(Av1FrameReferences& frame) {
    if (frame.refresh_all) {
        refresh_flags_.forget();
    } else {
        frame.refresh_frame_flags = refresh_flags_.read(*picture_, tiles_.before());
    }
}

void Av1Codec::make_unit(const v4l2_av1_tile_info& tile_info, const Av1SlotMapping& mapping) {
    units_.clear();
    ControlSet& controls = units_.start();
    controls.set(V4L2_CID_STATELESS_AV1_SEQUENCE, av1_sequence(*picture_, next_state_.largest));
    controls.set(V4L2_CID_STATELESS_AV1_FRAME,
                 av1_frame(*picture_, tile_info, mapping, next_state_.largest));
    controls.set_array(V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY, tiles_.entries());
    // Sent without grain, too: control values last.
    if (traits_.has_av1_film_grain) {
        controls.set(V4L2_CID_STATELESS_AV1_FILM_GRAIN, av1_film_grain(picture_->film_grain_info));
    }
    for (const std::span<const std::byte> tile : tiles_.fragments()) {
        units_.append(tile);
    }
}

// With film grain VA has two surfaces: current_frame, the target, without grain, to which later
// frames refer; and current_display_picture, with grain, which the client shows. A V4L2 device has
// one CAPTURE buffer for both: it writes the picture with grain (rk3588) or without (where there is
// no film grain control), and finds the reference by the buffer's timestamp. So the CAPTURE buffer
// is the target's, for references to it last as long as the client keeps the target in its map;
// the display surface, which goes back to the client's pool once shown, gets the pixels.
VASurfaceID Av1Codec::display_target(const PictureInput& input) const {
    const bool grain = picture_->film_grain_info.film_grain_info_fields.bits.apply_grain != 0;
    const VASurfaceID display = picture_->current_display_picture;
    return grain && display != input.target ? display : VA_INVALID_ID;
}

std::unique_ptr<Codec> create_av1_codec(const CodecTraits& traits, VAProfile profile,
                                        Size coded_size) {
    if (profile != VAProfileAV1Profile0) {
        return nullptr;
    }
    return std::make_unique<Av1Codec>(traits, coded_size);
}

}  // namespace v4l2va
