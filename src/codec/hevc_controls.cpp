// SPDX-License-Identifier: MIT
// The picture-level V4L2 controls of HEVC.
#include "codec/hevc_controls.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/checked.h"
#include "v4l2/uapi_compat.h"

namespace v4l2va {
namespace {

constexpr std::array<HevcProfile, 2> kProfiles = {{
    {VAProfileHEVCMain, 8},  // Main Still Picture, too: clients ask for Main
    {VAProfileHEVCMain10, 10},
}};

uint32_t log2_min_cb_size(const VAPictureParameterBufferHEVC& picture) {
    return picture.log2_min_luma_coding_block_size_minus3 + 3U;
}

uint32_t log2_ctb_size(const VAPictureParameterBufferHEVC& picture) {
    return log2_min_cb_size(picture) + picture.log2_diff_max_min_luma_coding_block_size;
}

// PicWidthInCtbsY or PicHeightInCtbsY.
uint32_t size_in_ctbs(uint32_t samples, const VAPictureParameterBufferHEVC& picture) {
    const uint32_t log2_size = log2_ctb_size(picture);
    return (samples + (1U << log2_size) - 1) >> log2_size;
}

bool in_range(int value, int minimum, int maximum) { return value >= minimum && value <= maximum; }

Result<> check_format(const VAPictureParameterBufferHEVC& picture, const HevcProfile& profile) {
    const int bit_depth = picture.bit_depth_luma_minus8 + 8;
    // No device has a frame format for 9 bit.
    if (picture.bit_depth_chroma_minus8 != picture.bit_depth_luma_minus8 ||
        (bit_depth != 8 && bit_depth != 10) || bit_depth > profile.max_bit_depth) {
        return fail(ErrorCode::kUnsupported, "HEVC bit depth");
    }
    if (picture.pic_fields.bits.chroma_format_idc != 1 ||
        picture.pic_fields.bits.separate_colour_plane_flag != 0) {
        return fail(ErrorCode::kUnsupported, "HEVC chroma format");
    }
    return {};
}

// 7.4.3.2.1
Result<> check_sequence(const VAPictureParameterBufferHEVC& picture) {
    const int log2_min_cb = static_cast<int>(log2_min_cb_size(picture));
    const int log2_ctb = static_cast<int>(log2_ctb_size(picture));
    const int log2_min_tb = picture.log2_min_transform_block_size_minus2 + 2;
    const int log2_max_tb = log2_min_tb + picture.log2_diff_max_min_transform_block_size;
    const int max_depth = log2_ctb - log2_min_tb;
    if (log2_min_cb > 6 || !in_range(log2_ctb, 4, 6) || log2_min_tb >= log2_min_cb ||
        log2_max_tb > std::min(log2_ctb, 5) ||
        picture.max_transform_hierarchy_depth_inter > max_depth ||
        picture.max_transform_hierarchy_depth_intra > max_depth ||
        picture.sps_max_dec_pic_buffering_minus1 > 15 ||
        picture.log2_max_pic_order_cnt_lsb_minus4 > 12 ||
        picture.num_short_term_ref_pic_sets > 64 || picture.num_long_term_ref_pic_sps > 32) {
        return fail(ErrorCode::kInvalidParameter, "HEVC sequence parameters");
    }
    if (picture.pic_fields.bits.pcm_enabled_flag != 0) {
        const int log2_min_pcm = picture.log2_min_pcm_luma_coding_block_size_minus3 + 3;
        const int log2_max_pcm =
            log2_min_pcm + picture.log2_diff_max_min_pcm_luma_coding_block_size;
        if (log2_max_pcm > std::min(log2_ctb, 5) ||
            picture.pcm_sample_bit_depth_luma_minus1 > picture.bit_depth_luma_minus8 + 7 ||
            picture.pcm_sample_bit_depth_chroma_minus1 > picture.bit_depth_chroma_minus8 + 7) {
            return fail(ErrorCode::kInvalidParameter, "HEVC PCM parameters");
        }
    }
    return {};
}

Result<> check_size(const VAPictureParameterBufferHEVC& picture, Size coded_size) {
    const uint32_t block = 1U << log2_min_cb_size(picture);
    const uint32_t width = picture.pic_width_in_luma_samples;
    const uint32_t height = picture.pic_height_in_luma_samples;
    if (width == 0 || height == 0 || width % block != 0 || height % block != 0) {
        return fail(ErrorCode::kInvalidParameter, "HEVC picture size");
    }
    if (width > align_up(coded_size.width, block) || height > align_up(coded_size.height, block)) {
        return fail(ErrorCode::kInvalidParameter, "picture larger than the context");
    }
    return {};
}

// 7.4.3.3.1
Result<> check_picture_parameters(const VAPictureParameterBufferHEVC& picture) {
    const int qp_bd_offset = 6 * picture.bit_depth_luma_minus8;
    if (picture.num_extra_slice_header_bits > 7 ||
        picture.num_ref_idx_l0_default_active_minus1 > 14 ||
        picture.num_ref_idx_l1_default_active_minus1 > 14 ||
        !in_range(picture.init_qp_minus26, -26 - qp_bd_offset, 25) ||
        picture.diff_cu_qp_delta_depth > picture.log2_diff_max_min_luma_coding_block_size ||
        !in_range(picture.pps_cb_qp_offset, -12, 12) ||
        !in_range(picture.pps_cr_qp_offset, -12, 12) ||
        !in_range(picture.pps_beta_offset_div2, -6, 6) ||
        !in_range(picture.pps_tc_offset_div2, -6, 6) ||
        picture.log2_parallel_merge_level_minus2 + 2U > log2_ctb_size(picture)) {
        return fail(ErrorCode::kInvalidParameter, "HEVC picture parameters");
    }
    // An st_ref_pic_set() has 17 pairs of flags and three numbers at most.
    if (picture.st_rps_bits > 1024) {
        return fail(ErrorCode::kInvalidParameter, "HEVC st_rps_bits");
    }
    return {};
}

// The sizes that `sizes_minus1` gives for all tiles but the last must leave room for this one, and
// each must fit the control.
bool tile_sizes_fit(std::span<const uint16_t> sizes_minus1, uint32_t count_minus1, uint32_t ctbs) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < count_minus1; ++i) {
        sum += sizes_minus1[i] + 1U;
        if (sizes_minus1[i] > UINT8_MAX) {
            return false;
        }
    }
    return sum < ctbs && ctbs - sum - 1 <= UINT8_MAX;
}

