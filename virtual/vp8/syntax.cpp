// SPDX-License-Identifier: MIT
// Reading of VP8 frame headers.
#include "vp8/syntax.h"

#include <algorithm>
#include <cstring>

#include "backend/bool_reader.h"
#include "vp8/tables.h"

namespace vdec::vp8 {
namespace {

constexpr size_t kTagSize = 3;
constexpr size_t kKeyFrameStart = 10;

void read_segmentation(BoolReader& in, Segmentation& segmentation) {
    segmentation.enabled = in.flag();
    segmentation.update_map = segmentation.update_data = false;
    if (!segmentation.enabled) return;
    segmentation.update_map = in.flag();
    segmentation.update_data = in.flag();
    if (segmentation.update_data) {
        segmentation.absolute = in.flag();
        for (int& value : segmentation.quantizer) value = in.optional_signed(7);
        for (int& value : segmentation.filter_level) value = in.optional_signed(6);
    }
    if (!segmentation.update_map) return;
    for (uint8_t& prob : segmentation.tree_probs) {
        prob = static_cast<uint8_t>(in.flag() ? in.literal(8) : 255);
    }
}

void read_filter(BoolReader& in, FrameHeader& header, FilterDeltas& deltas) {
    header.simple_filter = in.flag();
    header.filter_level = static_cast<int>(in.literal(6));
    header.sharpness = in.literal(3);
    deltas.update = false;
    deltas.enabled = in.flag();
    if (!deltas.enabled) return;
    deltas.update = in.flag();
    if (!deltas.update) return;
    for (int& delta : deltas.reference) delta = in.flag() ? in.signed_literal(6) : delta;
    for (int& delta : deltas.mode) delta = in.flag() ? in.signed_literal(6) : delta;
}

void read_quantizers(BoolReader& in, FrameHeader& header) {
    header.y_ac_qi = static_cast<int>(in.literal(7));
    header.y_dc_delta = in.optional_signed(4);
    header.y2_dc_delta = in.optional_signed(4);
    header.y2_ac_delta = in.optional_signed(4);
    header.uv_dc_delta = in.optional_signed(4);
    header.uv_ac_delta = in.optional_signed(4);
}

BufferUpdate copy_update(unsigned code) {
    if (code == 1) return BufferUpdate::last;
    return code == 2 ? BufferUpdate::other : BufferUpdate::none;
}

void read_buffer_updates(BoolReader& in, FrameHeader& header) {
    const bool refresh_golden = in.flag();
    const bool refresh_alternate = in.flag();
    header.golden = refresh_golden ? BufferUpdate::current : copy_update(in.literal(2));
    header.alternate = refresh_alternate ? BufferUpdate::current : copy_update(in.literal(2));
    header.sign_bias_golden = in.flag();
    header.sign_bias_alternate = in.flag();
}

void read_coeff_probs(BoolReader& in, Probabilities& probabilities) {
    auto* probs = &probabilities.coeff[0][0][0][0];
    for (size_t i = 0; i < sizeof probabilities.coeff; ++i) {
        if (in.read(kCoeffUpdateProbs[i])) probs[i] = static_cast<uint8_t>(in.literal(8));
    }
}

void read_inter_probs(BoolReader& in, FrameHeader& header, Probabilities& probabilities) {
    header.prob_intra = in.literal(8);
    header.prob_last = in.literal(8);
    header.prob_golden = in.literal(8);
    if (in.flag()) {
        for (uint8_t& prob : probabilities.y_mode) prob = static_cast<uint8_t>(in.literal(8));
    }
    if (in.flag()) {
        for (uint8_t& prob : probabilities.uv_mode) prob = static_cast<uint8_t>(in.literal(8));
    }
    auto* probs = &probabilities.mv[0][0];
    for (size_t i = 0; i < sizeof probabilities.mv; ++i) {
        if (!in.read(kMvUpdateProbs[i])) continue;
        const unsigned value = in.literal(7);
        probs[i] = static_cast<uint8_t>(value != 0 ? value << 1 : 1);
    }
}

}  // namespace

bool HeaderReader::read_key_frame_start(std::span<const uint8_t> frame, FrameHeader& header) {
    if (frame.size() < kKeyFrameStart) return false;
    if (frame[3] != 0x9d || frame[4] != 0x01 || frame[5] != 0x2a) return false;
    const unsigned horizontal = frame[6] | unsigned{frame[7]} << 8;
    const unsigned vertical = frame[8] | unsigned{frame[9]} << 8;
    width_ = horizontal & 0x3fff;
    height_ = vertical & 0x3fff;
    horizontal_scale_ = horizontal >> 14;
    vertical_scale_ = vertical >> 14;
    segmentation_ = {};
    deltas_ = {};
    std::memcpy(probabilities_.coeff, kDefaultCoeffProbs.data(), sizeof probabilities_.coeff);
    std::memcpy(probabilities_.mv, kDefaultMvProbs.data(), sizeof probabilities_.mv);
    std::ranges::copy(kDefaultYModeProbs, probabilities_.y_mode);
    std::ranges::copy(kDefaultUvModeProbs, probabilities_.uv_mode);
    header.golden = header.alternate = BufferUpdate::current;
    header.refresh_last = true;
    known_ = true;
    return true;
}

bool HeaderReader::read_part_sizes(std::span<const uint8_t> rest, FrameHeader& header) const {
    const size_t table = 3 * (size_t{header.parts} - 1);
    if (rest.size() < table) return false;
    size_t left = rest.size() - table;
    for (size_t i = 0; i + 1 < header.parts; ++i) {
        const uint8_t* entry = rest.data() + 3 * i;
        header.part_sizes[i] =
            entry[0] | static_cast<uint32_t>(entry[1]) << 8 | static_cast<uint32_t>(entry[2]) << 16;
        left -= std::min<size_t>(left, header.part_sizes[i]);
    }
    header.part_sizes[header.parts - 1] = static_cast<uint32_t>(left);
    return true;
}

bool HeaderReader::read(std::span<const uint8_t> frame, FrameHeader& header) {
    header = {};
    if (frame.size() < kTagSize) return false;
    const uint32_t tag =
        frame[0] | static_cast<uint32_t>(frame[1]) << 8 | static_cast<uint32_t>(frame[2]) << 16;
    header.key = (tag & 1) == 0;
    header.version = tag >> 1 & 7;
    header.show = (tag >> 4 & 1) != 0;
    header.first_part_size = tag >> 5;
    if (header.key && !read_key_frame_start(frame, header)) return false;
    header.width = width_;
    header.height = height_;
    header.horizontal_scale = horizontal_scale_;
    header.vertical_scale = vertical_scale_;
    const auto rest = frame.subspan(header.key ? kKeyFrameStart : kTagSize);
    if (header.first_part_size > rest.size()) return false;

    BoolReader in(rest.first(header.first_part_size));
    if (header.key) in.literal(2);  // color_space, clamping_type
    read_segmentation(in, segmentation_);
    read_filter(in, header, deltas_);
    header.parts = 1U << in.literal(2);
    read_quantizers(in, header);
    if (!header.key) read_buffer_updates(in, header);
    const bool refresh_entropy = in.flag();
    const Probabilities saved = probabilities_;
    if (!header.key) header.refresh_last = in.flag();
    read_coeff_probs(in, probabilities_);
    header.skip_enabled = in.flag();
    if (header.skip_enabled) header.prob_skip_false = in.literal(8);
    if (!header.key) read_inter_probs(in, header, probabilities_);
    header.segmentation = segmentation_;
    header.deltas = deltas_;
    header.probabilities = probabilities_;
    if (!refresh_entropy) probabilities_ = saved;
    header.header_bits = in.consumed_bits();
    header.range = in.range();
    header.value = in.value();
    header.bits_left = in.bits_left();
    return !in.exhausted() && read_part_sizes(rest.subspan(header.first_part_size), header);
}

}  // namespace vdec::vp8
