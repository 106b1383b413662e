// SPDX-License-Identifier: MIT
// The HEVC controls of one job, and the reference picture sets that they describe.
#pragma once

#include <linux/v4l2-controls.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "backend/control_values.h"
#include "machines/personality.h"
#include "uapi/hevc.h"

namespace vdec::hevc {

// A short-term reference picture set (7.4.8): differences of order counts, nearest first.
struct RefPicSet {
    struct Entry {
        int delta_poc = 0;
        bool used = false;
    };
    std::vector<Entry> negative;
    std::vector<Entry> positive;

    [[nodiscard]] size_t size() const { return negative.size() + positive.size(); }
};

// 7-61 and 7-62: the set that `ref` predicts. Flags by j, as in the syntax; j == ref.size() is the
// reference picture itself.
struct RpsPrediction {
    int delta_rps = 0;
    std::vector<bool> used_by_curr_pic;
    std::vector<bool> use_delta;
};
RefPicSet predict(const RefPicSet& ref, const RpsPrediction& how);

struct Sets {
    v4l2_ctrl_hevc_sps sps;
    v4l2_ctrl_hevc_pps pps;
    v4l2_ctrl_hevc_scaling_matrix scaling;
    v4l2_ctrl_hevc_decode_params params;
    std::vector<v4l2_ctrl_hevc_slice_params> slices;
    std::vector<uint32_t> entry_points;
    std::vector<RefPicSet> st_sets;  // of the SPS, when the client gives them
    std::vector<ExtSpsLtRps> lt_sps;
    bool has_tables = false;  // the two above are what the SPS holds

    [[nodiscard]] bool sps_flag(uint64_t flag) const { return (sps.flags & flag) != 0; }
    [[nodiscard]] bool pps_flag(uint64_t flag) const { return (pps.flags & flag) != 0; }
    [[nodiscard]] bool params_flag(uint64_t flag) const { return (params.flags & flag) != 0; }
    [[nodiscard]] unsigned ctb_log2() const {
        return sps.log2_min_luma_coding_block_size_minus3 + 3U +
               sps.log2_diff_max_min_luma_coding_block_size;
    }
    [[nodiscard]] unsigned in_ctbs(unsigned samples) const {
        return (samples + (1U << ctb_log2()) - 1) >> ctb_log2();
    }
    [[nodiscard]] unsigned columns() const { return in_ctbs(sps.pic_width_in_luma_samples); }
    [[nodiscard]] unsigned rows() const { return in_ctbs(sps.pic_height_in_luma_samples); }
    [[nodiscard]] int max_poc_lsb() const {
        return 1 << (sps.log2_max_pic_order_cnt_lsb_minus4 + 4);
    }
    [[nodiscard]] bool has_entry_points() const {
        return pps_flag(V4L2_HEVC_PPS_FLAG_TILES_ENABLED |
                        V4L2_HEVC_PPS_FLAG_ENTROPY_CODING_SYNC_ENABLED);
    }
    // NumPicTotalCurr as the client has it.
    [[nodiscard]] unsigned named_curr() const {
        return params.num_poc_st_curr_before + 0U + params.num_poc_st_curr_after +
               params.num_poc_lt_curr;
    }
};

Sets read_sets(const ControlValues& controls, const HevcStyle& style);
// False when the numbers are outside of what the syntax can say, so that nothing can be decoded.
bool is_sane(const Sets& sets);

}  // namespace vdec::hevc
