// SPDX-License-Identifier: MIT
// H264Codec: VA-API's H.264 buffers to V4L2_PIX_FMT_H264_SLICE.
#pragma once

#include <va/va.h>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "codec/codec.h"
#include "codec/decode_units.h"
#include "codec/h264_controls.h"
#include "codec/h264_dpb.h"
#include "codec/h264_state.h"
#include "codec/slice_list.h"
#include "v4l2/control_set.h"

namespace v4l2va {

// Frame-based mode gives one unit a picture, slice-based mode one a slice. Each slice is sent as
// its NAL unit, behind 00 00 01 if the device wants Annex B; parameter sets are not sent.
class H264Codec final : public Codec {
  public:
    H264Codec(const CodecTraits& traits, const H264Profile& profile, Size coded_size);

    void begin() override;
    [[nodiscard]] Result<> add(VABufferType type, std::span<const std::byte> bytes,
                               uint32_t num_elements) override;
    [[nodiscard]] Result<CodedPicture> finish(const PictureInput& input) override;

  private:
    [[nodiscard]] Result<> parse_slices();
    [[nodiscard]] Result<H264SliceHeader> parse_slice(
        const SliceList<VASliceParameterBufferH264>::Slice& slice, std::span<const std::byte> nal);
    [[nodiscard]] Result<> check_structure() const;
    [[nodiscard]] Result<> check_tools() const;
    [[nodiscard]] bool is_second_field(const PictureInput& input) const;
    [[nodiscard]] Result<> correct_init_qp();
    void learn_num_ref_idx_defaults();
    [[nodiscard]] const char* news();
    [[nodiscard]] H264FieldOrderCnt current_poc(PicturePart part);
    void commit(const PictureInput& input, PicturePart part, const H264FieldOrderCnt& poc);
    void set_picture_controls(ControlSet& controls, const H264FieldOrderCnt& poc,
                              const v4l2_ctrl_h264_scaling_matrix& scaling) const;
    void set_slice_controls(ControlSet& controls, const H264Slice& slice) const;
    void make_units(const H264FieldOrderCnt& poc, const v4l2_ctrl_h264_scaling_matrix& scaling);

    CodecTraits traits_;
    const H264Profile profile_;
    Size coded_size_;

    // The picture being built.
    std::optional<VAPictureParameterBufferH264> picture_;
    std::optional<VAIQMatrixBufferH264> iq_matrix_;
    SliceList<VASliceParameterBufferH264> slice_list_;
    std::vector<H264Slice> slices_;  // the primary ones, parsed

    LatestPicture latest_;
    H264State state_;       // after the last picture that was translated
    H264State next_state_;  // after this one, if it can be
    H264Dpb dpb_;

    // What finish() hands out.
    DecodeUnits units_;
};

// For the table of codecs; null if `profile` is none of H.264's.
[[nodiscard]] std::unique_ptr<Codec> create_h264_codec(const CodecTraits& traits, VAProfile profile,
                                                       Size coded_size);

}  // namespace v4l2va
