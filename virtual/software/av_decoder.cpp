// SPDX-License-Identifier: MIT
// Driving libavcodec.
#include "software/av_decoder.h"

#include <cstring>
#include <stdexcept>

#include "host/options.h"

namespace vdec {
namespace {

bool is_420_8bit(int format) {
    return format == AV_PIX_FMT_YUV420P || format == AV_PIX_FMT_YUVJ420P;
}

// Without planes when the format is none that a CAPTURE buffer takes.
PicturePlanes planes_of(const AVFrame& frame) {
    PicturePlanes planes;
    if (!is_420_8bit(frame.format) && frame.format != AV_PIX_FMT_YUV420P10LE) return planes;
    for (size_t i = 0; i < 3; ++i) {
        planes.data[i] = frame.data[i];
        planes.stride[i] = frame.linesize[i];
    }
    planes.width = frame.width;
    planes.height = frame.height;
    planes.bit_depth = is_420_8bit(frame.format) ? 8 : 10;
    return planes;
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
    // Not the global level, which may be the client's. A log function of the client's sees levels
    // that libavutil does not name; Firefox's ends the process then.
    const bool logs = options().log >= 3 || options().client_log;
    context_->log_level_offset = logs ? 0 : 100;
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
        if (overwrite) poison_picture(planes_of(*it->second));
        av_->frame_free(&it->second);
        it = pictures_.erase(it);
    }
}

void AvDecoder::spoil(uint64_t timestamp, Rows rows) {
    const AVFrame* frame = find(timestamp);
    if (frame != nullptr) poison_picture(planes_of(*frame), rows);
}

bool copy_picture(const AVFrame& frame, Rows rows, const CaptureImage& target) {
    const PicturePlanes planes = planes_of(frame);
    return planes.data[0] != nullptr && copy_picture(planes, rows, target);
}

}  // namespace vdec
