// SPDX-License-Identifier: MIT
#include "rkvdec_h264.h"

#include <linux/videodev2.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "h264/syntax.h"
#include "h264_initial_lists.h"

namespace hardware {
namespace {

constexpr size_t kHeaderBytes = 4096;

bool is_slice(std::span<const uint8_t> nal) {
    return !nal.empty() && ((nal[0] & 31) == 1 || (nal[0] & 31) == 5);
}

uint32_t pps_id_of(std::span<const uint8_t> nal) {
    const vdec::Bytes head = vdec::unescaped(nal.subspan(1), 32);
    vdec::BitReader reader(head);
    reader.ue();  // first_mb_in_slice
    reader.ue();  // slice_type
    return reader.ue();
}

unsigned type_of(std::span<const uint8_t> nal) {
    const vdec::Bytes head = vdec::unescaped(nal.subspan(1), 16);
    vdec::BitReader reader(head);
    reader.ue();  // first_mb_in_slice
    return reader.ue() % 5;
}

std::vector<std::span<const uint8_t>> slices_of(std::span<const uint8_t> stream) {
    std::vector<std::span<const uint8_t>> slices;
    for (const auto nal : vdec::split_annex_b(stream)) {
        if (is_slice(nal)) slices.push_back(nal);
    }
    return slices;
}

std::span<const uint8_t> entry_of(uint64_t table, const H264SetsLayout& layout, uint32_t pps_id,
                                  DeviceMemory& memory) {
    if (pps_id > 255) return {};
    return memory.at(table + pps_id * layout.bytes, layout.bytes);
}

// Parameter sets that differ in no more than their number.
bool alike(std::span<const uint8_t> left, std::span<const uint8_t> right,
           const H264SetsLayout& layout) {
    const size_t id = layout.pps / 8;
    return left.size() == right.size() &&
           std::equal(left.begin(), left.begin() + static_cast<ptrdiff_t>(id), right.begin()) &&
           std::equal(left.begin() + static_cast<ptrdiff_t>(id) + 1, left.end(),
                      right.begin() + static_cast<ptrdiff_t>(id) + 1);
}

void fill_from_header(const vdec::h264::SliceHeader& header, v4l2_ctrl_h264_decode_params& params) {
    params.nal_ref_idc = static_cast<uint16_t>(header.nal_ref_idc);
    params.frame_num = static_cast<uint16_t>(header.frame_num);
    params.idr_pic_id = static_cast<uint16_t>(header.idr_pic_id);
    params.pic_order_cnt_lsb = static_cast<uint16_t>(header.poc_lsb);
    params.delta_pic_order_cnt_bottom = header.delta_poc_bottom;
    params.delta_pic_order_cnt0 = header.delta_poc[0];
    params.delta_pic_order_cnt1 = header.delta_poc[1];
    params.dec_ref_pic_marking_bit_size = header.marking_bits;
    params.pic_order_cnt_bit_size = header.poc_bits;
    if (header.idr()) params.flags |= V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC;
    if (header.field_pic) params.flags |= V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC;
    if (header.bottom_field) params.flags |= V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD;
}

// Whether an entry that no list names has a buffer, nobody can tell.
bool has_buffer(const H264ReferenceTable& table, size_t index) {
    bool named = false;
    for (const auto& list : table.lists) {
        for (const H264ReferenceTable::Entry& entry : list) {
            if (entry.index != index) continue;
            if (entry.decoded) return true;
            named = true;
        }
    }
    return !named;
}

class Job {
  public:
    Job(const RkvdecH264Job& job, const JobView& view) : job_(job), view_(view) {}

    std::variant<PictureJob, NoPicture> make() {
        if (!fetch_stream(job_.picture, view_.memory, out_.bitstream)) return no("no stream");
        const auto slices = slices_of(out_.bitstream);
        if (slices.empty()) return no("no slice in the stream");
        if (!read_sets(slices)) return no(reason_);
        const vdec::Bytes head = vdec::unescaped(slices.front(), kHeaderBytes);
        vdec::h264::SliceHeader header;
        if (!vdec::h264::parse_slice_header(head, sets_, header)) return no("no slice header");
        fill_from_header(header, sets_.params);
        sets_.params.top_field_order_cnt = job_.top_order;
        sets_.params.bottom_field_order_cnt = job_.bottom_order;
        const auto references = view_.memory.at(job_.references, kH264ReferenceBytes);
        if (references.empty()) return no("no table of references");
        const H264ReferenceTable table = read_h264_references(references);
        read_dpb(table);
        if (!has_right_lists(table, slices))
            return no("other initial lists than the references make");
        return finish(header);
    }

  private:
    static NoPicture no(const char* reason) { return {reason}; }

    // Devices find the sets of each slice; a picture job has one.
    bool read_sets(const std::vector<std::span<const uint8_t>>& slices) {
        const auto entry =
            entry_of(job_.sets, job_.layout, pps_id_of(slices.front()), view_.memory);
        reason_ = "no parameter sets";
        if (entry.empty()) return false;
        reason_ = "slices of different parameter sets";
        for (const auto nal : slices) {
            const auto other = entry_of(job_.sets, job_.layout, pps_id_of(nal), view_.memory);
            if (!alike(entry, other, job_.layout)) return false;
        }
        const H264Sets read = read_h264_sets(entry, job_.layout);
        const unsigned width = job_.width != 0 ? job_.width : read.width;
        const bool frame_mbs_only = (read.sps.flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY) != 0;
        const unsigned units =
            job_.height != 0 ? job_.height / (frame_mbs_only ? 1 : 2) : read.height;
        reason_ = "parameter sets without a size";
        if (width == 0 || units == 0) return false;
        sets_.sps = read.sps;
        sets_.sps.pic_width_in_mbs_minus1 = static_cast<uint16_t>(width - 1);
        sets_.sps.pic_height_in_map_units_minus1 = static_cast<uint16_t>(units - 1);
        sets_.pps = read.pps;
        sets_.annex_b = true;
        long_term_ = read.long_term;
        return read_scaling_lists(job_.scaling_lists != 0 ? job_.scaling_lists
                                                          : read.scaling_lists);
    }

