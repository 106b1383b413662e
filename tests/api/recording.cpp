// SPDX-License-Identifier: MIT
// Recording: what a real client (libavcodec) sent through VA-API for a clip.
#include "recording.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iterator>
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

struct Option {
    const char* name;
    const char* value;
};

// How libavcodec makes and takes a codec.
struct Codec {
    const char* name;
    AVCodecID id;
    const char* encoder;
    const char* vaapi_decoder;  // for AV1 not the one that it prefers
    VAProfile profile;
    std::vector<Option> options;  // of the encoder
};

const Codec& find_codec(const std::string& name) {
    static const std::vector<Codec> codecs = {
        {"h264", AV_CODEC_ID_H264, "libx264", "h264", VAProfileH264High, {{"preset", "fast"}}},
        {"hevc",
         AV_CODEC_ID_HEVC,
         "libx265",
         "hevc",
         VAProfileHEVCMain,
         {{"preset", "veryfast"},
          {"x265-params", "log-level=error:pools=none:frame-threads=1:bframes=2:ref=3"}}},
        {"vp8",
         AV_CODEC_ID_VP8,
         "libvpx",
         "vp8",
         VAProfileVP8Version0_3,
         {{"cpu-used", "8"}, {"b", "500k"}}},
        {"vp9",
         AV_CODEC_ID_VP9,
         "libvpx-vp9",
         "vp9",
         VAProfileVP9Profile0,
         {{"cpu-used", "8"}, {"b", "300k"}, {"auto-alt-ref", "1"}, {"lag-in-frames", "8"}}},
        {"av1",
         AV_CODEC_ID_AV1,
         "libaom-av1",
         "av1",
         VAProfileAV1Profile0,
         {{"cpu-used", "8"}, {"b", "300k"}, {"lag-in-frames", "8"}}},
        {"mpeg2",
         AV_CODEC_ID_MPEG2VIDEO,
         "mpeg2video",
         "mpeg2video",
         VAProfileMPEG2Main,
         {{"bf", "2"}, {"b", "1M"}}},
    };
    const auto found = std::find_if(codecs.begin(), codecs.end(),
                                    [&](const Codec& codec) { return codec.name == name; });
    if (found == codecs.end()) {
        die("no such codec");
    }
    return *found;
}

void put(AVFrame* frame, int plane, int x, int y, int value) {
    uint8_t* row = frame->data[plane] + y * frame->linesize[plane];
    if (frame->format == AV_PIX_FMT_YUV420P) {
        row[x] = static_cast<uint8_t>(value);
        return;
    }
    const auto sample = static_cast<uint16_t>((value & 255) * 4 + (x + y) % 4);
    std::memcpy(row + 2 * x, &sample, 2);
}