Result<> check_tiles(const VAPictureParameterBufferHEVC& picture) {
    if (picture.pic_fields.bits.tiles_enabled_flag == 0) {
        return {};
    }
    const uint32_t columns = size_in_ctbs(picture.pic_width_in_luma_samples, picture);
    const uint32_t rows = size_in_ctbs(picture.pic_height_in_luma_samples, picture);
    // A.4.2: level 6.2 has 20 columns and 22 rows.
    if (picture.num_tile_columns_minus1 > 19 || picture.num_tile_rows_minus1 > 21 ||
        !tile_sizes_fit(picture.column_width_minus1, picture.num_tile_columns_minus1, columns) ||
        !tile_sizes_fit(picture.row_height_minus1, picture.num_tile_rows_minus1, rows)) {
        return fail(ErrorCode::kInvalidParameter, "HEVC tiles");
    }
    return {};
}

// One field of VA's bits as a flag of the control.
uint64_t flag_if(uint32_t bit, uint64_t flag) { return bit != 0 ? flag : 0; }

uint64_t sps_flags(const VAPictureParameterBufferHEVC& picture) {
    const auto& pic = picture.pic_fields.bits;
    const auto& slice = picture.slice_parsing_fields.bits;
    return flag_if(pic.separate_colour_plane_flag, V4L2_HEVC_SPS_FLAG_SEPARATE_COLOUR_PLANE) |
           flag_if(pic.scaling_list_enabled_flag, V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED) |
           flag_if(pic.amp_enabled_flag, V4L2_HEVC_SPS_FLAG_AMP_ENABLED) |
           flag_if(slice.sample_adaptive_offset_enabled_flag,
                   V4L2_HEVC_SPS_FLAG_SAMPLE_ADAPTIVE_OFFSET) |
           flag_if(pic.pcm_enabled_flag, V4L2_HEVC_SPS_FLAG_PCM_ENABLED) |
           flag_if(pic.pcm_loop_filter_disabled_flag & pic.pcm_enabled_flag,
                   V4L2_HEVC_SPS_FLAG_PCM_LOOP_FILTER_DISABLED) |
           flag_if(slice.long_term_ref_pics_present_flag,
                   V4L2_HEVC_SPS_FLAG_LONG_TERM_REF_PICS_PRESENT) |
           flag_if(slice.sps_temporal_mvp_enabled_flag,
                   V4L2_HEVC_SPS_FLAG_SPS_TEMPORAL_MVP_ENABLED) |
           flag_if(pic.strong_intra_smoothing_enabled_flag,
                   V4L2_HEVC_SPS_FLAG_STRONG_INTRA_SMOOTHING_ENABLED);
}

