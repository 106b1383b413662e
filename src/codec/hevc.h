// SPDX-License-Identifier: MIT
// HevcCodec: VA-API's HEVC buffers to V4L2_PIX_FMT_HEVC_SLICE.
#pragma once

#include <linux/v4l2-controls.h>
#include <va/va.h>
#include <va/va_dec_hevc.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "codec/codec.h"
#include "codec/decode_units.h"
#include "codec/hevc_controls.h"
#include "codec/hevc_dpb.h"
#include "codec/slice_list.h"
#include "v4l2/control_set.h"

namespace v4l2va {

// Devices differ in five ways, all of them in CodecTraits:
//   hantro G2, mtk      frame-based, Annex B
//   rkvdec              the same, with SLICE_PARAMS of all slice segments
//   rkvdec2 (vdpu38x)   frame-based, Annex B, EXT_SPS_*_RPS: needs the SPS's reference picture
//                       sets, which VA does not carry; so slice headers are rewritten without them
//   cedrus              a unit for each slice segment, no start code, SLICE_PARAMS of one segment
//                       and ENTRY_POINT_OFFSETS
//   hevc_d              frame-based, no start code, SLICE_PARAMS say where each segment lies
// Parameter sets are not sent in the stream. No state lasts from picture to picture but which one
// was the latest.
class HevcCodec final : public Codec {
  public:
    HevcCodec(const CodecTraits& traits, const HevcProfile& profile, Size coded_size);

    void begin() override;
    [[nodiscard]] Result<> add(VABufferType type, std::span<const std::byte> bytes,
                               uint32_t num_elements) override;
    [[nodiscard]] Result<CodedPicture> finish(const PictureInput& input) override;

  private:
    [[nodiscard]] bool slice_based() const {
        return traits_.decode_mode == DecodeMode::kSliceBased;
    }
    [[nodiscard]] bool rewrites() const { return traits_.has_ext_sps_rps; }

    [[nodiscard]] Result<> check_features() const;
    [[nodiscard]] Result<> parse_slices(const HevcSliceHeaderInput& input);
    [[nodiscard]] Result<> read_entry_points();
    [[nodiscard]] Result<> rewrite_headers(const HevcSliceHeaderInput& input);
    void point_at_bytes();
    [[nodiscard]] Result<> check_sizes() const;

    void make_units();
    void append_padding();
    void make_slice_params();
    void set_picture_controls(ControlSet& controls) const;
    void set_slice_controls(ControlSet& controls, size_t first, size_t count) const;

    CodecTraits traits_;
    const HevcProfile& profile_;
    Size coded_size_;
    LatestPicture latest_;

    // The picture being built.
    std::optional<VAPictureParameterBufferHEVC> picture_;
    std::optional<VAIQMatrixBufferHEVC> iq_matrix_;
    SliceList<VASliceParameterBufferHEVC> slice_list_;
    std::vector<HevcSlice> slices_;
    HevcDpb dpb_;

    // What finish() hands out.
    std::vector<std::byte> rewritten_;    // headers, one after the other
    std::vector<std::byte> padding_;      // zeroes
    std::vector<uint32_t> entry_points_;  // of all slice segments, one after the other
    std::vector<v4l2_ctrl_hevc_slice_params> slice_params_;
    DecodeUnits units_;
};

// For the table of codecs; null if `profile` is none of HEVC's.
[[nodiscard]] std::unique_ptr<Codec> create_hevc_codec(const CodecTraits& traits, VAProfile profile,
                                                       Size coded_size);

}  // namespace v4l2va
