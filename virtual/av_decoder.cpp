// SPDX-License-Identifier: MIT
// Driving libavcodec, and copying its pictures out.
#include "av_decoder.h"

#include <linux/videodev2.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "options.h"

namespace vdec {
namespace {

// Alternating extremes: after filtering or averaging it is still far from any content.
void poison(uint8_t* row, size_t size, size_t phase) {
    static constexpr uint8_t kPattern[16] = {0, 0, 0, 0, 255, 255, 255, 255,
                                             0, 0, 0, 0, 255, 255, 255, 255};
    const uint8_t* from = kPattern + phase % 2 * 4;
    for (size_t i = 0; i < size; i += 8) std::memcpy(row + i, from, std::min<size_t>(8, size - i));
}

// The same in samples of ten bits, none of them out of range.
void poison_deep(uint8_t* row, size_t samples, size_t phase) {
    for (size_t x = 0; x < samples; ++x) {
        const uint16_t sample = (x / 4 + phase) % 2 == 0 ? 0 : 1023;
        std::memcpy(row + 2 * x, &sample, 2);
    }
}

bool is_420_8bit(int format) {
    return format == AV_PIX_FMT_YUV420P || format == AV_PIX_FMT_YUVJ420P;
}

void poison_frame(AVFrame& frame) {
    const auto fill = is_420_8bit(frame.format) ? poison : poison_deep;
    for (int plane = 0; plane < 3 && frame.data[plane] != nullptr; ++plane) {
        const int rows = plane == 0 ? frame.height : (frame.height + 1) / 2;
        const int stride = std::abs(frame.linesize[plane]);
        for (int y = 0; y < rows; ++y) {
            fill(frame.data[plane] + static_cast<ptrdiff_t>(y) * frame.linesize[plane],
                 static_cast<size_t>(plane == 0 ? frame.width : (frame.width + 1) / 2),
                 static_cast<size_t>(y / 4));
        }
        if (stride == 0) break;
    }
}

// One row of samples to `out`: each sample `scale` times as large, `step` samples apart.
template <typename Sample>
void copy_row(const uint8_t* from, uint8_t* out, size_t samples, size_t step, unsigned scale) {
    if (step == 1 && scale == 1) {
        std::memcpy(out, from, samples * sizeof(Sample));
        return;
    }
    for (size_t x = 0; x < samples; ++x) {
        Sample sample;
        std::memcpy(&sample, from + x * sizeof sample, sizeof sample);
        sample = static_cast<Sample>(sample * scale);
        std::memcpy(out + x * step * sizeof sample, &sample, sizeof sample);
    }
}

template <typename Sample>
void copy_planes(const AVFrame& frame, Rows rows, const CaptureImage& target, unsigned scale) {
    const size_t luma_size = static_cast<size_t>(target.stride) * target.height;
    const size_t width = std::min<size_t>(static_cast<size_t>(frame.width), target.width);
    const int height = std::min(frame.height, static_cast<int>(target.height));
    const int first = rows == Rows::bottom ? 1 : 0;
    const int step = rows == Rows::all ? 1 : 2;
    const auto row = [&](int plane, int y) {
        return frame.data[plane] + static_cast<ptrdiff_t>(y) * frame.linesize[plane];
    };
    for (int y = first; y < height; y += step) {
        uint8_t* out = target.data + static_cast<size_t>(y) * target.stride;
        copy_row<Sample>(row(0, y), out, width, 1, scale);
    }
    // The chroma of an odd size is rounded up; the CAPTURE format is never odd.
    for (int y = first; y < (height + 1) / 2; y += step) {
        uint8_t* out = target.data + luma_size + static_cast<size_t>(y) * target.stride;
        copy_row<Sample>(row(1, y), out, (width + 1) / 2, 2, scale);
        copy_row<Sample>(row(2, y), out + sizeof(Sample), (width + 1) / 2, 2, scale);
    }
}

}  // namespace

AvDecoder::AvDecoder(AVCodecID codec)
    : av_(av_library()),
      first_is_picture_(codec == AV_CODEC_ID_MPEG2VIDEO || codec == AV_CODEC_ID_HEVC) {
    if (av_ == nullptr) throw std::runtime_error("no libavcodec");
    const AVCodec* decoder = av_->find_decoder(codec);
    if (decoder == nullptr) throw std::runtime_error("libavcodec lacks the codec");
    context_ = av_->alloc_context3(decoder);
    context_->opaque = this;
    context_->get_buffer2 = get_buffer;
    context_->thread_count = 1;
    context_->err_recognition = AV_EF_EXPLODE;
    context_->error_concealment = 0;
    context_->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;
    context_->flags2 |= AV_CODEC_FLAG2_SHOW_ALL;
    // Not the global level, which may be the client's.
    context_->log_level_offset = options().log >= 3 ? 0 : 100;
    if (av_->open2(context_, decoder, nullptr) < 0) throw std::runtime_error("avcodec_open2");
    output_ = av_->frame_alloc();
}

AvDecoder::~AvDecoder() {
    poison_except({}, false);
    for (AVFrame*& frame : fresh_) av_->frame_free(&frame);
    av_->frame_free(&output_);
    av_->free_context(&context_);
}

int AvDecoder::get_buffer(AVCodecContext* context, AVFrame* frame, int flags) {
    auto* self = static_cast<AvDecoder*>(context->opaque);
    const int result = self->av_->default_get_buffer2(context, frame, flags);
    if (result >= 0) self->fresh_.push_back(self->av_->frame_clone(frame));
    return result;
}

void AvDecoder::discard_output() {
    while (av_->receive_frame(context_, output_) >= 0) av_->frame_unref(output_);
}

bool AvDecoder::decode(std::span<const uint8_t> bytes, uint64_t timestamp) {
    AVPacket* packet = av_->packet_alloc();
    if (packet == nullptr || av_->new_packet(packet, static_cast<int>(bytes.size())) < 0) {
        av_->packet_free(&packet);
        return false;
    }
    std::memcpy(packet->data, bytes.data(), bytes.size());
    const int result = av_->send_packet(context_, packet);
    av_->packet_free(&packet);
    if (!fresh_.empty()) {
        AVFrame*& known = pictures_[timestamp];
        if (known != nullptr) av_->frame_free(&known);
        const auto picture = first_is_picture_ ? fresh_.begin() : fresh_.end() - 1;
        known = *picture;
        fresh_.erase(picture);
    }
    for (AVFrame*& frame : fresh_) av_->frame_free(&frame);
    fresh_.clear();
    discard_output();
    return result >= 0;
}

void AvDecoder::flush() {
    av_->flush_buffers(context_);
    poison_except({}, false);
}

const AVFrame* AvDecoder::find(uint64_t timestamp) const {
    const auto found = pictures_.find(timestamp);
    return found == pictures_.end() ? nullptr : found->second;
}

void AvDecoder::poison_except(const std::set<uint64_t>& named, bool overwrite) {
    for (auto it = pictures_.begin(); it != pictures_.end();) {
        if (named.contains(it->first)) {
            ++it;
            continue;
        }
        if (overwrite) poison_frame(*it->second);
        av_->frame_free(&it->second);
        it = pictures_.erase(it);
    }
}

bool copy_picture(const AVFrame& frame, Rows rows, const CaptureImage& target) {
    if (target.size < static_cast<size_t>(target.stride) * target.height * 3 / 2) return false;
    if (target.fourcc == V4L2_PIX_FMT_NV12 && is_420_8bit(frame.format)) {
        copy_planes<uint8_t>(frame, rows, target, 1);
        return true;
    }
    if (target.fourcc == V4L2_PIX_FMT_P010 && frame.format == AV_PIX_FMT_YUV420P10LE) {
        // The ten bits are the high ones.
        copy_planes<uint16_t>(frame, rows, target, 64);
        return true;
    }
    return false;
}

void poison_image(const CaptureImage& target) {
    for (size_t y = 0; y * target.stride < target.size; ++y) {
        const size_t at = y * target.stride;
        poison(target.data + at, std::min<size_t>(target.stride, target.size - at), y / 4);
    }
}

}  // namespace vdec