// VA does not carry deblocking_filter_control_present_flag: with the flag 0 all that it controls is
// inferred to be 0, which is the same as present and 0.
uint32_t deblocking_filter_control_present(const VAPictureParameterBufferHEVC& picture) {
    const auto& slice = picture.slice_parsing_fields.bits;
    const bool present = slice.deblocking_filter_override_enabled_flag != 0 ||
                         slice.pps_disable_deblocking_filter_flag != 0 ||
                         picture.pps_beta_offset_div2 != 0 || picture.pps_tc_offset_div2 != 0;
    return present ? 1 : 0;
}

uint64_t pps_flags(const VAPictureParameterBufferHEVC& picture) {
    const auto& pic = picture.pic_fields.bits;
    const auto& slice = picture.slice_parsing_fields.bits;
    return flag_if(slice.dependent_slice_segments_enabled_flag,
                   V4L2_HEVC_PPS_FLAG_DEPENDENT_SLICE_SEGMENT_ENABLED) |
           flag_if(slice.output_flag_present_flag, V4L2_HEVC_PPS_FLAG_OUTPUT_FLAG_PRESENT) |
           flag_if(pic.sign_data_hiding_enabled_flag, V4L2_HEVC_PPS_FLAG_SIGN_DATA_HIDING_ENABLED) |
           flag_if(slice.cabac_init_present_flag, V4L2_HEVC_PPS_FLAG_CABAC_INIT_PRESENT) |
           flag_if(pic.constrained_intra_pred_flag, V4L2_HEVC_PPS_FLAG_CONSTRAINED_INTRA_PRED) |
           flag_if(pic.transform_skip_enabled_flag, V4L2_HEVC_PPS_FLAG_TRANSFORM_SKIP_ENABLED) |
           flag_if(pic.cu_qp_delta_enabled_flag, V4L2_HEVC_PPS_FLAG_CU_QP_DELTA_ENABLED) |
           flag_if(slice.pps_slice_chroma_qp_offsets_present_flag,
                   V4L2_HEVC_PPS_FLAG_PPS_SLICE_CHROMA_QP_OFFSETS_PRESENT) |
           flag_if(pic.weighted_pred_flag, V4L2_HEVC_PPS_FLAG_WEIGHTED_PRED) |
           flag_if(pic.weighted_bipred_flag, V4L2_HEVC_PPS_FLAG_WEIGHTED_BIPRED) |
           flag_if(pic.transquant_bypass_enabled_flag,
                   V4L2_HEVC_PPS_FLAG_TRANSQUANT_BYPASS_ENABLED) |
           flag_if(pic.tiles_enabled_flag, V4L2_HEVC_PPS_FLAG_TILES_ENABLED) |
           flag_if(pic.entropy_coding_sync_enabled_flag,
                   V4L2_HEVC_PPS_FLAG_ENTROPY_CODING_SYNC_ENABLED) |
           flag_if(pic.loop_filter_across_tiles_enabled_flag,
                   V4L2_HEVC_PPS_FLAG_LOOP_FILTER_ACROSS_TILES_ENABLED) |
           flag_if(pic.pps_loop_filter_across_slices_enabled_flag,
                   V4L2_HEVC_PPS_FLAG_PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED) |
           flag_if(slice.deblocking_filter_override_enabled_flag,
                   V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_OVERRIDE_ENABLED) |
           flag_if(slice.pps_disable_deblocking_filter_flag,
                   V4L2_HEVC_PPS_FLAG_PPS_DISABLE_DEBLOCKING_FILTER) |
           flag_if(slice.lists_modification_present_flag,
                   V4L2_HEVC_PPS_FLAG_LISTS_MODIFICATION_PRESENT) |
           flag_if(slice.slice_segment_header_extension_present_flag,
                   V4L2_HEVC_PPS_FLAG_SLICE_SEGMENT_HEADER_EXTENSION_PRESENT) |
           flag_if(deblocking_filter_control_present(picture),
                   V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT);
}

