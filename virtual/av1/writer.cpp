// SPDX-License-Identifier: MIT
// AV1 sequence header, frame header and tile group OBUs.
#include "av1/writer.h"

#include "av1/bits.h"
#include "av1/header_parts.h"
#include "av1/rules.h"

namespace vdec::av1 {
namespace {

constexpr unsigned kSizeBits = 16;
constexpr unsigned kHighestLevel = 31;  // nothing is limited by it

class HeaderWriter {
  public:
    HeaderWriter(const FrameToWrite& input, uint8_t refresh)
        : sequence_(input.controls.sequence),
          frame_(input.controls.frame),
          input_(input),
          refresh_(refresh),
          intra_(frame_.intra()),
          // A switch frame is an error resilient inter frame that goes to all slots.
          error_resilient_(frame_.has(kErrorResilientMode) || frame_.frame_type == kSwitchFrame),
          primary_ref_none_(intra_ || error_resilient_ ||
                            frame_.primary_ref_frame == kPrimaryRefNone),
          order_hint_bits_(sequence_.has(kEnableOrderHint) ? sequence_.order_hint_bits : 0U) {}

    Bytes run() {
        write_beginning();
        if (intra_) {
            write_size();
            const bool same_width = frame_.upscaled_width == frame_.frame_width_minus_1 + 1;
            if (frame_.has(kAllowScreenContentTools) && same_width) flag(kAllowIntrabc);
        } else {
            write_inter();
        }
        if (!frame_.has(kDisableCdfUpdate)) flag(kDisableFrameEndUpdateCdf);
        write_tile_info(out_, sequence_, frame_);
        write_quantization(out_, sequence_, frame_.quantization);
        write_segmentation(out_, frame_.segmentation, primary_ref_none_);
        write_deltas(out_, frame_);
        write_filters();
        write_modes();
        if (!intra_) write_global_motion(out_, frame_, input_.references.previous_motion);
        const FilmGrain none = {};
        write_film_grain(out_, sequence_, input_.film_grain ? input_.controls.grain : none,
                         coded_type() == kInterFrame);
        out_.trailing_bits();
        return out_.bytes();
    }

  private:
    void flag(FrameFlag which) { out_.flag(frame_.has(which)); }

    [[nodiscard]] unsigned coded_type() const {
        return frame_.frame_type == kSwitchFrame ? unsigned{kInterFrame} : frame_.frame_type;
    }

    void write_beginning() {
        out_.flag(false);  // show_existing_frame
        out_.bits(coded_type(), 2);
        out_.flag(false);  // show_frame
        out_.flag(true);   // showable_frame: film grain parameters may follow
        out_.flag(error_resilient_);
        flag(kDisableCdfUpdate);
        flag(kAllowScreenContentTools);
        if (frame_.has(kAllowScreenContentTools)) flag(kForceIntegerMv);
        out_.flag(true);  // frame_size_override_flag
        out_.bits(frame_.order_hint, order_hint_bits_);
        if (!intra_ && !error_resilient_) out_.bits(frame_.primary_ref_frame, 3);
        out_.bits(refresh_, 8);
        if ((!intra_ || refresh_ != 0xff) && error_resilient_) {
            for (const unsigned hint : input_.references.slot_hints) {
                out_.bits(hint, order_hint_bits_);
            }
        }
    }

    void write_size() {
        out_.bits(frame_.upscaled_width - 1, kSizeBits);
        out_.bits(frame_.frame_height_minus_1, kSizeBits);
        flag(kUseSuperres);
        if (frame_.has(kUseSuperres)) out_.bits(frame_.superres_denom - kSuperresNum - 1, 3);
        out_.flag(true);  // render_and_frame_size_different
        out_.bits(frame_.render_width_minus_1, 16);
        out_.bits(frame_.render_height_minus_1, 16);
    }

    void write_inter() {
        if (order_hint_bits_ > 0) out_.flag(false);  // frame_refs_short_signaling
        for (const unsigned slot : input_.references.slots) out_.bits(slot, 3);
        if (!error_resilient_) out_.bits(0, kRefsPerFrame);  // found_ref
        write_size();
        const bool integer_mv = frame_.has(kAllowScreenContentTools) && frame_.has(kForceIntegerMv);
        if (!integer_mv) flag(kAllowHighPrecisionMv);
        const bool switchable = frame_.interpolation_filter == kInterpolationSwitchable;
        out_.flag(switchable);
        if (!switchable) out_.bits(frame_.interpolation_filter, 2);
        flag(kIsMotionModeSwitchable);
        if (!error_resilient_ && order_hint_bits_ > 0) flag(kUseRefFrameMvs);
    }

