// SPDX-License-Identifier: MIT
// HevcReferenceFiller: what Rockchip's decoders take from slice headers and tables to know a
// picture's references, as the controls say it.
#pragma once

#include <linux/v4l2-controls.h>

#include <cstdint>
#include <span>
#include <vector>

#include "hevc/controls.h"
#include "hevc/syntax.h"
#include "rkvdec_hevc_tables.h"

namespace hardware {

class HevcReferenceFiller {
  public:
    // SLICES: NAL units, which outlive it; PARAMS: what registers say, that is dpb[] and the order
    // count.
    HevcReferenceFiller(std::span<const std::span<const uint8_t>> slices,
                        const v4l2_ctrl_hevc_decode_params& params)
        : nals_(slices), params_(params) {}

    // Of the next slice segment, for a device that is told final lists. Call for all or none.
    void add_packet(const HevcSliceReferences& packet) { packets_.push_back(packet); }
    // False where a slice header cannot be read. SETS: without DECODE_PARAMS.
    bool read_headers(const vdec::hevc::Sets& sets);

    [[nodiscard]] const v4l2_ctrl_hevc_decode_params& params() const { return params_; }
    // One for each packet.
    [[nodiscard]] const std::vector<v4l2_ctrl_hevc_slice_params>& slices() const { return slices_; }

  private:
    bool read_header(std::span<const uint8_t> nal, size_t index, vdec::hevc::Sets& sets,
                     const vdec::hevc::SliceHeader* previous, vdec::hevc::SliceHeader& header);
    void fill_picture(const vdec::hevc::SliceHeader& header, const vdec::hevc::Sets& sets);
    void fill_lists(const vdec::hevc::SliceHeader& header, const vdec::hevc::Sets& sets);
    void guess_lists();
    void add_slice(const vdec::hevc::SliceHeader& header, const HevcSliceReferences& packet,
                   const vdec::hevc::Sets& sets);

    std::span<const std::span<const uint8_t>> nals_;
    v4l2_ctrl_hevc_decode_params params_;
    std::vector<HevcSliceReferences> packets_;
    std::vector<v4l2_ctrl_hevc_slice_params> slices_;
};

}  // namespace hardware
