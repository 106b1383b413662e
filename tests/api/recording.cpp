// SPDX-License-Identifier: MIT
// Recording: what a real client (libavcodec) sent through VA-API for a clip.
#include "recording.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <set>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/hwcontext.h>
#include <libavutil/opt.h>
}

namespace v4l2va::test {

namespace {

[[noreturn]] void die(const char* what) {
    std::fprintf(stderr, "recording: %s\n", what);
    std::abort();
}

// Where the interposed vaCreateBuffer, vaBeginPicture and vaRenderPicture below write to.
struct Recorder {
    Recording* recording = nullptr;
    std::map<VABufferID, RecordedBuffer> buffers;
    std::map<VASurfaceID, size_t> picture_of_surface;  // latest
};
Recorder* g_recorder = nullptr;

using Packets = std::vector<std::vector<uint8_t>>;

void fill_pattern(AVFrame* frame, int index) {
    for (int y = 0; y < frame->height; ++y) {
        for (int x = 0; x < frame->width; ++x) {
            const unsigned hash = static_cast<unsigned>(x * 7 + y * 13 + index * 31) * 2654435761U;
            const int noise = static_cast<int>(hash >> 28);
            frame->data[0][y * frame->linesize[0] + x] =
                static_cast<uint8_t>((x + 2 * index) * 3 / 2 + y / 2 + noise);
        }
    }
    for (int y = 0; y < frame->height / 2; ++y) {
        for (int x = 0; x < frame->width / 2; ++x) {
            frame->data[1][y * frame->linesize[1] + x] = static_cast<uint8_t>(128 + x - index);
            frame->data[2][y * frame->linesize[2] + x] = static_cast<uint8_t>(64 + y + index * 2);
        }
    }
}

void receive_packets(AVCodecContext* encoder, Packets& packets) {
    AVPacket* packet = av_packet_alloc();
    while (avcodec_receive_packet(encoder, packet) == 0) {
        packets.emplace_back(packet->data, packet->data + packet->size);
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
}

Packets encode(const ClipOptions& options) {
    const AVCodec* codec = avcodec_find_encoder_by_name("libx264");
    if (!codec) {
        die("libavcodec has no libx264 encoder");
    }
    AVCodecContext* encoder = avcodec_alloc_context3(codec);
    encoder->width = static_cast<int>(options.width);
    encoder->height = static_cast<int>(options.height);
    encoder->pix_fmt = AV_PIX_FMT_YUV420P;
    encoder->time_base = {1, 25};
    encoder->gop_size = options.gop;
    encoder->thread_count = 1;
    av_opt_set(encoder->priv_data, "preset", "fast", 0);
    av_opt_set(encoder->priv_data, "profile", options.profile.c_str(), 0);
    const std::string params = options.x264_params +
                               ":scenecut=0:keyint=" + std::to_string(options.gop) +
                               ":min-keyint=" + std::to_string(options.gop);
    av_opt_set(encoder->priv_data, "x264-params", params.c_str(), 0);
    if (avcodec_open2(encoder, codec, nullptr) < 0) {
        die("libx264 refuses the options");
    }
    Packets packets;
    AVFrame* frame = av_frame_alloc();
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = encoder->width;
    frame->height = encoder->height;
    av_frame_get_buffer(frame, 0);
    for (int i = 0; i < options.frames; ++i) {
        av_frame_make_writable(frame);
        fill_pattern(frame, i);
        frame->pts = i;
        avcodec_send_frame(encoder, frame);
        receive_packets(encoder, packets);
    }
    avcodec_send_frame(encoder, nullptr);
    receive_packets(encoder, packets);
    av_frame_free(&frame);
    avcodec_free_context(&encoder);
    return packets;
}

void decode(AVCodecContext* decoder, const Packets& packets,
            const std::function<void(const AVFrame&)>& output) {
    AVFrame* frame = av_frame_alloc();
    AVPacket* packet = av_packet_alloc();
    const auto receive = [&] {
        while (avcodec_receive_frame(decoder, frame) == 0) {
            output(*frame);
            av_frame_unref(frame);
        }
    };
    for (const std::vector<uint8_t>& bytes : packets) {
        av_new_packet(packet, static_cast<int>(bytes.size()));
        std::memcpy(packet->data, bytes.data(), bytes.size());
        if (avcodec_send_packet(decoder, packet) < 0) {
            die("libavcodec refuses a packet");
        }
        av_packet_unref(packet);
        receive();
    }
    avcodec_send_packet(decoder, nullptr);
    receive();
    av_packet_free(&packet);
    av_frame_free(&frame);
}

Pixels to_pixels(const AVFrame& frame) {
    Pixels pixels;
    pixels.width = static_cast<unsigned>(frame.width);
    pixels.height = static_cast<unsigned>(frame.height);
    for (int y = 0; y < frame.height; ++y) {
        const uint8_t* row = frame.data[0] + y * frame.linesize[0];
        pixels.luma.insert(pixels.luma.end(), row, row + frame.width);
    }
    for (int y = 0; y < frame.height / 2; ++y) {
        for (int x = 0; x < frame.width / 2; ++x) {
            pixels.chroma.push_back(frame.data[1][y * frame.linesize[1] + x]);
            pixels.chroma.push_back(frame.data[2][y * frame.linesize[2] + x]);
        }
    }
    return pixels;
}

std::vector<Pixels> decode_in_software(const Packets& packets) {
    AVCodecContext* decoder = avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_H264));
    decoder->thread_count = 1;
    if (avcodec_open2(decoder, nullptr, nullptr) < 0) {
        die("libavcodec has no H.264 decoder");
    }
    std::vector<Pixels> frames;
    decode(decoder, packets, [&](const AVFrame& frame) { frames.push_back(to_pixels(frame)); });
    avcodec_free_context(&decoder);
    return frames;
}

AVPixelFormat choose_vaapi(AVCodecContext* /*decoder*/, const AVPixelFormat* formats) {
    for (; *formats != AV_PIX_FMT_NONE; ++formats) {
        if (*formats == AV_PIX_FMT_VAAPI) {
            return *formats;
        }
    }
    return AV_PIX_FMT_NONE;
}

void decode_through_vaapi(const Packets& packets, const std::vector<Pixels>& software,
                          Recording& recording) {
    Recorder recorder;
    recorder.recording = &recording;
    AVBufferRef* device = nullptr;
    if (av_hwdevice_ctx_create(&device, AV_HWDEVICE_TYPE_VAAPI, "/dev/dri/renderD128", nullptr, 0) <
        0) {
        die("no VA-API device");
    }
    AVCodecContext* decoder = avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_H264));
    decoder->thread_count = 1;
    decoder->hw_device_ctx = av_buffer_ref(device);
    decoder->get_format = choose_vaapi;
    if (avcodec_open2(decoder, nullptr, nullptr) < 0) {
        die("libavcodec has no H.264 decoder");
    }
    size_t shown = 0;
    g_recorder = &recorder;
    decode(decoder, packets, [&](const AVFrame& frame) {
        const auto surface = static_cast<VASurfaceID>(reinterpret_cast<uintptr_t>(frame.data[3]));
        const auto picture = recorder.picture_of_surface.find(surface);
        if (frame.format != AV_PIX_FMT_VAAPI || picture == recorder.picture_of_surface.end() ||
            shown >= software.size()) {
            die("libavcodec did not decode through VA-API");
        }
        recording.pictures[picture->second].has_expected = true;
        recording.pictures[picture->second].expected = software[shown++];
    });
    g_recorder = nullptr;
    recording.coded_width = static_cast<unsigned>(decoder->coded_width);
    recording.coded_height = static_cast<unsigned>(decoder->coded_height);
    avcodec_free_context(&decoder);
    av_buffer_unref(&device);
}

