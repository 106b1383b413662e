// SPDX-License-Identifier: MIT
// H264Backend: rebuilds an H.264 stream from controls and slices, decodes and judges it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "backend/codec_backend.h"
#include "h264/dpb_model.h"
#include "h264/limits.h"
#include "h264/syntax.h"
#include "software/av_decoder.h"

namespace vdec {

// In frame-based mode slices are passed on as they are, as hardware reads them. In slice-based mode
// each slice's header is written from the controls of its request; the picture is decoded when its
// last slice is there.
class H264Backend : public CodecBackend {
  public:
    explicit H264Backend(const H264Style& style);
    DecodeStatus decode(const DecodeJob& job) override;
    DecodeStatus release_held() override;

  private:
    struct Slice {
        Bytes rbsp;
        h264::SliceHeader header;
        std::span<const uint8_t> nal;
    };
    // A frame or field whose slices are being collected.
    struct Picture {
        h264::SliceHeader header;  // of its first slice
        h264::Sets sets;
        uint64_t number = 0;  // of the first slice's job
        uint64_t timestamp = 0;
        CaptureImage target;
        std::set<uint64_t> named;       // timestamps that the client refers to, and its own
        std::map<uint32_t, Bytes> pps;  // by id, as they are with id 0
        Bytes slices;
        bool garbage = false;  // decoded from the wrong place or by other parameters
    };

    void read_slices(const DecodeJob& job, const h264::Sets& sets);
    void add_slice(const DecodeJob& job, const h264::Sets& sets, std::span<const uint8_t> nal);
    void check_slices(const DecodeJob& job) const;
    Picture begin_picture(const DecodeJob& job, const h264::Sets& sets);
    void follow_stream(const DecodeJob& job, const h264::Sets& sets);
    void add_all_slices(Picture& picture) const;
    [[nodiscard]] h264::SliceTypes slice_types() const;
    // False when the device refuses the picture.
    bool check_limits(const DecodeJob& job, Picture& picture);
    void read_sets(Picture& picture);
    void keep_motion(Picture& picture);
    DecodeStatus decode_picture(const Picture& picture);

    // h264_backend_slices.cpp
    [[nodiscard]] bool continues_picture(const DecodeJob& job) const;
    DecodeStatus decode_slice(const DecodeJob& job, const h264::Sets& sets);
    void code_slice(const h264::Sets& sets, Picture& picture) const;
    DecodeStatus decode_collected();

    const H264Style& style_;
    h264::SetTable set_table_;
    std::set<uint64_t> without_motion_;  // timestamps of references
    bool refuses_all_ = false;           // after FieldPictures::fail
    AvDecoder decoder_;
    h264::DpbModel model_;
    std::vector<Slice> slices_;         // of this job
    std::optional<Picture> collected_;  // slice-based mode
    bool second_field_ = false;
    const uint8_t* first_field_target_ = nullptr;
};

}  // namespace vdec