void fill_pattern(AVFrame* frame, int index) {
    for (int y = 0; y < frame->height; ++y) {
        for (int x = 0; x < frame->width; ++x) {
            const unsigned hash = static_cast<unsigned>(x * 7 + y * 13 + index * 31) * 2654435761U;
            const int noise = static_cast<int>(hash >> 28);
            put(frame, 0, x, y, (x + 2 * index) * 3 / 2 + y / 2 + noise);
        }
    }
    for (int y = 0; y < frame->height / 2; ++y) {
        for (int x = 0; x < frame->width / 2; ++x) {
            put(frame, 1, x, y, 128 + x - index);
            put(frame, 2, x, y, 64 + y + index * 2);
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
    const Codec& row = find_codec(options.codec);
    const AVCodec* codec = avcodec_find_encoder_by_name(row.encoder);
    if (!codec) {
        die("libavcodec lacks an encoder");
    }
    AVCodecContext* encoder = avcodec_alloc_context3(codec);
    encoder->width = static_cast<int>(options.width);
    encoder->height = static_cast<int>(options.height);
    const bool deep = options.bit_depth > 8 || options.profile == "high10";
    encoder->pix_fmt = deep ? AV_PIX_FMT_YUV420P10 : AV_PIX_FMT_YUV420P;
    encoder->time_base = {1, 25};
    encoder->gop_size = options.gop;
    encoder->thread_count = 1;
    std::map<std::string, std::string> all_options = options.encoder_options;
    for (const Option& option : row.options) {
        all_options.emplace(option.name, option.value);
    }
    for (const auto& [name, value] : all_options) {
        if (av_opt_set(encoder, name.c_str(), value.c_str(), AV_OPT_SEARCH_CHILDREN) < 0) {
            die("an encoder does not know an option");
        }
    }
    if (row.id == AV_CODEC_ID_H264) {
        av_opt_set(encoder->priv_data, "profile", options.profile.c_str(), 0);
        const std::string params = options.x264_params +
                                   ":scenecut=0:keyint=" + std::to_string(options.gop) +
                                   ":min-keyint=" + std::to_string(options.gop);
        av_opt_set(encoder->priv_data, "x264-params", params.c_str(), 0);
    }
    if (avcodec_open2(encoder, codec, nullptr) < 0) {
        die("an encoder refuses the options");
    }
    Packets packets;
    AVFrame* frame = av_frame_alloc();
    frame->format = encoder->pix_fmt;
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

// P010 has the ten bits on top.
void append_sample(std::vector<uint8_t>& to, const AVFrame& frame, int plane, int x, int y) {
    const uint8_t* row = frame.data[plane] + y * frame.linesize[plane];
    if (frame.format != AV_PIX_FMT_YUV420P10) {
        to.push_back(row[x]);
        return;
    }
    const int value = (row[2 * x] | row[2 * x + 1] << 8) << 6;
    to.push_back(static_cast<uint8_t>(value));
    to.push_back(static_cast<uint8_t>(value >> 8));
}

Pixels to_pixels(const AVFrame& frame) {
    Pixels pixels;
    pixels.width = static_cast<unsigned>(frame.width);
    pixels.height = static_cast<unsigned>(frame.height);
    for (int y = 0; y < frame.height; ++y) {
        for (int x = 0; x < frame.width; ++x) {
            append_sample(pixels.luma, frame, 0, x, y);
        }
    }
    for (int y = 0; y < frame.height / 2; ++y) {
        for (int x = 0; x < frame.width / 2; ++x) {
            append_sample(pixels.chroma, frame, 1, x, y);
            append_sample(pixels.chroma, frame, 2, x, y);
        }
    }
    return pixels;
}

std::vector<Pixels> decode_in_software(const Codec& codec, const Packets& packets) {
    AVCodecContext* decoder = avcodec_alloc_context3(avcodec_find_decoder(codec.id));
    decoder->thread_count = 1;
    if (avcodec_open2(decoder, nullptr, nullptr) < 0) {
        die("libavcodec lacks a decoder");
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

void decode_through_vaapi(const Codec& codec, const Packets& packets,
                          const std::vector<Pixels>& software, Recording& recording) {
    Recorder recorder;
    recorder.recording = &recording;
    AVBufferRef* device = nullptr;
    if (av_hwdevice_ctx_create(&device, AV_HWDEVICE_TYPE_VAAPI, "/dev/dri/renderD128", nullptr, 0) <
        0) {
        die("no VA-API device");
    }
    AVCodecContext* decoder =
        avcodec_alloc_context3(avcodec_find_decoder_by_name(codec.vaapi_decoder));
    decoder->thread_count = 1;
    decoder->hw_device_ctx = av_buffer_ref(device);
    decoder->get_format = choose_vaapi;
    if (avcodec_open2(decoder, nullptr, nullptr) < 0) {
        die("libavcodec lacks a decoder");
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
        RecordedPicture& recorded = recording.pictures[picture->second];
        recorded.has_expected = true;
        recorded.output_index = shown;
        recorded.expected = software[shown++];
    });
    g_recorder = nullptr;
    recording.coded_width = static_cast<unsigned>(decoder->coded_width);
    recording.coded_height = static_cast<unsigned>(decoder->coded_height);
    avcodec_free_context(&decoder);
    av_buffer_unref(&device);
}

void collect_surfaces(const Codec& codec, Recording& recording) {
    std::set<VASurfaceID> ids;
    for (RecordedPicture& picture : recording.pictures) {
        ids.insert(picture.target);
        for (const RecordedBuffer& buffer : picture.buffers) {
            if (codec.id == AV_CODEC_ID_H264 && buffer.type == VASliceDataBufferType &&
                !buffer.bytes.empty()) {
                picture.is_idr = (static_cast<unsigned>(buffer.bytes[0]) & 0x1f) == 5;
            }
        }
    }
    recording.surfaces.assign(ids.begin(), ids.end());
}

using Nals = std::vector<std::vector<std::byte>>;

unsigned nal_type(const std::vector<std::byte>& nal) {
    return static_cast<unsigned>(nal.front()) & 31U;
}

// The NAL units of an access unit of libx264, without start codes.
Nals nals_of(const std::vector<uint8_t>& packet) {
    Nals nals;
    constexpr uint8_t kStartCode[] = {0, 0, 1};
    auto begin =
        std::search(packet.begin(), packet.end(), std::begin(kStartCode), std::end(kStartCode));
    while (begin != packet.end()) {
        begin += 3;
        const auto next =
            std::search(begin, packet.end(), std::begin(kStartCode), std::end(kStartCode));
        auto end = next;
        while (end != begin && *(end - 1) == 0) {
            --end;
        }
        if (begin != end) {
            const auto* data = reinterpret_cast<const std::byte*>(&*begin);
            nals.emplace_back(data, data + (end - begin));
        }
        begin = next;
    }
    return nals;
}

// pic_init_qp_minus26 of the picture parameter set of libx264 (7.3.2.2: one slice group).
int init_qp_of(const std::vector<std::byte>& pps) {
    size_t position = 8;
    const auto bit = [&] {
        const auto byte = static_cast<unsigned>(pps.at(position / 8));
        return byte >> (7 - position++ % 8) & 1U;
    };
    const auto ue = [&] {
        int zeros = 0;
        while (bit() == 0) {
            ++zeros;
        }
        unsigned value = 1;
        for (int i = 0; i < zeros; ++i) {
            value = value << 1U | bit();
        }
        return static_cast<int>(value) - 1;
    };
    (void)ue();     // pic_parameter_set_id
    (void)ue();     // seq_parameter_set_id
    position += 2;  // entropy_coding_mode_flag, bottom_field_pic_order_in_frame_present_flag
    (void)ue();     // num_slice_groups_minus1
    (void)ue();     // num_ref_idx_l0_default_active_minus1
    (void)ue();     // num_ref_idx_l1_default_active_minus1
    position += 3;  // weighted_pred_flag, weighted_bipred_idc
    const int code = ue();
    return code % 2 != 0 ? (code + 1) / 2 : -(code / 2);
}

template <typename Params, typename Change>
void change_params(RecordedBuffer& buffer, Change change) {
    Params params;
    std::memcpy(&params, buffer.bytes.data(), sizeof(params));
    change(params);
    std::memcpy(buffer.bytes.data(), &params, sizeof(params));
}

// The picture as it is with the slices of `nals`, of ten bits.
void deepen(RecordedPicture& picture, const Nals& nals, int init_qp) {
    Nals slices;
    std::copy_if(nals.begin(), nals.end(), std::back_inserter(slices),
                 [](const auto& nal) { return nal_type(nal) == 1 || nal_type(nal) == 5; });
    size_t params = 0;
    size_t data = 0;
    for (RecordedBuffer& buffer : picture.buffers) {
        if (buffer.type == VAPictureParameterBufferType) {
            change_params<VAPictureParameterBufferH264>(buffer, [init_qp](auto& picture_params) {
                picture_params.bit_depth_luma_minus8 = 2;
                picture_params.bit_depth_chroma_minus8 = 2;
                picture_params.pic_init_qp_minus26 = static_cast<int8_t>(init_qp);
            });
        } else if (buffer.type == VASliceParameterBufferType && params < slices.size()) {
            const auto size = static_cast<uint32_t>(slices[params++].size());
            change_params<VASliceParameterBufferH264>(
                buffer, [size](auto& slice_params) { slice_params.slice_data_size = size; });
        } else if (buffer.type == VASliceDataBufferType && data < slices.size()) {
            buffer.bytes = slices[data++];
            buffer.element_size = static_cast<unsigned>(buffer.bytes.size());
        }
    }
    if (params != slices.size() || data != slices.size()) {
        die("libx264 cuts pictures of ten bits into other slices");
    }
}

VAProfile profile_of(const Codec& codec, const ClipOptions& options) {
    if (codec.id == AV_CODEC_ID_H264 && options.profile != "high") {
        return options.profile == "baseline" ? VAProfileH264ConstrainedBaseline : VAProfileH264Main;
    }
    if (options.bit_depth > 8 && codec.id == AV_CODEC_ID_HEVC) {
        return VAProfileHEVCMain10;
    }
    return options.bit_depth > 8 && codec.id == AV_CODEC_ID_VP9 ? VAProfileVP9Profile2
                                                                : codec.profile;
}

template <typename Function>
Function real(const char* name) {
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

Recording record_clip(const ClipOptions& options) {
    const Codec& codec = find_codec(options.codec);
    Recording recording;
    recording.profile = profile_of(codec, options);
    recording.bit_depth = options.bit_depth;
    recording.visible_width = options.width;
    recording.visible_height = options.height;
    av_log_set_level(AV_LOG_ERROR);
    const Packets packets = encode(options);
    const std::vector<Pixels> software = decode_in_software(codec, packets);
    decode_through_vaapi(codec, packets, software, recording);
    collect_surfaces(codec, recording);
    return recording;
}

Recording record_deep_clip(ClipOptions options) {
    options.x264_params += ":b-adapt=0:weightp=0:mbtree=0";
    Recording recording = record_clip(options);
    options.profile = "high10";
    const Packets packets = encode(options);
    const std::vector<Pixels> software = decode_in_software(find_codec("h264"), packets);
    if (packets.size() != recording.pictures.size() || software.size() != packets.size()) {
        die("libx264 makes another number of pictures of ten bits");
    }
    int init_qp = 0;
    for (size_t i = 0; i < packets.size(); ++i) {
        RecordedPicture& picture = recording.pictures[i];
        const Nals nals = nals_of(packets[i]);
        for (const std::vector<std::byte>& nal : nals) {
            init_qp = nal_type(nal) == 8 ? init_qp_of(nal) : init_qp;
        }
        deepen(picture, nals, init_qp);
        picture.expected = picture.has_expected ? software[picture.output_index] : Pixels{};
    }
    recording.profile = kH264High10;
    recording.bit_depth = 10;
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
