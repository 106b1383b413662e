// SPDX-License-Identifier: MIT
// HevcSlices: the slices of a picture for a decoder that has their headers as SLICE_PARAMS only.
//
// Some devices read slice headers by sizes that they are told, others not at all. What a model has
// read or was told of a header goes to the controls here, and the bitstream has slice data behind
// headers that say nothing.
#pragma once

#include <linux/v4l2-controls.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "backend/bits.h"
#include "hevc/lists.h"
#include "hevc/syntax.h"
#include "machines/personality.h"
#include "picture_job.h"

namespace hardware {

class HevcSlices {
  public:
    // For what backends take themselves to be.
    static vdec::HevcStyle style();

    // NAL: a NAL unit without its start code; DATA: where slice_segment_data() begins in its RBSP,
    // in bytes. PARAMS: but where the data is.
    void add(std::span<const uint8_t> nal, size_t data, v4l2_ctrl_hevc_slice_params params,
             std::span<const uint32_t> entry_points);
    [[nodiscard]] bool empty() const { return params_.empty(); }
    // The bitstream and the controls of slices.
    void move_to(PictureJob& job) &&;

  private:
    vdec::Bytes bitstream_;
    std::vector<v4l2_ctrl_hevc_slice_params> params_;
    std::vector<uint32_t> entry_points_;
};

// Of a header that was read, with LISTS that are indices into dpb[].
v4l2_ctrl_hevc_slice_params params_of(const vdec::hevc::SliceHeader& header,
                                      const vdec::hevc::DpbLists& lists);

}  // namespace hardware