// VA has room for all tiles but the last, which takes what is left.
void fill_tile_sizes(std::span<const uint16_t> from, uint32_t count_minus1, uint32_t ctbs,
                     std::span<uint8_t> to) {
    uint32_t left = ctbs;
    for (uint32_t i = 0; i < count_minus1; ++i) {
        to[i] = static_cast<uint8_t>(from[i]);
        left -= from[i] + 1U;
    }
    to[count_minus1] = static_cast<uint8_t>(left - 1);
}

// Tables 7-5 and 7-6, in raster order.
constexpr uint8_t kDefaultFlat = 16;
constexpr std::array<uint8_t, 64> kDefaultIntra = {
    16, 16, 16, 16, 17, 18, 21, 24,   //
    16, 16, 16, 16, 17, 19, 22, 25,   //
    16, 16, 17, 18, 20, 22, 25, 29,   //
    16, 16, 18, 21, 24, 27, 31, 36,   //
    17, 17, 20, 24, 30, 35, 41, 47,   //
    18, 19, 22, 27, 35, 44, 54, 65,   //
    21, 22, 25, 31, 41, 54, 70, 88,   //
    24, 25, 29, 36, 47, 65, 88, 115,  //
};
constexpr std::array<uint8_t, 64> kDefaultInter = {
    16, 16, 16, 16, 17, 18, 20, 24,  //
    16, 16, 16, 17, 18, 20, 24, 25,  //
    16, 16, 17, 18, 20, 24, 25, 28,  //
    16, 17, 18, 20, 24, 25, 28, 33,  //
    17, 18, 20, 24, 25, 28, 33, 41,  //
    18, 20, 24, 25, 28, 33, 41, 54,  //
    20, 24, 25, 28, 33, 41, 54, 71,  //
    24, 25, 28, 33, 41, 54, 71, 91,  //
};

v4l2_ctrl_hevc_scaling_matrix default_scaling_matrix() {
    v4l2_ctrl_hevc_scaling_matrix matrix = {};
    std::memset(&matrix, kDefaultFlat, sizeof(matrix));
    const auto fill = [](uint8_t(&list)[64], bool intra) {
        std::copy_n(intra ? kDefaultIntra.begin() : kDefaultInter.begin(), 64, list);
    };
    for (size_t matrix_id = 0; matrix_id < 6; ++matrix_id) {
        fill(matrix.scaling_list_8x8[matrix_id], matrix_id < 3);
        fill(matrix.scaling_list_16x16[matrix_id], matrix_id < 3);
    }
    fill(matrix.scaling_list_32x32[0], true);
    fill(matrix.scaling_list_32x32[1], false);
    return matrix;
}

void fill_indices(const HevcIndexSet& from, uint8_t& count,
                  uint8_t (&to)[V4L2_HEVC_DPB_ENTRIES_NUM_MAX]) {
    count = from.count;
    std::copy(from.span().begin(), from.span().end(), to);
}

}  // namespace

const HevcProfile* find_hevc_profile(VAProfile profile) {
    for (const HevcProfile& candidate : kProfiles) {
        if (candidate.profile == profile) {
            return &candidate;
        }
    }
    return nullptr;
}

Result<> check_hevc_picture(const VAPictureParameterBufferHEVC& picture, const HevcProfile& profile,
                            Size coded_size) {
    if (const Result<> result = check_format(picture, profile); !result) {
        return result;
    }
    if (const Result<> result = check_sequence(picture); !result) {
        return result;
    }
    if (const Result<> result = check_size(picture, coded_size); !result) {
        return result;
    }
    if (const Result<> result = check_picture_parameters(picture); !result) {
        return result;
    }
    return check_tiles(picture);
}

