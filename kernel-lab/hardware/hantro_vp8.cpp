// SPDX-License-Identifier: MIT
#include "hantro_vp8.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace hardware {
namespace {

using vdec::vp8::FrameHeader;

constexpr uint64_t kAligned = 8;  // bytes: addresses of partitions are multiples of it
constexpr size_t kTable = 1208;   // struct vp8_prob_tbl_packed without its end

// Decided by what no register has.
constexpr std::string_view kUnread[] = {
    "show_frame_flag",  "width",           "height",
    "horizontal_scale", "vertical_scale",  "segment_update_feature_data",
    "lf_adj_enable",    "lf_delta_update", "coder_state_bit_count",
};

// Where the frame's parts are, in bytes from its first one on.
struct Layout {
    uint64_t frame = 0;  // address
    uint32_t header_bits = 0;
    uint32_t first_part_size = 0;
    std::array<uint32_t, 8> part_sizes = {};
    size_t size = 0;
};

std::optional<Layout> find_parts(const HantroVp8Registers& told, uint64_t frame) {
    if (told.parts < 1 || told.parts > told.part.size() || told.first_part < frame) {
        return std::nullopt;
    }
    Layout layout;
    layout.frame = frame;
    // The tag, and the start code and size of a key frame.
    const uint64_t first = told.inter ? 3 : 10;
    const uint64_t data_bit = (told.first_part - frame) * 8 + told.first_part_bit;
    if (data_bit < first * 8 + 8) return std::nullopt;
    layout.header_bits = static_cast<uint32_t>(data_bit - first * 8 - 8);
    const uint64_t data = data_bit / 8;
    layout.first_part_size =
        static_cast<uint32_t>(told.first_part_size - data % kAligned + data - first);
    const uint64_t table = first + layout.first_part_size;
    uint64_t used = table % kAligned + uint64_t{3} * (told.parts - 1);
    uint64_t at = table + uint64_t{3} * (told.parts - 1);
    for (size_t i = 0; i < told.parts; ++i) {
        if (told.part[i] + told.part_bit[i] / 8 != frame + at) return std::nullopt;
        const bool last = i + 1 == told.parts;
        const uint64_t next = last ? frame + at + told.parts_size - used
                                   : told.part[i + 1] + told.part_bit[i + 1] / 8;
        layout.part_sizes[i] = static_cast<uint32_t>(next - frame - at);
        used += layout.part_sizes[i];
        at = next - frame;
    }
    layout.size = at;
    return layout;
}

// What no register has is the header's, and what they have is theirs.
void set_filter(v4l2_ctrl_vp8_frame& frame, const HantroVp8Registers& told,
                const FrameHeader& header) {
    v4l2_vp8_loop_filter& filter = frame.lf;
    const int level = told.segmentation ? header.filter_level : static_cast<int>(told.filter_levels[0]);
    filter.level = static_cast<uint8_t>(told.no_filter ? 0 : level);
    filter.sharpness_level = static_cast<uint8_t>(told.sharpness);
    if (told.simple_filter) filter.flags |= V4L2_VP8_LF_FILTER_TYPE_SIMPLE;
    if (header.deltas.enabled) filter.flags |= V4L2_VP8_LF_ADJ_ENABLE;
    for (size_t i = 0; i < 4; ++i) {
        filter.ref_frm_delta[i] = static_cast<int8_t>(told.reference_deltas[i]);
        filter.mb_mode_delta[i] = static_cast<int8_t>(told.mode_deltas[i]);
    }
}

void set_quantizers(v4l2_ctrl_vp8_frame& frame, const HantroVp8Registers& told,
                    const FrameHeader& header) {
    v4l2_vp8_quantization& quant = frame.quant;
    const int index = told.segmentation ? header.y_ac_qi : static_cast<int>(told.quantizers[0]);
    quant.y_ac_qi = static_cast<uint8_t>(index);
    quant.y_dc_delta = static_cast<int8_t>(told.quantizer_deltas[0]);
    quant.y2_dc_delta = static_cast<int8_t>(told.quantizer_deltas[1]);
    quant.y2_ac_delta = static_cast<int8_t>(told.quantizer_deltas[2]);
    quant.uv_dc_delta = static_cast<int8_t>(told.quantizer_deltas[3]);
    quant.uv_ac_delta = static_cast<int8_t>(told.quantizer_deltas[4]);
}

// The registers have what comes of a segment's values, never the differences.
void set_segments(v4l2_ctrl_vp8_frame& frame, const HantroVp8Registers& told,
                  std::span<const uint8_t> table) {
    v4l2_vp8_segment& segment = frame.segment;
    if (told.segmentation) segment.flags |= V4L2_VP8_SEGMENT_FLAG_ENABLED;
    if (told.update_segment_map) segment.flags |= V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP;
    for (size_t i = 0; i < 4; ++i) {
        segment.quant_update[i] = static_cast<int8_t>(told.quantizers[i]);
        segment.lf_update[i] = static_cast<int8_t>(told.filter_levels[i]);
    }
    std::memcpy(segment.segment_probs, &table[4], sizeof segment.segment_probs);
}

// hantro_vp8_prob_update().
void set_probabilities(v4l2_ctrl_vp8_frame& frame, std::span<const uint8_t> table) {
    v4l2_vp8_entropy& entropy = frame.entropy;
    frame.prob_skip_false = table[0];
    frame.prob_intra = table[1];
    frame.prob_last = table[2];
    frame.prob_gf = table[3];
    std::memcpy(entropy.y_mode_probs, &table[8], sizeof entropy.y_mode_probs);
    std::memcpy(entropy.uv_mode_probs, &table[12], sizeof entropy.uv_mode_probs);
    for (size_t i = 0; i < 2; ++i) {
        uint8_t* const motion = entropy.mv_probs[i];
        motion[0] = table[16 + i];
        motion[1] = table[18 + i];
        std::memcpy(&motion[17], &table[20 + 2 * i], 2);
        std::memcpy(&motion[9], &table[24 + 8 * i], 8);
        std::memcpy(&motion[2], &table[40 + 8 * i], 7);
    }
    // The first four of each context in one part, the other seven in the other one.
    for (size_t i = 0; i < size_t{4} * 8 * 3; ++i) {
        uint8_t* const probs = entropy.coeff_probs[i / 24][i / 3 % 8][i % 3];
        std::memcpy(probs, &table[56 + 4 * i], 4);
        std::memcpy(probs + 4, &table[440 + 8 * i], 7);
    }
}

// Registers tell three kinds: 0, 3, and what is between them.
unsigned version(const HantroVp8Registers& told, const FrameHeader& header) {
    if (!told.not_full_pixel) return 3;
    if (!told.bilinear) return 0;
    return header.version == 2 ? 2 : 1;
}

v4l2_ctrl_vp8_frame frame_of(const HantroVp8Registers& told, const Layout& layout,
                             const FrameHeader& header, std::span<const uint8_t> table,
                             const DecodedPictures& pictures) {
    v4l2_ctrl_vp8_frame frame = {};
    set_segments(frame, told, table);
    set_filter(frame, told, header);
    set_quantizers(frame, told, header);
    set_probabilities(frame, table);
    frame.coder_state.range = static_cast<uint8_t>(told.range);
    frame.coder_state.value = static_cast<uint8_t>(told.value);
    frame.version = static_cast<uint8_t>(version(told, header));
    frame.num_dct_parts = static_cast<uint8_t>(told.parts);
    frame.first_part_size = layout.first_part_size;
    frame.first_part_header_bits = layout.header_bits;
    for (size_t i = 0; i < told.parts; ++i) frame.dct_part_sizes[i] = layout.part_sizes[i];
    frame.last_frame_ts = pictures.timestamp(told.last);
    frame.golden_frame_ts = pictures.timestamp(told.golden);
    frame.alt_frame_ts = pictures.timestamp(told.alternate);
    if (!told.inter) frame.flags |= V4L2_VP8_FRAME_FLAG_KEY_FRAME;
    if (!told.no_skipping) frame.flags |= V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF;
    if (told.sign_bias_golden) frame.flags |= V4L2_VP8_FRAME_FLAG_SIGN_BIAS_GOLDEN;
    if (told.sign_bias_alternate) frame.flags |= V4L2_VP8_FRAME_FLAG_SIGN_BIAS_ALT;
    return frame;
}

}  // namespace