void collect_surfaces(Recording& recording) {
    std::set<VASurfaceID> ids;
    for (RecordedPicture& picture : recording.pictures) {
        ids.insert(picture.target);
        for (const RecordedBuffer& buffer : picture.buffers) {
            if (buffer.type == VASliceDataBufferType && !buffer.bytes.empty()) {
                picture.is_idr = (static_cast<unsigned>(buffer.bytes[0]) & 0x1f) == 5;
            }
        }
    }
    recording.surfaces.assign(ids.begin(), ids.end());
}

template <typename Function>
Function real(const char* name) {
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

Recording record_clip(const ClipOptions& options) {
    Recording recording;
    recording.profile = options.profile == "baseline" ? VAProfileH264ConstrainedBaseline
                        : options.profile == "main"   ? VAProfileH264Main
                                                      : VAProfileH264High;
    recording.visible_width = options.width;
    recording.visible_height = options.height;
    av_log_set_level(AV_LOG_ERROR);
    const Packets packets = encode(options);
    const std::vector<Pixels> software = decode_in_software(packets);
    decode_through_vaapi(packets, software, recording);
    collect_surfaces(recording);
    return recording;
}

}  // namespace v4l2va::test

// libavcodec's calls come here first; then they go on to libva.
using namespace v4l2va::test;

extern "C" VAStatus vaCreateBuffer(VADisplay display, VAContextID context, VABufferType type,
                                   unsigned int size, unsigned int num_elements, void* data,
                                   VABufferID* buffer_id) {
    const VAStatus status = real<decltype(&vaCreateBuffer)>("vaCreateBuffer")(
        display, context, type, size, num_elements, data, buffer_id);
    if (g_recorder && status == VA_STATUS_SUCCESS && data) {
        const auto* bytes = static_cast<const std::byte*>(data);
        g_recorder->buffers[*buffer_id] = {
            type, size, num_elements, {bytes, bytes + size_t{size} * num_elements}};
    }
    return status;
}

extern "C" VAStatus vaBeginPicture(VADisplay display, VAContextID context, VASurfaceID target) {
    if (g_recorder) {
        g_recorder->picture_of_surface[target] = g_recorder->recording->pictures.size();
        g_recorder->recording->pictures.emplace_back().target = target;
    }
    return real<decltype(&vaBeginPicture)>("vaBeginPicture")(display, context, target);
}

extern "C" VAStatus vaRenderPicture(VADisplay display, VAContextID context, VABufferID* buffers,
                                    int num_buffers) {
    for (int i = 0; g_recorder && i < num_buffers; ++i) {
        g_recorder->recording->pictures.back().buffers.push_back(g_recorder->buffers[buffers[i]]);
    }
    return real<decltype(&vaRenderPicture)>("vaRenderPicture")(display, context, buffers,
                                                               num_buffers);
}
