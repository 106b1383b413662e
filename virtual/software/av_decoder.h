// SPDX-License-Identifier: MIT
// AvDecoder: libavcodec as a picture-by-picture decoder whose reference pictures we own.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "image/capture_image.h"
#include "image/picture_copy.h"
#include "software/av_library.h"

namespace vdec {

// Pictures are complete when decode() returns, in whatever order they would be output: they are
// taken where libavcodec allocates them. Each is known by the timestamp of its job.
class AvDecoder {
  public:
    explicit AvDecoder(AVCodecID codec);
    ~AvDecoder();
    AvDecoder(const AvDecoder&) = delete;
    AvDecoder& operator=(const AvDecoder&) = delete;

    // Decodes one picture or field. The last picture that libavcodec allocated for it (earlier
    // ones fill gaps; of MPEG-2 and HEVC the first: later ones stand for lost references) becomes
    // known as `timestamp`; without any it continues the previous one. False when the decoder
    // reported damage.
    bool decode(std::span<const uint8_t> packet, uint64_t timestamp);
    void flush();

    // The picture of that timestamp, or nullptr.
    [[nodiscard]] const AVFrame* find(uint64_t timestamp) const;
    // Overwrites the pixels of all pictures that are not named, and forgets them: a client that
    // leaves out a reference sees it, as on hardware.
    void poison_except(const std::set<uint64_t>& named, bool overwrite);
    // Overwrites those rows of a picture that was just decoded: hardware would have read other
    // data, or decoded it with other parameters, and nobody would know. Pictures that refer to it
    // see it.
    void spoil(uint64_t timestamp, Rows rows = Rows::all);

  private:
    static int get_buffer(AVCodecContext* context, AVFrame* frame, int flags);
    void discard_output();

    const AvLibrary* av_;
    bool first_is_picture_;
    AVCodecContext* context_ = nullptr;
    AVFrame* output_ = nullptr;
    std::vector<AVFrame*> fresh_;
    std::map<uint64_t, AVFrame*> pictures_;
};

bool copy_picture(const AVFrame& frame, Rows rows, const CaptureImage& target);

}  // namespace vdec
