// SPDX-License-Identifier: MIT
// Driving libavcodec, and copying its pictures out.
#include "av_decoder.h"

#include <algorithm>
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

void poison_frame(AVFrame& frame) {
    for (int plane = 0; plane < 3 && frame.data[plane] != nullptr; ++plane) {
        const int rows = plane == 0 ? frame.height : (frame.height + 1) / 2;
        const int stride = std::abs(frame.linesize[plane]);
        for (int y = 0; y < rows; ++y) {
            poison(frame.data[plane] + static_cast<ptrdiff_t>(y) * frame.linesize[plane],
                   static_cast<size_t>(plane == 0 ? frame.width : (frame.width + 1) / 2),
                   static_cast<size_t>(y / 4));
        }
        if (stride == 0) break;
    }
}

bool is_420_8bit(int format) {
    return format == AV_PIX_FMT_YUV420P || format == AV_PIX_FMT_YUVJ420P;
}

}  // namespace

AvDecoder::AvDecoder(AVCodecID codec) : av_(av_library()) {
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
        known = fresh_.back();
        fresh_.pop_back();
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
    if (!is_420_8bit(frame.format)) return false;
    const size_t luma_size = static_cast<size_t>(target.stride) * target.height;
    if (target.size < luma_size * 3 / 2) return false;
    const size_t width = std::min<size_t>(static_cast<size_t>(frame.width), target.width);
    const int height = std::min(frame.height, static_cast<int>(target.height));
    const int first = rows == Rows::bottom ? 1 : 0;
    const int step = rows == Rows::all ? 1 : 2;
    for (int y = first; y < height; y += step) {
        std::memcpy(target.data + static_cast<size_t>(y) * target.stride,
                    frame.data[0] + static_cast<ptrdiff_t>(y) * frame.linesize[0], width);
    }
    for (int y = first; y < height / 2; y += step) {
        const uint8_t* u = frame.data[1] + static_cast<ptrdiff_t>(y) * frame.linesize[1];
        const uint8_t* v = frame.data[2] + static_cast<ptrdiff_t>(y) * frame.linesize[2];
        uint8_t* out = target.data + luma_size + static_cast<size_t>(y) * target.stride;
        for (size_t x = 0; x < width / 2; ++x) {
            out[2 * x] = u[x];
            out[2 * x + 1] = v[x];
        }
    }
    return true;
}

void poison_image(const CaptureImage& target) {
    for (size_t y = 0; y * target.stride < target.size; ++y) {
        const size_t at = y * target.stride;
        poison(target.data + at, std::min<size_t>(target.stride, target.size - at), y / 4);
    }
}

}  // namespace vdec
