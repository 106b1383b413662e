// SPDX-License-Identifier: MIT
// The libav side of --try: a file's video stream, and decoders on the device and in software.
#pragma once

#include <va/va.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace v4l2va::info {

struct FreeFormat {
    void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
};
struct FreeCodec {
    void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
};
struct FreeFrame {
    void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
struct FreePacket {
    void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
struct FreeBuffer {
    void operator()(AVBufferRef* buffer) const { av_buffer_unref(&buffer); }
};
using FormatPtr = std::unique_ptr<AVFormatContext, FreeFormat>;
using CodecPtr = std::unique_ptr<AVCodecContext, FreeCodec>;
using FramePtr = std::unique_ptr<AVFrame, FreeFrame>;
using PacketPtr = std::unique_ptr<AVPacket, FreePacket>;
using BufferPtr = std::unique_ptr<AVBufferRef, FreeBuffer>;

// libav's text of a negative return value.
[[nodiscard]] std::string av_error_text(int error);

// What VA calls the profile of a stream; nothing when VA-API has no such profile, or the driver
// could never have it. Plain Baseline is taken for the constrained one, as players do.
[[nodiscard]] std::optional<VAProfile> va_profile_of(const AVCodecParameters& stream);

// A libav device of an initialised display, which must outlive it; null on failure.
[[nodiscard]] BufferPtr make_device(VADisplay display);

// Whether libavcodec offered VA-API for the stream, and whether it had to give it up again.
struct HardwareState {
    bool offered = false;
    bool given_up = false;
};

// A decoder whose frames lie in VA surfaces; software never takes over: get_format answers VA-API
// or nothing. `state` must outlive it. Null when libavcodec has no decoder with a VA-API side, or
// does not open it.
[[nodiscard]] CodecPtr make_hardware_decoder(const AVStream& stream, AVBufferRef* device,
                                             HardwareState& state);

// A decoder on the CPU, in one thread; null when libavcodec has none.
[[nodiscard]] CodecPtr make_software_decoder(const AVStream& stream);

}  // namespace v4l2va::info