    bool read_scaling_lists(uint64_t address) {
        std::memset(&sets_.scaling, 16, sizeof sets_.scaling);
        if (!sets_.pps_flag(V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT)) return true;
        reason_ = "no scaling lists";
        const auto table = view_.memory.at(address, kH264ScalingBytes);
        if (table.empty()) return false;
        sets_.scaling = read_h264_scaling_lists(table);
        return true;
    }

    void read_dpb(const H264ReferenceTable& table) {
        for (size_t i = 0; i < job_.dpb.size(); ++i) {
            const RkvdecReference& from = job_.dpb[i];
            if (!from.used) continue;
            v4l2_h264_dpb_entry& entry = sets_.params.dpb[i];
            entry.flags = V4L2_H264_DPB_ENTRY_FLAG_VALID | V4L2_H264_DPB_ENTRY_FLAG_ACTIVE;
            const bool long_term = (long_term_ >> i & 1) != 0;
            if (long_term) entry.flags |= V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM;
            if (from.coded_as_fields) entry.flags |= V4L2_H264_DPB_ENTRY_FLAG_FIELD;
            entry.fields = static_cast<uint8_t>((from.top ? V4L2_H264_TOP_FIELD_REF : 0) |
                                                (from.bottom ? V4L2_H264_BOTTOM_FIELD_REF : 0));
            const int number = table.frame_num[i];
            entry.pic_num = static_cast<uint32_t>(number);
            entry.frame_num = static_cast<uint16_t>(
                long_term ? number : (number + sets_.max_frame_num()) % sets_.max_frame_num());
            entry.top_field_order_cnt = from.top_order;
            entry.bottom_field_order_cnt = from.bottom_order;
            if (has_buffer(table, i)) entry.reference_ts = view_.pictures.timestamp(from.address);
        }
    }

    // The backend makes the lists of the stream; the device would take those of the table that its
    // slices use.
    bool has_right_lists(const H264ReferenceTable& table,
                         const std::vector<std::span<const uint8_t>>& slices) const {
        const bool field_pic = sets_.params_flag(V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC);
        unsigned first_field = V4L2_H264_NUM_DPB_ENTRIES;
        for (unsigned i = 0; field_pic && i < job_.dpb.size(); ++i) {
            if (job_.dpb[i].used && job_.dpb[i].address == job_.picture.output) first_field = i;
        }
        const auto wanted = initial_lists(sets_, first_field);
        for (size_t list = 0; list < wanted.size(); ++list) {
            const unsigned user = list == 0 ? vdec::h264::kP : vdec::h264::kB;
            if (std::ranges::none_of(slices, [&](auto nal) { return type_of(nal) == user; }))
                continue;
            for (size_t i = 0; i < wanted[list].size(); ++i) {
                const H264ReferenceTable::Entry& entry = table.lists[list][i];
                if (wanted[list][i] != H264ListEntry{entry.index, entry.bottom}) return false;
            }
        }
        return true;
    }

    std::variant<PictureJob, NoPicture> finish(const vdec::h264::SliceHeader& header) {
        out_.coded_format = V4L2_PIX_FMT_H264_SLICE;
        out_.stream = view_.memory.serial(job_.references).value_or(0);
        out_.width = sets_.width();
        out_.height = sets_.height();
        out_.bit_depth = sets_.sps.bit_depth_luma_minus8 + 8U;
        out_.address = job_.picture.output;
        if (header.field_pic) {
            out_.rows = header.bottom_field ? vdec::Rows::bottom : vdec::Rows::top;
        }
        const auto output =
            rkvdec_output(job_.picture, sets_.sps.chroma_format_idc, out_.bit_depth);
        if (!output) return no("no format for such samples");
        out_.outputs = {*output};
        out_.set(V4L2_CID_STATELESS_H264_SPS, sets_.sps);
        out_.set(V4L2_CID_STATELESS_H264_PPS, sets_.pps);
        out_.set(V4L2_CID_STATELESS_H264_SCALING_MATRIX, sets_.scaling);
        out_.set(V4L2_CID_STATELESS_H264_DECODE_PARAMS, sets_.params);
        out_.set(V4L2_CID_STATELESS_H264_DECODE_MODE,
                 int32_t{V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED});
        out_.set(V4L2_CID_STATELESS_H264_START_CODE,
                 int32_t{V4L2_STATELESS_H264_START_CODE_ANNEX_B});
        return std::move(out_);
    }

    const RkvdecH264Job& job_;
    const JobView& view_;
    PictureJob out_;
    vdec::h264::Sets sets_ = {};
    uint16_t long_term_ = 0;
    const char* reason_ = "";
};

}  // namespace

std::span<const uint8_t> find_h264_sets(uint64_t table, const H264SetsLayout& layout,
                                        std::span<const uint8_t> stream, DeviceMemory& memory) {
    const auto slices = slices_of(stream);
    return slices.empty() ? std::span<const uint8_t>()
                          : entry_of(table, layout, pps_id_of(slices.front()), memory);
}

std::variant<PictureJob, NoPicture> make_h264_job(const RkvdecH264Job& job, const JobView& view) {
    return Job(job, view).make();
}

}  // namespace hardware
