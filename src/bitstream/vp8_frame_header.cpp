// SPDX-License-Identifier: MIT
// VP8 frame header: the uncompressed frame tag and the bool-coded header of the first partition
// (RFC 6386 9 and 19.2).
#include "bitstream/vp8_frame_header.h"

#include "bitstream/bool_decoder.h"
#include "bitstream/vp8_tables.h"

namespace v4l2va {
namespace {

constexpr std::array<std::byte, 3> kStartCode = {std::byte{0x9d}, std::byte{0x01}, std::byte{0x2a}};

uint32_t little_endian(std::span<const std::byte> bytes) {
    uint32_t value = 0;
    for (size_t i = 0; i < bytes.size(); ++i) {
        value |= std::to_integer<uint32_t>(bytes[i]) << (8 * i);
    }
    return value;
}

void put_little_endian(std::span<std::byte> bytes, uint32_t value) {
    for (size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::byte>(value >> (8 * i));
    }
}

// A magnitude of `count` bits (7 at most), then its sign.
int8_t signed_literal(BoolDecoder& decoder, uint32_t count) {
    const auto magnitude = static_cast<int8_t>(decoder.literal(count));
    return static_cast<int8_t>(decoder.flag() ? -magnitude : magnitude);
}

// A flag, then the value if it is set; else 0.
int8_t optional_signed(BoolDecoder& decoder, uint32_t count) {
    return decoder.flag() ? signed_literal(decoder, count) : int8_t{0};
}

uint8_t probability(BoolDecoder& decoder) { return static_cast<uint8_t>(decoder.literal(8)); }

// update_segmentation() (9.3).
void read_segmentation(BoolDecoder& decoder, Vp8FrameHeader& header, Vp8LastingState& lasting) {
    header.segmentation_enabled = decoder.flag();
    if (!header.segmentation_enabled) {
        return;
    }
    header.update_mb_segmentation_map = decoder.flag();
    header.update_segment_feature_data = decoder.flag();
    if (header.update_segment_feature_data) {
        lasting.segment_feature_absolute = decoder.flag();
        for (int8_t& value : lasting.quantizer_update) {
            value = optional_signed(decoder, 7);
        }
        for (int8_t& value : lasting.loop_filter_update) {
            value = optional_signed(decoder, 6);
        }
    }
    if (header.update_mb_segmentation_map) {
        for (uint8_t& value : lasting.segment_probs) {
            value = decoder.flag() ? probability(decoder) : uint8_t{255};
        }
    }
}

// filter_type to mb_lf_adjustments() (9.6).
void read_loop_filter(BoolDecoder& decoder, Vp8FrameHeader& header, Vp8LastingState& lasting) {
    header.filter_type = decoder.flag();
    header.loop_filter_level = static_cast<uint8_t>(decoder.literal(6));
    header.sharpness_level = static_cast<uint8_t>(decoder.literal(3));
    header.loop_filter_adj_enable = decoder.flag();
    if (!header.loop_filter_adj_enable) {
        return;
    }
    header.mode_ref_lf_delta_update = decoder.flag();
    if (!header.mode_ref_lf_delta_update) {
        return;
    }
    for (auto* deltas : {&lasting.ref_frame_deltas, &lasting.mb_mode_deltas}) {
        for (int8_t& delta : *deltas) {
            if (decoder.flag()) {
                delta = signed_literal(decoder, 6);
            }
        }
    }
}

// quant_indices() (9.6).
void read_quant_indices(BoolDecoder& decoder, Vp8FrameHeader& header) {
    header.y_ac_qi = static_cast<uint8_t>(decoder.literal(7));
    header.y_dc_delta = optional_signed(decoder, 4);
    header.y2_dc_delta = optional_signed(decoder, 4);
    header.y2_ac_delta = optional_signed(decoder, 4);
    header.uv_dc_delta = optional_signed(decoder, 4);
    header.uv_ac_delta = optional_signed(decoder, 4);
}

// refresh_golden_frame to refresh_last (9.7, 9.10, 9.11). Which buffers are refreshed is the
// client's to know: only what a decoder is told is kept.
void read_references(BoolDecoder& decoder, bool key_frame, Vp8FrameHeader& header) {
    if (key_frame) {
        header.refresh_entropy_probs = decoder.flag();
        return;
    }
    const bool refresh_golden_frame = decoder.flag();
    const bool refresh_alternate_frame = decoder.flag();
    if (!refresh_golden_frame) {
        (void)decoder.literal(2);  // copy_buffer_to_golden
    }
    if (!refresh_alternate_frame) {
        (void)decoder.literal(2);  // copy_buffer_to_alternate
    }
    header.sign_bias_golden = decoder.flag();
    header.sign_bias_alternate = decoder.flag();
    header.refresh_entropy_probs = decoder.flag();
    (void)decoder.flag();  // refresh_last
}

// token_prob_update() (13.4). The probabilities themselves come from the client, which keeps them
// over frames that this decoder does not see.
void skip_token_prob_update(BoolDecoder& decoder) {
    for (const auto& row : kVp8CoeffUpdateProbs) {
        for (const uint8_t update_prob : row) {
            if (decoder.read(update_prob)) {
                (void)decoder.literal(8);
            }
        }
    }
}

// intra_16x16_prob_update_flag to mv_prob_update() (16.2, 17.2): likewise.
void skip_mode_and_mv_probs(BoolDecoder& decoder) {
    for (const uint32_t count : {4U, 3U}) {
        if (decoder.flag()) {
            for (uint32_t i = 0; i < count; ++i) {
                (void)decoder.literal(8);
            }
        }
    }
    for (const auto& row : kVp8MvUpdateProbs) {
        for (const uint8_t update_prob : row) {
            if (decoder.read(update_prob)) {
                (void)decoder.literal(7);
            }
        }
    }
}

}  // namespace

std::optional<Vp8FrameTag> parse_vp8_frame_tag(std::span<const std::byte> bytes) {
    if (bytes.size() < kVp8FrameTagSize) {
        return std::nullopt;
    }
    const uint32_t bits = little_endian(bytes.first(kVp8FrameTagSize));
    Vp8FrameTag tag;
    tag.key_frame = (bits & 1) == 0;
    tag.version = static_cast<uint8_t>((bits >> 1) & 7);
    tag.show_frame = ((bits >> 4) & 1) != 0;
    tag.first_part_size = bits >> 5;
    if (!tag.key_frame) {
        return tag;
    }
    if (bytes.size() < kVp8KeyFrameTagSize || bytes[3] != kStartCode[0] ||
        bytes[4] != kStartCode[1] || bytes[5] != kStartCode[2]) {
        return std::nullopt;
    }
    const uint32_t horizontal = little_endian(bytes.subspan(6, 2));
    const uint32_t vertical = little_endian(bytes.subspan(8, 2));
    tag.width = static_cast<uint16_t>(horizontal & kVp8MaxDimension);
    tag.horizontal_scale = static_cast<uint8_t>(horizontal >> 14);
    tag.height = static_cast<uint16_t>(vertical & kVp8MaxDimension);
    tag.vertical_scale = static_cast<uint8_t>(vertical >> 14);
    return tag;
}

std::array<std::byte, kVp8KeyFrameTagSize> write_vp8_frame_tag(const Vp8FrameTag& tag) {
    std::array<std::byte, kVp8KeyFrameTagSize> bytes = {};
    const std::span<std::byte> out = bytes;
    put_little_endian(out.first(kVp8FrameTagSize),
                      (tag.key_frame ? 0U : 1U) | uint32_t{tag.version} << 1 |
                          (tag.show_frame ? 1U << 4 : 0U) | tag.first_part_size << 5);
    if (tag.key_frame) {
        bytes[3] = kStartCode[0];
        bytes[4] = kStartCode[1];
        bytes[5] = kStartCode[2];
        put_little_endian(out.subspan(6, 2), tag.width | uint32_t{tag.horizontal_scale} << 14);
        put_little_endian(out.subspan(8, 2), tag.height | uint32_t{tag.vertical_scale} << 14);
    }
    return bytes;
}

Result<Vp8FrameHeader> parse_vp8_frame_header(std::span<const std::byte> first_part, bool key_frame,
                                              Vp8LastingState& lasting) {
    BoolDecoder decoder(first_part);
    Vp8FrameHeader header;
    if (key_frame) {
        lasting = {};
        header.color_space = decoder.flag();
        header.clamping_type = decoder.flag();
    }
    read_segmentation(decoder, header, lasting);
    read_loop_filter(decoder, header, lasting);
    header.num_dct_partitions = static_cast<uint8_t>(1U << decoder.literal(2));
    read_quant_indices(decoder, header);
    read_references(decoder, key_frame, header);
    skip_token_prob_update(decoder);
    header.mb_no_skip_coeff = decoder.flag();
    if (header.mb_no_skip_coeff) {
        header.prob_skip_false = probability(decoder);
    }
    if (!key_frame) {
        header.prob_intra = probability(decoder);
        header.prob_last = probability(decoder);
        header.prob_gf = probability(decoder);
        skip_mode_and_mv_probs(decoder);
    }
    if (!decoder.ok()) {
        return fail(ErrorCode::kInvalidBitstream, "VP8 frame header");
    }
    header.header_bits = static_cast<uint32_t>(decoder.position());
    header.coder_range = decoder.range();
    header.coder_value = decoder.value();
    header.coder_bit_count = static_cast<uint8_t>((8 - decoder.position() % 8) % 8);
    return header;
}

}  // namespace v4l2va