vdec::FrameFields HantroVp8::fields() { return {.read = true, .unread = kUnread}; }

std::variant<PictureJob, NoPicture> HantroVp8::read(const HantroVp8Registers& told,
                                                    DeviceMemory& memory,
                                                    const DecodedPictures& pictures) {
    const std::span table = memory.at(told.table, kTable);
    const auto begin = memory.begin(told.first_part);
    if (table.empty() || !begin) return NoPicture{"no table or no bitstream"};
    const auto layout = find_parts(told, *begin);
    if (!layout) return NoPicture{"partitions that are no frame's"};
    const std::span bitstream = memory.at(layout->frame, layout->size);
    if (bitstream.empty()) return NoPicture{"partitions behind the end of the bitstream"};
    PictureJob job;
    job.coded_format = V4L2_PIX_FMT_VP8_FRAME;
    job.stream = memory.serial(told.table).value_or(0);
    job.width = told.width_in_mbs * 16;
    job.height = told.height_in_mbs * 16;
    job.bitstream.assign(bitstream.begin(), bitstream.end());
    FrameHeader header;
    if (!headers_[job.stream].read(bitstream, header)) return NoPicture{"no frame header"};
    if ((header.width + 15) / 16 != told.width_in_mbs ||
        (header.height + 15) / 16 != told.height_in_mbs) {
        return NoPicture{"a picture of another size than the frame header's"};
    }
    job.address = told.output;
    job.set(V4L2_CID_STATELESS_VP8_FRAME, frame_of(told, *layout, header, table, pictures));
    job.outputs = {nv12_at(job.address, job.width, job.height)};
    return job;
}

}  // namespace hardware
