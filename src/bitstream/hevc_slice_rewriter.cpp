// SPDX-License-Identifier: MIT
// Rewrites an HEVC slice segment header so that it does not refer to the reference picture sets of
// its SPS.
#include "bitstream/hevc_slice_rewriter.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "bitstream/rbsp_reader.h"

namespace v4l2va {
namespace {

// Appends bits to a NAL unit, with emulation prevention bytes (7.4.2).
class RbspWriter {
  public:
    explicit RbspWriter(std::vector<std::byte>& out) : out_(out) {}

    void u(uint32_t count, uint32_t value) {
        for (uint32_t i = count; i > 0; --i) {
            byte_ = (byte_ << 1) | ((value >> (i - 1)) & 1);
            if (++position_ % 8 == 0) {
                append(static_cast<std::byte>(byte_));
                byte_ = 0;
            }
        }
    }

    void flag(bool value) { u(1, value ? 1 : 0); }

    // value < 2^32 - 1.
    void ue(uint32_t value) {
        const auto length = static_cast<uint32_t>(std::bit_width(value + 1));
        u(length - 1, 0);
        u(length, value + 1);
    }

    void byte_alignment() {
        flag(true);
        while (position_ % 8 != 0) {
            flag(false);
        }
    }

    void copy(RbspReader& reader, uint32_t bits) {
        while (bits > 0) {
            const uint32_t take = std::min(bits, 32U);
            u(take, reader.u(take));
            bits -= take;
        }
    }

    // Bits written, emulation prevention bytes not counted.
    [[nodiscard]] uint32_t position() const { return position_; }
    [[nodiscard]] uint32_t emulation_prevention_bytes() const {
        return emulation_prevention_bytes_;
    }

  private:
    void append(std::byte byte) {
        if (zeros_ == 2 && byte <= std::byte{3}) {
            out_.push_back(std::byte{3});
            ++emulation_prevention_bytes_;
            zeros_ = 0;
        }
        out_.push_back(byte);
        zeros_ = byte == std::byte{0} ? zeros_ + 1 : 0;
    }

    std::vector<std::byte>& out_;
    uint32_t byte_ = 0;  // the bits that make no full byte yet
    uint32_t position_ = 0;
    uint32_t emulation_prevention_bytes_ = 0;
    int zeros_ = 0;  // zero bytes at the end of out_
};

void write_half_of_set(RbspWriter& writer, uint8_t count, const std::array<int32_t, 16>& delta_poc,
                       const std::array<bool, 16>& used) {
    int32_t before = 0;
    for (size_t i = 0; i < count; ++i) {
        const int32_t step = delta_poc[i] > before ? delta_poc[i] - before : before - delta_poc[i];
        assert(step > 0);
        writer.ue(static_cast<uint32_t>(step) - 1);  // delta_poc_sX_minus1
        writer.flag(used[i]);
        before = delta_poc[i];
    }
}

// st_ref_pic_set(0): the first set of all cannot be predicted, and has no flag to say so (7.3.7).
void write_short_term_set(RbspWriter& writer, const HevcShortTermSet& set) {
    writer.ue(set.num_negative_pics);
    writer.ue(set.num_positive_pics);
    write_half_of_set(writer, set.num_negative_pics, set.delta_poc_s0, set.used_by_curr_pic_s0);
    write_half_of_set(writer, set.num_positive_pics, set.delta_poc_s1, set.used_by_curr_pic_s1);
}

void write_long_term_set(RbspWriter& writer, const HevcLongTermSet& set, uint32_t lsb_bits) {
    writer.ue(set.count);  // num_long_term_pics
    uint32_t cycle = 0;
    for (size_t i = 0; i < set.count; ++i) {
        const HevcLongTermPic& pic = set.pics[i];
        writer.u(lsb_bits, pic.poc_lsb_lt);
        writer.flag(pic.used_by_curr_pic_lt_flag);
        writer.flag(pic.delta_poc_msb_present_flag);
        if (pic.delta_poc_msb_present_flag) {
            assert(pic.delta_poc_msb_cycle_lt >= cycle);
            writer.ue(pic.delta_poc_msb_cycle_lt - cycle);  // delta_poc_msb_cycle_lt (7-52)
            cycle = pic.delta_poc_msb_cycle_lt;
        }
    }
}

}  // namespace

void rewrite_hevc_ref_pic_sets(std::span<const std::byte> nal, const HevcSliceHeaderInput& input,
                               const HevcRefPicSets& sets, HevcSliceSegmentHeader& header,
                               std::vector<std::byte>& out) {
    assert(header.has_ref_pic_sets());
    RbspReader reader(nal);
    RbspWriter writer(out);
    writer.copy(reader, header.ref_pic_sets_begin);
    writer.flag(false);  // short_term_ref_pic_set_sps_flag
    uint32_t begin = writer.position();
    write_short_term_set(writer, sets.short_term);
    header.short_term_ref_pic_set_size = writer.position() - begin;
    begin = writer.position();
    if (input.long_term_ref_pics_present_flag) {
        write_long_term_set(writer, sets.long_term, input.log2_max_pic_order_cnt_lsb_minus4 + 4U);
    }
    header.long_term_ref_pic_set_size = writer.position() - begin;

    const uint32_t rest = header.alignment_begin - header.ref_pic_sets_end;
    const uint32_t shift = writer.position() - header.ref_pic_sets_end;  // modulo 2^32
    reader.skip(header.ref_pic_sets_end - header.ref_pic_sets_begin);
    writer.copy(reader, rest);
    header.ref_pic_sets_end += shift;
    header.entry_points_begin += header.num_entry_point_offsets != 0 ? shift : 0;
    header.alignment_begin += shift;
    writer.byte_alignment();
    header.slice_data_byte_offset = writer.position() / 8;
    header.emulation_prevention_bytes = writer.emulation_prevention_bytes();

    header.short_term_ref_pic_set_sps_flag = false;
    header.short_term_ref_pic_set_idx = 0;
    header.inter_ref_pic_set_prediction_flag = false;
    header.num_delta_pocs_of_ref_rps_idx = 0;
    header.short_term_set = sets.short_term;
    header.long_term_set = sets.long_term;
}

}  // namespace v4l2va
