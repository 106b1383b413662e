// SPDX-License-Identifier: MIT
// Av1Codec: VA-API's AV1 buffers to V4L2_PIX_FMT_AV1_FRAME.
#pragma once

#include <va/va.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "codec/av1_refresh_flags.h"
#include "codec/av1_slots.h"
#include "codec/av1_tiles.h"
#include "codec/codec.h"
#include "codec/decode_units.h"
#include "codec/slice_list.h"
#include "codec/stand_in.h"
#include "v4l2/control_set.h"

namespace v4l2va {

// One unit a frame: its tiles in raster order, and nothing else of the stream. Clients send bare
// tile data (libavcodec) or whole OBUs (GStreamer, Chromium); slice_data_offset tells where the
// tiles are either way. Of whole OBUs the frame header says which slots the frame goes to.
class Av1Codec final : public Codec {
  public:
    Av1Codec(const CodecTraits& traits, Size coded_size)
        : traits_(traits), state_{{}, coded_size}, next_state_(state_) {}

    void begin() override;
    [[nodiscard]] Result<> add(VABufferType type, std::span<const std::byte> bytes,
                               uint32_t num_elements) override;
    [[nodiscard]] Result<CodedPicture> finish(const PictureInput& input) override;
    void submitted() override;

  private:
    [[nodiscard]] Result<v4l2_av1_tile_info> parse_tiles();
    [[nodiscard]] Av1FrameReferences find_references(const PictureInput& input);
    [[nodiscard]] Result<> check_any_reference(const Av1FrameReferences& frame,
                                               const PictureInput& input) const;
    void find_refresh_flags(Av1FrameReferences& frame);
    void make_unit(const v4l2_av1_tile_info& tile_info, const Av1SlotMapping& mapping);
    [[nodiscard]] VASurfaceID display_target(const PictureInput& input) const;

    CodecTraits traits_;

    // The picture being built.
    std::optional<VADecPictureParameterBufferAV1> picture_;
    SliceList<VASliceParameterBufferAV1> tile_list_;
    Av1TileTable tiles_;

    // What lasts.
    struct State {
        Av1Slots slots;
        Size largest;  // for VA has no max_frame_width: the context's, or a larger picture's
    };
    Av1RefreshFlags refresh_flags_;
    State state_;       // after the last picture that the device took
    State next_state_;  // after this one, if it takes that

    // What finish() hands out.
    DecodeUnits units_;
    std::array<VASurfaceID, kAv1Slots> references_ = {};
    size_t reference_count_ = 0;
};

// For the table of codecs; null if `profile` is none of AV1's.
[[nodiscard]] std::unique_ptr<Codec> create_av1_codec(const CodecTraits& traits, VAProfile profile,
                                                      Size coded_size);

}  // namespace v4l2va
