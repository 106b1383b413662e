// SPDX-License-Identifier: MIT
// VP9 uncompressed header (6.2).
#include "bitstream/vp9_frame_header.h"

#include "bitstream/bit_reader.h"

namespace v4l2va {
namespace {

constexpr uint32_t kFrameMarker = 2;
constexpr uint32_t kFrameSyncCode = 0x498342;
constexpr uint32_t kColorSpaceRgb = 7;
constexpr uint32_t kMinTileWidthB64 = 4;
constexpr uint32_t kMaxTileWidthB64 = 64;
constexpr uint8_t kMaxTileColsLog2 = 6;

// su(n) (4.10.3).
int8_t su(BitReader& reader, uint32_t count) {
    const auto magnitude = static_cast<int8_t>(reader.u(count));
    return static_cast<int8_t>(reader.flag() ? -magnitude : magnitude);
}

void check(BitReader& reader, bool condition) {
    if (!condition) {
        reader.fail();
    }
}

// color_config() (6.2.2).
void read_color_config(BitReader& reader, uint8_t profile, Vp9LastingState& lasting) {
    lasting.bit_depth = 8;
    if (profile >= 2) {
        lasting.bit_depth = reader.flag() ? 12 : 10;
    }
    const bool odd_profile = (profile & 1) != 0;
    const uint32_t color_space = reader.u(3);
    if (color_space == kColorSpaceRgb) {
        check(reader, odd_profile);
        lasting.color_range = true;
        lasting.subsampling_x = false;
        lasting.subsampling_y = false;
        reader.skip(1);  // reserved_zero
        return;
    }
    lasting.color_range = reader.flag();
    lasting.subsampling_x = true;
    lasting.subsampling_y = true;
    if (odd_profile) {
        lasting.subsampling_x = reader.flag();
        lasting.subsampling_y = reader.flag();
        reader.skip(1);  // reserved_zero
        check(reader, !lasting.subsampling_x || !lasting.subsampling_y);
    }
}

void read_frame_size(BitReader& reader, Vp9FrameHeader& header) {
    header.frame_width = reader.u(16) + 1;
    header.frame_height = reader.u(16) + 1;
}

void read_render_size(BitReader& reader, Vp9FrameHeader& header) {
    header.render_width = header.frame_width;
    header.render_height = header.frame_height;
    if (reader.flag()) {  // render_and_frame_size_different
        header.render_width = reader.u(16) + 1;
        header.render_height = reader.u(16) + 1;
    }
}

// frame_size_with_refs() (6.2.5).
void read_frame_size_with_refs(BitReader& reader, const Vp9FrameSize& reference_size,
                               Vp9FrameHeader& header) {
    for (size_t i = 0; i < kVp9RefsPerFrame && !header.size_from_refs; ++i) {
        header.size_from_refs = reader.flag();
    }
    if (header.size_from_refs) {
        header.frame_width = reference_size.width;
        header.frame_height = reference_size.height;
    } else {
        read_frame_size(reader, header);
    }
    read_render_size(reader, header);
}

// read_interpolation_filter() (6.2.7), with literal_to_type[].
Vp9InterpFilter read_interpolation_filter(BitReader& reader) {
    constexpr std::array<Vp9InterpFilter, 4> kLiteralToType = {
        Vp9InterpFilter::kEightTapSmooth, Vp9InterpFilter::kEightTap,
        Vp9InterpFilter::kEightTapSharp, Vp9InterpFilter::kBilinear};
    if (reader.flag()) {
        return Vp9InterpFilter::kSwitchable;
    }
    return kLiteralToType[reader.u(2)];
}

void read_intra_only_frame(BitReader& reader, Vp9FrameHeader& header, Vp9LastingState& lasting) {
    check(reader, reader.u(24) == kFrameSyncCode);
    if (header.profile > 0) {
        read_color_config(reader, header.profile, lasting);
    } else {
        lasting.bit_depth = 8;
        lasting.color_range = false;
        lasting.subsampling_x = true;
        lasting.subsampling_y = true;
    }
    header.refresh_frame_flags = static_cast<uint8_t>(reader.u(8));
    read_frame_size(reader, header);
    read_render_size(reader, header);
}

void read_inter_frame(BitReader& reader, const Vp9FrameSize& reference_size,
                      Vp9FrameHeader& header) {
    header.refresh_frame_flags = static_cast<uint8_t>(reader.u(8));
    for (size_t i = 0; i < kVp9RefsPerFrame; ++i) {
        header.ref_frame_idx[i] = static_cast<uint8_t>(reader.u(3));
        header.ref_frame_sign_bias[i] = reader.flag();
    }
    read_frame_size_with_refs(reader, reference_size, header);
    header.allow_high_precision_mv = reader.flag();
    header.interp_filter = read_interpolation_filter(reader);
}

// What depends on the frame's type, up to the interpolation filter.
void read_frame_type(BitReader& reader, const Vp9FrameSize& reference_size, Vp9FrameHeader& header,
                     Vp9LastingState& lasting) {
    header.key_frame = !reader.flag();
    header.show_frame = reader.flag();
    header.error_resilient_mode = reader.flag();
    if (header.key_frame) {
        check(reader, reader.u(24) == kFrameSyncCode);
        read_color_config(reader, header.profile, lasting);
        header.refresh_frame_flags = 0xff;
        read_frame_size(reader, header);
        read_render_size(reader, header);
        return;
    }
    header.intra_only = !header.show_frame && reader.flag();
    if (!header.error_resilient_mode) {
        header.reset_frame_context = static_cast<uint8_t>(reader.u(2));
    }
    if (header.intra_only) {
        read_intra_only_frame(reader, header, lasting);
    } else {
        read_inter_frame(reader, reference_size, header);
    }
}

// The part of setup_past_independence() (7.2) that is not the decoder's own.
void setup_past_independence(Vp9LastingState& lasting) {
    const Vp9LastingState defaults;
    lasting.loop_filter_ref_deltas = defaults.loop_filter_ref_deltas;
    lasting.loop_filter_mode_deltas = defaults.loop_filter_mode_deltas;
    lasting.segmentation_abs_or_delta_update = false;
    lasting.feature_enabled = {};
    lasting.feature_data = {};
}

// loop_filter_params() (6.2.8).
void read_loop_filter_params(BitReader& reader, Vp9FrameHeader& header, Vp9LastingState& lasting) {
    header.loop_filter_level = static_cast<uint8_t>(reader.u(6));
    header.loop_filter_sharpness = static_cast<uint8_t>(reader.u(3));
    header.loop_filter_delta_enabled = reader.flag();
    if (!header.loop_filter_delta_enabled) {
        return;
    }
    header.loop_filter_delta_update = reader.flag();
    if (!header.loop_filter_delta_update) {
        return;
    }
    for (int8_t& delta : lasting.loop_filter_ref_deltas) {
        if (reader.flag()) {
            delta = su(reader, 6);
        }
    }
    for (int8_t& delta : lasting.loop_filter_mode_deltas) {
        if (reader.flag()) {
            delta = su(reader, 6);
        }
    }
}

// read_delta_q() (6.2.10).
int8_t read_delta_q(BitReader& reader) { return reader.flag() ? su(reader, 4) : int8_t{0}; }

// read_prob() (6.2.12).
uint8_t read_prob(BitReader& reader) {
    return reader.flag() ? static_cast<uint8_t>(reader.u(8)) : uint8_t{255};
}

void read_segmentation_data(BitReader& reader, Vp9LastingState& lasting) {
    constexpr std::array<uint8_t, kVp9SegLvlMax> kFeatureBits = {8, 6, 2, 0};
    constexpr std::array<bool, kVp9SegLvlMax> kFeatureSigned = {true, true, false, false};
    lasting.segmentation_abs_or_delta_update = reader.flag();
    lasting.feature_enabled = {};
    lasting.feature_data = {};
    for (size_t segment = 0; segment < kVp9MaxSegments; ++segment) {
        for (size_t feature = 0; feature < kVp9SegLvlMax; ++feature) {
            if (!reader.flag()) {
                continue;
            }
            lasting.feature_enabled[segment] =
                static_cast<uint8_t>(lasting.feature_enabled[segment] | 1U << feature);
            auto value = static_cast<int16_t>(reader.u(kFeatureBits[feature]));
            if (kFeatureSigned[feature] && reader.flag()) {
                value = static_cast<int16_t>(-value);
            }
            lasting.feature_data[segment][feature] = value;
        }
    }
}

// segmentation_params() (6.2.11).
void read_segmentation_params(BitReader& reader, Vp9FrameHeader& header, Vp9LastingState& lasting) {
    header.segmentation_enabled = reader.flag();
    if (!header.segmentation_enabled) {
        return;
    }
    header.segmentation_update_map = reader.flag();
    if (header.segmentation_update_map) {
        for (uint8_t& prob : header.segmentation_tree_probs) {
            prob = read_prob(reader);
        }
        header.segmentation_temporal_update = reader.flag();
        for (uint8_t& prob : header.segmentation_pred_probs) {
            prob = header.segmentation_temporal_update ? read_prob(reader) : uint8_t{255};
        }
    }
    header.segmentation_update_data = reader.flag();
    if (header.segmentation_update_data) {
        read_segmentation_data(reader, lasting);
    }
}

// tile_info() (6.2.13), calc_min_log2_tile_cols(), calc_max_log2_tile_cols().
void read_tile_info(BitReader& reader, Vp9FrameHeader& header) {
    const uint32_t sb64_cols = (header.frame_width + 63) / 64;
    uint8_t min_log2 = 0;
    while ((kMaxTileWidthB64 << min_log2) < sb64_cols) {
        ++min_log2;
    }
    uint8_t max_log2 = 1;
    while ((sb64_cols >> max_log2) >= kMinTileWidthB64) {
        ++max_log2;
    }
    --max_log2;
    header.tile_cols_log2 = min_log2;
    while (header.tile_cols_log2 < max_log2 && reader.flag()) {
        ++header.tile_cols_log2;
    }
    check(reader, header.tile_cols_log2 <= kMaxTileColsLog2);  // 7.2.11
    if (reader.flag()) {
        header.tile_rows_log2 = reader.flag() ? 2 : 1;
    }
}

}  // namespace

Result<Vp9FrameHeader> parse_vp9_uncompressed_header(std::span<const std::byte> frame,
                                                     const Vp9FrameSize& reference_size,
                                                     Vp9LastingState& lasting) {
    BitReader reader(frame);
    Vp9FrameHeader header;
    check(reader, reader.u(2) == kFrameMarker);
    const uint32_t profile_low_bit = reader.u(1);
    header.profile = static_cast<uint8_t>(reader.u(1) << 1 | profile_low_bit);
    if (header.profile == 3) {
        check(reader, !reader.flag());  // reserved_zero
    }
    header.show_existing_frame = reader.flag();
    if (header.show_existing_frame) {
        header.frame_to_show_map_idx = static_cast<uint8_t>(reader.u(3));
        header.uncompressed_header_size = (reader.position() + 7) / 8;
        return reader.ok() ? Result<Vp9FrameHeader>(header)
                           : fail(ErrorCode::kInvalidBitstream, "VP9 uncompressed header");
    }
    read_frame_type(reader, reference_size, header, lasting);
    header.frame_parallel_decoding_mode = true;
    if (!header.error_resilient_mode) {
        header.refresh_frame_context = reader.flag();
        header.frame_parallel_decoding_mode = reader.flag();
    }
    header.frame_context_idx = static_cast<uint8_t>(reader.u(2));
    if (header.frame_is_intra() || header.error_resilient_mode) {
        setup_past_independence(lasting);
    }
    read_loop_filter_params(reader, header, lasting);
    header.base_q_idx = static_cast<uint8_t>(reader.u(8));
    header.delta_q_y_dc = read_delta_q(reader);
    header.delta_q_uv_dc = read_delta_q(reader);
    header.delta_q_uv_ac = read_delta_q(reader);
    read_segmentation_params(reader, header, lasting);
    read_tile_info(reader, header);
    header.compressed_header_size = reader.u(16);
    header.uncompressed_header_size = (reader.position() + 7) / 8;
    if (!reader.ok() || header.compressed_header_size == 0) {
        return fail(ErrorCode::kInvalidBitstream, "VP9 uncompressed header");
    }
    return header;
}

}  // namespace v4l2va
