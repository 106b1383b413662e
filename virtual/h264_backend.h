// SPDX-License-Identifier: MIT
// H264Backend: rebuilds an H.264 stream from controls and slices, decodes and judges it.
#pragma once

#include <memory>
#include <vector>

#include "av_decoder.h"
#include "codec_backend.h"
#include "h264_dpb.h"
#include "h264_syntax.h"

namespace vdec {

class H264Backend : public CodecBackend {
  public:
    H264Backend();
    DecodeStatus decode(const DecodeJob& job) override;

  private:
    struct Slice {
        Bytes rbsp;
        h264::SliceHeader header;
        std::span<const uint8_t> nal;
    };

    void read_slices(const DecodeJob& job, const h264::Sets& sets);
    void begin_picture(const DecodeJob& job, const h264::Sets& sets);
    void check_slices(const DecodeJob& job) const;
    [[nodiscard]] Bytes build_packet(const h264::Sets& sets);
    void poison_references(const DecodeJob& job, const h264::Sets& sets);

    AvDecoder decoder_;
    h264::DpbModel model_;
    std::vector<Slice> slices_;
    bool second_field_ = false;
};

}  // namespace vdec