HevcSliceHeaderInput hevc_slice_header_input(const VAPictureParameterBufferHEVC& picture) {
    const auto& pic = picture.pic_fields.bits;
    const auto& slice = picture.slice_parsing_fields.bits;
    HevcSliceHeaderInput input;
    input.chroma_format_idc = pic.chroma_format_idc;
    input.separate_colour_plane_flag = pic.separate_colour_plane_flag != 0;
    input.bit_depth_luma_minus8 = picture.bit_depth_luma_minus8;
    input.pic_size_in_ctbs = size_in_ctbs(picture.pic_width_in_luma_samples, picture) *
                             size_in_ctbs(picture.pic_height_in_luma_samples, picture);
    input.log2_max_pic_order_cnt_lsb_minus4 = picture.log2_max_pic_order_cnt_lsb_minus4;
    input.num_short_term_ref_pic_sets = picture.num_short_term_ref_pic_sets;
    input.long_term_ref_pics_present_flag = slice.long_term_ref_pics_present_flag != 0;
    input.num_long_term_ref_pics_sps = picture.num_long_term_ref_pic_sps;
    input.sps_temporal_mvp_enabled_flag = slice.sps_temporal_mvp_enabled_flag != 0;
    input.sample_adaptive_offset_enabled_flag = slice.sample_adaptive_offset_enabled_flag != 0;
    input.dependent_slice_segments_enabled_flag = slice.dependent_slice_segments_enabled_flag != 0;
    input.output_flag_present_flag = slice.output_flag_present_flag != 0;
    input.num_extra_slice_header_bits = picture.num_extra_slice_header_bits;
    input.num_ref_idx_l0_default_active_minus1 = picture.num_ref_idx_l0_default_active_minus1;
    input.num_ref_idx_l1_default_active_minus1 = picture.num_ref_idx_l1_default_active_minus1;
    input.init_qp_minus26 = picture.init_qp_minus26;
    input.lists_modification_present_flag = slice.lists_modification_present_flag != 0;
    input.cabac_init_present_flag = slice.cabac_init_present_flag != 0;
    input.weighted_pred_flag = pic.weighted_pred_flag != 0;
    input.weighted_bipred_flag = pic.weighted_bipred_flag != 0;
    input.pps_slice_chroma_qp_offsets_present_flag =
        slice.pps_slice_chroma_qp_offsets_present_flag != 0;
    input.deblocking_filter_override_enabled_flag =
        slice.deblocking_filter_override_enabled_flag != 0;
    input.pps_deblocking_filter_disabled_flag = slice.pps_disable_deblocking_filter_flag != 0;
    input.pps_beta_offset_div2 = picture.pps_beta_offset_div2;
    input.pps_tc_offset_div2 = picture.pps_tc_offset_div2;
    input.pps_loop_filter_across_slices_enabled_flag =
        pic.pps_loop_filter_across_slices_enabled_flag != 0;
    input.tiles_enabled_flag = pic.tiles_enabled_flag != 0;
    input.entropy_coding_sync_enabled_flag = pic.entropy_coding_sync_enabled_flag != 0;
    input.slice_segment_header_extension_present_flag =
        slice.slice_segment_header_extension_present_flag != 0;
    input.st_rps_bits = picture.st_rps_bits;
    for (const VAPictureHEVC& reference : picture.ReferenceFrames) {
        if ((reference.flags & VA_PICTURE_HEVC_INVALID) != 0) {
            continue;
        }
        const bool st_curr = (reference.flags & (VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE |
                                                 VA_PICTURE_HEVC_RPS_ST_CURR_AFTER)) != 0;
        const bool lt_curr = !st_curr && (reference.flags & VA_PICTURE_HEVC_RPS_LT_CURR) != 0;
        input.num_st_curr = static_cast<uint8_t>(input.num_st_curr + (st_curr ? 1 : 0));
        input.num_lt_curr = static_cast<uint8_t>(input.num_lt_curr + (lt_curr ? 1 : 0));
    }
    return input;
}

