// SPDX-License-Identifier: MIT
#include "cedrus_vp8.h"

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

#include "cedrus_registers.h"

namespace hardware {
namespace {

using vdec::vp8::FrameHeader;

// VE_VP8_*, and those that it shares with H.264.
constexpr size_t kPps = 0x214;
constexpr size_t kQuantizers = 0x218;
constexpr size_t kVldAddress = 0x230;
constexpr size_t kVldOffset = 0x234;
constexpr size_t kVldEnd = 0x23c;
constexpr size_t kProbabilities = 0x250;
constexpr size_t kFirstPartLength = 0x254;
constexpr size_t kPictureSize = 0x25c;
constexpr size_t kLuma = 0x2ac;
constexpr size_t kLast = 0x2b0;
constexpr size_t kGolden = 0x2b4;
constexpr size_t kChroma = 0x2d0;
constexpr size_t kAlternate = 0x2e8;
constexpr size_t kSegmentQuantizers = 0x2f0;
constexpr size_t kSegmentLevels = 0x2f4;
constexpr size_t kReferenceDeltas = 0x2f8;
constexpr size_t kModeDeltas = 0x2fc;

// cedrus_vp8_update_probs(): where they are in the table.
constexpr size_t kTable = 0x2400;
constexpr size_t kYModes = 0x1008;
constexpr size_t kUvModes = 0x1010;
constexpr size_t kSegmentTree = 0x1018;
constexpr size_t kSkipFalse = 0x101c;  // prob_intra, prob_last, prob_gf behind it
constexpr size_t kMotion = 0x1020;

// What no register has.
constexpr std::string_view kUnread[] = {
    "show_frame_flag",   "horizontal_scale",  "vertical_scale",
    "dct_part_sizes",    "coder_state_range", "coder_state_value",
    "coder_state_bit_count", "first_part_header_bits", "segment_update_feature_data",
};

int8_t signed_byte(const Registers& registers, size_t offset, unsigned low, unsigned count) {
    return static_cast<int8_t>(sign_extended(registers.bits(offset, low, count), count));
}

unsigned version(const Registers& registers) {
    if (registers.bit(kPps, 3)) return 3;   // FULL_PIXEL
    if (!registers.bit(kPps, 2)) return 0;  // BILINEAR_MC_FILTER
    return registers.bit(kPps, 1) ? 1 : 2;  // FILTER_TYPE_SIMPLE
}

void set_segments(v4l2_vp8_segment& segment, const Registers& registers) {
    if (registers.bit(kPps, 6)) segment.flags |= V4L2_VP8_SEGMENT_FLAG_ENABLED;
    if (!registers.bit(kPps, 5)) segment.flags |= V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE;
    if (registers.bit(kPps, 4)) segment.flags |= V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP;
    for (unsigned i = 0; i < 4; ++i) {
        segment.quant_update[i] = signed_byte(registers, kSegmentQuantizers, 8 * i, 8);
        segment.lf_update[i] = signed_byte(registers, kSegmentLevels, 8 * i, 8);
    }
}

void set_filter(v4l2_vp8_loop_filter& filter, const Registers& registers) {
    if (registers.bit(kPps, 19)) filter.flags |= V4L2_VP8_LF_DELTA_UPDATE;
    if (registers.bit(kPps, 18)) filter.flags |= V4L2_VP8_LF_ADJ_ENABLE;
    if (registers.bit(kPps, 11)) filter.flags |= V4L2_VP8_LF_FILTER_TYPE_SIMPLE;
    filter.level = static_cast<uint8_t>(registers.bits(kPps, 12, 6));
    filter.sharpness_level = static_cast<uint8_t>(registers.bits(kPps, 8, 3));
    for (unsigned i = 0; i < 4; ++i) {
        filter.ref_frm_delta[i] = signed_byte(registers, kReferenceDeltas, 8 * i, 7);
        filter.mb_mode_delta[i] = signed_byte(registers, kModeDeltas, 8 * i, 7);
    }
}

void set_quantizers(v4l2_vp8_quantization& quant, const Registers& registers) {
    quant.y_ac_qi = static_cast<uint8_t>(registers.bits(kQuantizers, 0, 7));
    quant.y_dc_delta = signed_byte(registers, kQuantizers, 7, 5);
    quant.y2_dc_delta = signed_byte(registers, kQuantizers, 12, 5);
    quant.y2_ac_delta = signed_byte(registers, kQuantizers, 17, 5);
    quant.uv_dc_delta = signed_byte(registers, kQuantizers, 22, 5);
    quant.uv_ac_delta = signed_byte(registers, kQuantizers, 27, 5);
}

void set_probabilities(v4l2_ctrl_vp8_frame& frame, std::span<const uint8_t> table) {
    v4l2_vp8_entropy& entropy = frame.entropy;
    std::memcpy(entropy.y_mode_probs, &table[kYModes], sizeof entropy.y_mode_probs);
    std::memcpy(entropy.uv_mode_probs, &table[kUvModes], sizeof entropy.uv_mode_probs);
    std::memcpy(frame.segment.segment_probs, &table[kSegmentTree],
                sizeof frame.segment.segment_probs);
    frame.prob_skip_false = table[kSkipFalse];
    frame.prob_intra = table[kSkipFalse + 1];
    frame.prob_last = table[kSkipFalse + 2];
    frame.prob_gf = table[kSkipFalse + 3];
    for (size_t i = 0; i < 2; ++i) {
        std::memcpy(entropy.mv_probs[i], &table[kMotion + 0x20 * i], sizeof entropy.mv_probs[i]);
    }
    for (size_t i = 0; i < size_t{4} * 8 * 3; ++i) {
        const size_t block = i / 24;
        const size_t band = i / 3 % 8;
        const size_t context = i % 3;
        std::memcpy(entropy.coeff_probs[block][band][context],
                    &table[block * 512 + band * 64 + context * 16],
                    sizeof entropy.coeff_probs[block][band][context]);
    }
}

v4l2_ctrl_vp8_frame frame_of(const JobView& view, std::span<const uint8_t> table) {
    const Registers& registers = view.registers;
    v4l2_ctrl_vp8_frame frame = {};
    set_segments(frame.segment, registers);
    set_filter(frame.lf, registers);
    set_quantizers(frame.quant, registers);
    set_probabilities(frame, table);
    frame.width = static_cast<uint16_t>(registers.bits(kPictureSize, 16, 12));
    frame.height = static_cast<uint16_t>(registers.bits(kPictureSize, 0, 12));
    frame.version = static_cast<uint8_t>(version(registers));
    frame.num_dct_parts = static_cast<uint8_t>(1U << registers.bits(kPps, 20, 2));
    frame.first_part_size = registers.word(kFirstPartLength) / 8;
    frame.last_frame_ts = view.pictures.timestamp(registers.word(kLast));
    frame.golden_frame_ts = view.pictures.timestamp(registers.word(kGolden));
    frame.alt_frame_ts = view.pictures.timestamp(registers.word(kAlternate));
    if (!registers.bit(kPps, 31)) frame.flags |= V4L2_VP8_FRAME_FLAG_KEY_FRAME;
    if (registers.bit(kPps, 26)) frame.flags |= V4L2_VP8_FRAME_FLAG_SIGN_BIAS_ALT;
    if (registers.bit(kPps, 25)) frame.flags |= V4L2_VP8_FRAME_FLAG_SIGN_BIAS_GOLDEN;
    if (registers.bit(kPps, 22)) frame.flags |= V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF;
    return frame;
}

}  // namespace

vdec::FrameFields CedrusVp8::fields() { return {.read = true, .unread = kUnread}; }

std::variant<PictureJob, NoPicture> CedrusVp8::read(const JobView& view) {
    const Registers& registers = view.registers;
    const uint64_t begin = stream_address(registers.word(kVldAddress));
    const uint32_t end = registers.word(kVldEnd);
    const std::span table = view.memory.at(registers.word(kProbabilities), kTable);
    const std::span stream =
        view.memory.at(begin, end > begin ? static_cast<size_t>(end - begin) : 0);
    if (table.empty() || stream.empty()) return NoPicture{"no table or no bitstream"};
    const bool key = !registers.bit(kPps, 31);
    // The tag, and the start code and size of a key frame.
    if (registers.word(kVldOffset) != (key ? 10U : 3U) * 8) {
        return NoPicture{"a first partition that begins elsewhere"};
    }
    PictureJob job;
    job.coded_format = V4L2_PIX_FMT_VP8_FRAME;
    job.stream = view.memory.serial(registers.word(kProbabilities)).value_or(0);
    job.bitstream.assign(stream.begin(), stream.end());
    FrameHeader header;
    if (!headers_[job.stream].read(stream, header)) return NoPicture{"no frame header"};
    const v4l2_ctrl_vp8_frame frame = frame_of(view, table);
    job.width = (frame.width + 15U) / 16 * 16;
    job.height = (frame.height + 15U) / 16 * 16;
    job.address = registers.word(kLuma);
    job.set(V4L2_CID_STATELESS_VP8_FRAME, frame);
    const auto output =
        cedrus_output(registers, job.address, registers.word(kChroma), job.width, job.height);
    if (!output) return NoPicture{"an output format that is not modelled"};
    job.outputs = {*output};
    return job;
}

}  // namespace hardware