    void write_filters() {
        if (has_loop_filter(frame_)) {
            write_loop_filter(out_, sequence_, frame_.loop_filter);
            write_cdef(out_, sequence_, frame_.cdef);
        }
        if (has_restoration(frame_)) {
            write_restoration(out_, sequence_, frame_.loop_restoration);
        }
    }

    void write_modes() {
        if (!coded_lossless(frame_)) out_.flag(frame_.tx_mode == kTxSelect);
        if (!intra_) {
            flag(kReferenceSelect);
            const bool skip_mode_allowed =
                frame_.has(kReferenceSelect) &&
                skip_mode_frames(order_hint_bits_, frame_.order_hint, input_.references.hints);
            if (skip_mode_allowed) flag(kSkipModePresent);
            if (!error_resilient_) flag(kAllowWarpedMotion);
        }
        flag(kReducedTxSet);
    }

    const Sequence& sequence_;
    const Frame& frame_;
    const FrameToWrite& input_;
    uint8_t refresh_;
    bool intra_;
    bool error_resilient_;
    bool primary_ref_none_;
    unsigned order_hint_bits_;
    BitWriter out_;
};

void write_color_config(BitWriter& out, const Sequence& sequence) {
    const bool mono = sequence.has(kMonoChrome);
    out.flag(sequence.bit_depth > 8);
    out.flag(mono);
    out.flag(false);  // color_description_present_flag
    out.flag(false);  // color_range: nothing is decoded by it
    if (mono) return;
    out.bits(0, 2);  // chroma_sample_position
    out.flag(true);  // separate_uv_delta_q
}

}  // namespace

Bytes write_sequence_header(const Sequence& sequence) {
    BitWriter out;
    const auto flag = [&](SequenceFlag which) { out.flag(sequence.has(which)); };
    out.bits(0, 3);       // seq_profile
    out.bits(0, 2);       // still_picture, reduced_still_picture_header
    out.bits(0, 2);       // timing_info_present_flag, initial_display_delay_present_flag
    out.bits(0, 5 + 12);  // one operating point: everything
    out.bits(kHighestLevel, 5);
    out.flag(false);  // seq_tier
    out.bits(kSizeBits - 1, 4);
    out.bits(kSizeBits - 1, 4);
    out.bits(0xffff, kSizeBits);
    out.bits(0xffff, kSizeBits);
    out.flag(false);  // frame_id_numbers_present_flag
    flag(kUse128x128Superblock);
    flag(kEnableFilterIntra);
    flag(kEnableIntraEdgeFilter);
    flag(kEnableInterintraCompound);
    flag(kEnableMaskedCompound);
    out.flag(true);  // enable_warped_motion
    flag(kEnableDualFilter);
    flag(kEnableOrderHint);
    if (sequence.has(kEnableOrderHint)) {
        flag(kEnableJntComp);
        out.flag(true);  // enable_ref_frame_mvs
    }
    out.flag(true);  // seq_choose_screen_content_tools
    out.flag(true);  // seq_choose_integer_mv
    if (sequence.has(kEnableOrderHint)) out.bits(sequence.order_hint_bits - 1U, 3);
    out.flag(true);  // enable_superres
    out.flag(true);  // enable_cdef
    out.flag(true);  // enable_restoration
    write_color_config(out, sequence);
    out.flag(true);  // film_grain_params_present
    out.trailing_bits();
    return out.bytes();
}

Bytes write_frame_header(const FrameToWrite& frame, uint8_t refresh) {
    return HeaderWriter(frame, refresh).run();
}

bool write_tile_group(const Controls& controls, std::span<const uint8_t> bitstream,
                      Bytes& payload) {
    payload.clear();
    // tile_start_and_end_present_flag, and alignment.
    if (controls.tiles.size() > 1) payload.push_back(0);
    for (const TileGroupEntry& tile : controls.tiles) {
        if (tile.tile_size == 0 || tile.tile_offset >= bitstream.size() ||
            tile.tile_size > bitstream.size() - tile.tile_offset) {
            return false;
        }
        if (&tile != &controls.tiles.back()) {
            append_little_endian(payload, tile.tile_size - 1, kTileSizeBytes);
        }
        const auto data = bitstream.subspan(tile.tile_offset, tile.tile_size);
        payload.insert(payload.end(), data.begin(), data.end());
    }
    return true;
}

Bytes write_packet(const FrameToWrite& frame, uint8_t refresh) {
    Bytes packet;
    append_obu(packet, kObuSequenceHeader, write_sequence_header(frame.controls.sequence));
    append_obu(packet, kObuFrameHeader, write_frame_header(frame, refresh));
    append_obu(packet, kObuTileGroup, frame.tiles);
    return packet;
}

}  // namespace vdec::av1