v4l2_ctrl_hevc_sps hevc_sps(const VAPictureParameterBufferHEVC& picture, bool rewritten) {
    v4l2_ctrl_hevc_sps sps = {};
    // video_parameter_set_id, seq_parameter_set_id: not in VA; no device reads either from a slice.
    sps.pic_width_in_luma_samples = picture.pic_width_in_luma_samples;
    sps.pic_height_in_luma_samples = picture.pic_height_in_luma_samples;
    sps.bit_depth_luma_minus8 = picture.bit_depth_luma_minus8;
    sps.bit_depth_chroma_minus8 = picture.bit_depth_chroma_minus8;
    sps.log2_max_pic_order_cnt_lsb_minus4 = picture.log2_max_pic_order_cnt_lsb_minus4;
    sps.sps_max_dec_pic_buffering_minus1 = picture.sps_max_dec_pic_buffering_minus1;
    // Not in VA but for this flag; the bound of 7.4.3.2.1 stands in for it.
    sps.sps_max_num_reorder_pics = picture.pic_fields.bits.NoPicReorderingFlag != 0
                                       ? uint8_t{0}
                                       : picture.sps_max_dec_pic_buffering_minus1;
    // sps_max_latency_increase_plus1: not in VA; 0 sets no limit.
    sps.log2_min_luma_coding_block_size_minus3 = picture.log2_min_luma_coding_block_size_minus3;
    sps.log2_diff_max_min_luma_coding_block_size = picture.log2_diff_max_min_luma_coding_block_size;
    sps.log2_min_luma_transform_block_size_minus2 = picture.log2_min_transform_block_size_minus2;
    sps.log2_diff_max_min_luma_transform_block_size =
        picture.log2_diff_max_min_transform_block_size;
    sps.max_transform_hierarchy_depth_inter = picture.max_transform_hierarchy_depth_inter;
    sps.max_transform_hierarchy_depth_intra = picture.max_transform_hierarchy_depth_intra;
    // Meaningless without PCM, where clients leave what they find.
    if (picture.pic_fields.bits.pcm_enabled_flag != 0) {
        sps.pcm_sample_bit_depth_luma_minus1 = picture.pcm_sample_bit_depth_luma_minus1;
        sps.pcm_sample_bit_depth_chroma_minus1 = picture.pcm_sample_bit_depth_chroma_minus1;
        sps.log2_min_pcm_luma_coding_block_size_minus3 =
            picture.log2_min_pcm_luma_coding_block_size_minus3;
        sps.log2_diff_max_min_pcm_luma_coding_block_size =
            picture.log2_diff_max_min_pcm_luma_coding_block_size;
    }
    sps.num_short_term_ref_pic_sets = rewritten ? uint8_t{0} : picture.num_short_term_ref_pic_sets;
    sps.num_long_term_ref_pics_sps = rewritten ? uint8_t{0} : picture.num_long_term_ref_pic_sps;
    sps.chroma_format_idc = picture.pic_fields.bits.chroma_format_idc;
    // Not in VA. hevc_d keeps the motion vectors of pictures below the highest sub-layer only, so
    // the highest that there can be is the safe answer.
    sps.sps_max_sub_layers_minus1 = 6;
    sps.flags = sps_flags(picture);
    return sps;
}

