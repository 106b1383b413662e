// SPDX-License-Identifier: MIT
// The table of mutations of H.264 controls, and mutations of any byte.
#include "device/mutation.h"

#include <linux/v4l2-controls.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "host/options.h"
#include "uapi/av1.h"

namespace vdec {
namespace {

using Params = v4l2_ctrl_h264_decode_params;

struct Mutation {
    const char* field;
    void (*apply)(Params& params);
};

constexpr Mutation kMutations[] = {
    {"dpb_drop", [](Params& p) { p.dpb[0] = {}; }},
    {"reference_ts", [](Params& p) { p.dpb[0].reference_ts += 777000; }},
    {"reference_swap", [](Params& p) { std::swap(p.dpb[0].reference_ts, p.dpb[1].reference_ts); }},
    {"dpb_frame_num", [](Params& p) { ++p.dpb[0].frame_num; }},
    {"dpb_poc", [](Params& p) { p.dpb[0].top_field_order_cnt += 2; }},
    {"dpb_long_term", [](Params& p) { p.dpb[0].flags ^= V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM; }},
    {"dpb_fields", [](Params& p) { p.dpb[0].fields = V4L2_H264_TOP_FIELD_REF; }},
    {"dpb_valid", [](Params& p) { p.dpb[0].flags &= ~unsigned{V4L2_H264_DPB_ENTRY_FLAG_VALID}; }},
    {"dpb_field", [](Params& p) { p.dpb[0].flags ^= V4L2_H264_DPB_ENTRY_FLAG_FIELD; }},
    {"dpb_pic_num", [](Params& p) { ++p.dpb[0].pic_num; }},
    {"frame_type",
     [](Params& p) {
         p.flags &=
             ~unsigned{V4L2_H264_DECODE_PARAM_FLAG_PFRAME | V4L2_H264_DECODE_PARAM_FLAG_BFRAME};
     }},
    {"frame_num", [](Params& p) { ++p.frame_num; }},
    {"poc", [](Params& p) { p.top_field_order_cnt += 65536; }},
    {"poc_lsb", [](Params& p) { ++p.pic_order_cnt_lsb; }},
    {"idr_pic_id", [](Params& p) { ++p.idr_pic_id; }},
    {"nal_ref_idc", [](Params& p) { p.nal_ref_idc ^= 3; }},
    {"idr_flag", [](Params& p) { p.flags ^= V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC; }},
    {"field_flag", [](Params& p) { p.flags ^= V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC; }},
    {"marking_bits", [](Params& p) { ++p.dec_ref_pic_marking_bit_size; }},
    {"poc_bits", [](Params& p) { ++p.pic_order_cnt_bit_size; }},
};

struct PayloadName {
    const char* name;
    uint32_t id;
};

constexpr PayloadName kPayloads[] = {
    {"av1_sequence", av1::kCidSequence},
    {"av1_tile_group_entry", av1::kCidTileGroupEntry},
    {"av1_frame", av1::kCidFrame},
    {"av1_film_grain", av1::kCidFilmGrain},
    {"h264_sps", V4L2_CID_STATELESS_H264_SPS},
    {"h264_pps", V4L2_CID_STATELESS_H264_PPS},
    {"h264_scaling_matrix", V4L2_CID_STATELESS_H264_SCALING_MATRIX},
    {"h264_decode_params", V4L2_CID_STATELESS_H264_DECODE_PARAMS},
    {"h264_slice_params", V4L2_CID_STATELESS_H264_SLICE_PARAMS},
    {"h264_pred_weights", V4L2_CID_STATELESS_H264_PRED_WEIGHTS},
    {"hevc_sps", V4L2_CID_STATELESS_HEVC_SPS},
    {"hevc_pps", V4L2_CID_STATELESS_HEVC_PPS},
    {"hevc_slice_params", V4L2_CID_STATELESS_HEVC_SLICE_PARAMS},
    {"hevc_scaling_matrix", V4L2_CID_STATELESS_HEVC_SCALING_MATRIX},
    {"hevc_decode_params", V4L2_CID_STATELESS_HEVC_DECODE_PARAMS},
    {"hevc_entry_point_offsets", V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS},
    {"mpeg2_sequence", V4L2_CID_STATELESS_MPEG2_SEQUENCE},
    {"mpeg2_picture", V4L2_CID_STATELESS_MPEG2_PICTURE},
    {"mpeg2_quantisation", V4L2_CID_STATELESS_MPEG2_QUANTISATION},
    {"vp8_frame", V4L2_CID_STATELESS_VP8_FRAME},
    {"vp9_frame", V4L2_CID_STATELESS_VP9_FRAME},
    {"vp9_compressed_hdr", V4L2_CID_STATELESS_VP9_COMPRESSED_HDR},
};

// CONTROL+OFFSET. False when there is no such byte.
bool change_byte(ControlValues& values, const std::string& field) {
    const size_t plus = field.find('+');
    if (plus == std::string::npos) return false;
    const size_t offset = std::strtoull(field.c_str() + plus + 1, nullptr, 10);
    for (const PayloadName& entry : kPayloads) {
        if (field.compare(0, plus, entry.name) != 0) continue;
        const ControlValues::Payload* payload = values.find(entry.id);
        if (payload == nullptr || offset >= payload->size()) return false;
        ControlValues::Payload changed = *payload;
        ++changed[offset];
        values.set(entry.id, std::move(changed));
        return true;
    }
    return false;
}

template <typename T, typename Change>
void change(ControlValues& values, uint32_t id, Change apply) {
    T value = values.get<T>(id);
    apply(value);
    std::vector<uint8_t> payload(sizeof value);
    std::memcpy(payload.data(), &value, sizeof value);
    values.set(id, std::move(payload));
}

}  // namespace

void mutate_controls(ControlValues& values, uint64_t job) {
    const std::string& field = options().mutate_field;
    if (field.empty() || job != options().mutate_frame) return;
    for (const Mutation& mutation : kMutations) {
        if (field == mutation.field) {
            change<Params>(values, V4L2_CID_STATELESS_H264_DECODE_PARAMS, mutation.apply);
            return;
        }
    }
    if (field == "pps_id") {
        change<v4l2_ctrl_h264_pps>(values, V4L2_CID_STATELESS_H264_PPS,
                                   [](auto& pps) { ++pps.pic_parameter_set_id; });
    } else if (field == "baseline_profile") {
        change<v4l2_ctrl_h264_sps>(values, V4L2_CID_STATELESS_H264_SPS,
                                   [](auto& sps) { sps.profile_idc = 66; });
    } else if (field == "mpeg2_field_order") {
        change<v4l2_ctrl_mpeg2_picture>(
            values, V4L2_CID_STATELESS_MPEG2_PICTURE,
            [](auto& picture) { picture.flags ^= V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST; });
    } else if (field == "pps_num_ref_idx") {
        change<v4l2_ctrl_h264_pps>(values, V4L2_CID_STATELESS_H264_PPS,
                                   [](auto& pps) { ++pps.num_ref_idx_l0_default_active_minus1; });
    } else if (!change_byte(values, field)) {
        refuse_options("V4L2VA_VIRTUAL_MUTATE: no field '%s' in frame %llu", field.c_str(),
                       static_cast<unsigned long long>(job));
    }
}

}  // namespace vdec