v4l2_ctrl_hevc_pps hevc_pps(const VAPictureParameterBufferHEVC& picture,
                            uint8_t pic_parameter_set_id) {
    v4l2_ctrl_hevc_pps pps = {};
    pps.pic_parameter_set_id = pic_parameter_set_id;  // from the slice: rkvdec looks it up by this
    pps.num_extra_slice_header_bits = picture.num_extra_slice_header_bits;
    pps.num_ref_idx_l0_default_active_minus1 = picture.num_ref_idx_l0_default_active_minus1;
    pps.num_ref_idx_l1_default_active_minus1 = picture.num_ref_idx_l1_default_active_minus1;
    pps.init_qp_minus26 = picture.init_qp_minus26;
    pps.diff_cu_qp_delta_depth = picture.diff_cu_qp_delta_depth;
    pps.pps_cb_qp_offset = picture.pps_cb_qp_offset;
    pps.pps_cr_qp_offset = picture.pps_cr_qp_offset;
    static_assert(std::size(decltype(picture.column_width_minus1){}) + 1 ==
                  std::size(decltype(pps.column_width_minus1){}));
    static_assert(std::size(decltype(picture.row_height_minus1){}) + 1 ==
                  std::size(decltype(pps.row_height_minus1){}));
    if (picture.pic_fields.bits.tiles_enabled_flag != 0) {
        pps.num_tile_columns_minus1 = picture.num_tile_columns_minus1;
        pps.num_tile_rows_minus1 = picture.num_tile_rows_minus1;
        fill_tile_sizes(picture.column_width_minus1, picture.num_tile_columns_minus1,
                        size_in_ctbs(picture.pic_width_in_luma_samples, picture),
                        pps.column_width_minus1);
        fill_tile_sizes(picture.row_height_minus1, picture.num_tile_rows_minus1,
                        size_in_ctbs(picture.pic_height_in_luma_samples, picture),
                        pps.row_height_minus1);
    }
    pps.pps_beta_offset_div2 = picture.pps_beta_offset_div2;
    pps.pps_tc_offset_div2 = picture.pps_tc_offset_div2;
    pps.log2_parallel_merge_level_minus2 = picture.log2_parallel_merge_level_minus2;
    // UNIFORM_SPACING stays 0: VA gives the sizes in either case.
    pps.flags = pps_flags(picture);
    return pps;
}

// VA's lists are in raster order, as va_dec_hevc.h says and libavcodec and GStreamer do; so are
// V4L2's. The DC values have their 8 in both.
v4l2_ctrl_hevc_scaling_matrix hevc_scaling_matrix(const VAIQMatrixBufferHEVC* iq_matrix) {
    if (iq_matrix == nullptr) {
        return default_scaling_matrix();
    }
    v4l2_ctrl_hevc_scaling_matrix matrix = {};
    const auto copy = [](auto& to, const auto& from) {
        static_assert(sizeof(to) == sizeof(from));
        std::memcpy(&to, &from, sizeof(to));
    };
    copy(matrix.scaling_list_4x4, iq_matrix->ScalingList4x4);
    copy(matrix.scaling_list_8x8, iq_matrix->ScalingList8x8);
    copy(matrix.scaling_list_16x16, iq_matrix->ScalingList16x16);
    copy(matrix.scaling_list_32x32, iq_matrix->ScalingList32x32);
    copy(matrix.scaling_list_dc_coef_16x16, iq_matrix->ScalingListDC16x16);
    copy(matrix.scaling_list_dc_coef_32x32, iq_matrix->ScalingListDC32x32);
    return matrix;
}

v4l2_ctrl_hevc_decode_params hevc_decode_params(const VAPictureParameterBufferHEVC& picture,
                                                const HevcSliceSegmentHeader& first,
                                                const HevcDpb& dpb) {
    v4l2_ctrl_hevc_decode_params params = {};
    params.pic_order_cnt_val = picture.CurrPic.pic_order_cnt;
    params.short_term_ref_pic_set_size = narrow<uint16_t>(first.short_term_ref_pic_set_size);
    params.long_term_ref_pic_set_size = narrow<uint16_t>(first.long_term_ref_pic_set_size);
    params.num_active_dpb_entries = narrow<uint8_t>(dpb.count());
    fill_indices(dpb.before(), params.num_poc_st_curr_before, params.poc_st_curr_before);
    fill_indices(dpb.after(), params.num_poc_st_curr_after, params.poc_st_curr_after);
    fill_indices(dpb.long_term(), params.num_poc_lt_curr, params.poc_lt_curr);
    num_delta_pocs_of_ref_rps_idx(params) = first.num_delta_pocs_of_ref_rps_idx;
    std::copy(dpb.entries().begin(), dpb.entries().end(), params.dpb);
    // From the NAL unit type: the hardware that G2 makes skip the header reads it as well.
    params.flags = flag_if(first.irap() ? 1 : 0, V4L2_HEVC_DECODE_PARAM_FLAG_IRAP_PIC) |
                   flag_if(first.idr() ? 1 : 0, V4L2_HEVC_DECODE_PARAM_FLAG_IDR_PIC) |
                   flag_if(first.no_output_of_prior_pics_flag ? 1 : 0,
                           V4L2_HEVC_DECODE_PARAM_FLAG_NO_OUTPUT_OF_PRIOR);
    return params;
}

}  // namespace v4l2va
