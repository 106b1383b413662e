// SPDX-License-Identifier: MIT
// The libav side of --try: a file's video stream, and decoders on the device and in software.
#include "info/stream_decoder.h"

#include <array>
#include <string_view>

#include "codec/va_compat.h"

extern "C" {
#include <libavutil/hwcontext.h>
#include <libavutil/hwcontext_vaapi.h>
}

namespace v4l2va::info {

namespace {

// AVCodecParameters::profile: profile_idc (H.264 A.2, H.265 A.3), with two bits of libavcodec's
// own.
constexpr int kConstrained = 1 << 9;
constexpr int kIntra = 1 << 11;
constexpr int kH264Baseline = 66;
constexpr int kMpeg2Main = 4;  // the identification of ISO 13818-2 table 8-2
constexpr int kMpeg2Simple = 5;

std::optional<VAProfile> h264_profile(int profile) {
    switch (profile & ~(kConstrained | kIntra)) {
        case kH264Baseline:
            return VAProfileH264ConstrainedBaseline;
        case 77:
            return VAProfileH264Main;
        case 100:
            return VAProfileH264High;
        case 110:
            return kVaProfileH264High10;
        default:
            return std::nullopt;
    }
}

std::optional<VAProfile> hevc_profile(int profile) {
    switch (profile) {
        case 1:
        case 3:  // Main Still Picture
            return VAProfileHEVCMain;
        case 2:
            return VAProfileHEVCMain10;
        default:
            return std::nullopt;
    }
}

bool has_va_api(const AVCodec& codec) {
    for (int i = 0;; ++i) {
        const AVCodecHWConfig* const config = avcodec_get_hw_config(&codec, i);
        if (!config) {
            return false;
        }
        if (config->pix_fmt == AV_PIX_FMT_VAAPI &&
            (config->methods & AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX) != 0) {
            return true;
        }
    }
}

AVPixelFormat choose_va_api(AVCodecContext* context, const AVPixelFormat* formats) {
    auto& state = *static_cast<HardwareState*>(context->opaque);
    for (; *formats != AV_PIX_FMT_NONE; ++formats) {
        if (*formats == AV_PIX_FMT_VAAPI) {
            state.offered = true;
            return *formats;
        }
    }
    state.given_up = state.offered;
    return AV_PIX_FMT_NONE;
}

// `prepare` sets what must be set before the decoder is opened.
template <typename Prepare>
CodecPtr open_decoder(const AVCodec* codec, const AVStream& stream, Prepare prepare) {
    CodecPtr context(codec ? avcodec_alloc_context3(codec) : nullptr);
    if (!context || avcodec_parameters_to_context(context.get(), stream.codecpar) < 0) {
        return nullptr;
    }
    context->pkt_timebase = stream.time_base;
    context->thread_count = 1;
    context->flags |= AV_CODEC_FLAG_UNALIGNED;  // a left crop exactly as the stream says
    prepare(*context);
    if (avcodec_open2(context.get(), codec, nullptr) < 0) {
        return nullptr;
    }
    return context;
}

}  // namespace

std::string av_error_text(int error) {
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    (void)av_strerror(error, text.data(), text.size());
    return text.data();
}

std::optional<VAProfile> va_profile_of(const AVCodecParameters& stream) {
    switch (stream.codec_id) {
        case AV_CODEC_ID_H264:
            return h264_profile(stream.profile);
        case AV_CODEC_ID_HEVC:
            return hevc_profile(stream.profile);
        case AV_CODEC_ID_VP8:
            return VAProfileVP8Version0_3;
        case AV_CODEC_ID_VP9:
            if (stream.profile == 0 || stream.profile == 2) {
                return stream.profile == 0 ? VAProfileVP9Profile0 : VAProfileVP9Profile2;
            }
            return std::nullopt;
        case AV_CODEC_ID_AV1:
            return stream.profile == 0 ? std::optional(VAProfileAV1Profile0) : std::nullopt;
        case AV_CODEC_ID_MPEG2VIDEO:
            if (stream.profile == kMpeg2Main || stream.profile == kMpeg2Simple) {
                return stream.profile == kMpeg2Main ? VAProfileMPEG2Main : VAProfileMPEG2Simple;
            }
            return std::nullopt;
        default:
            return std::nullopt;
    }
}

BufferPtr make_device(VADisplay display) {
    BufferPtr device(av_hwdevice_ctx_alloc(AV_HWDEVICE_TYPE_VAAPI));
    if (!device) {
        return nullptr;
    }
    auto* const context = static_cast<AVHWDeviceContext*>(static_cast<void*>(device->data));
    static_cast<AVVAAPIDeviceContext*>(context->hwctx)->display = display;
    return av_hwdevice_ctx_init(device.get()) < 0 ? nullptr : std::move(device);
}

CodecPtr make_hardware_decoder(const AVStream& stream, AVBufferRef* device, HardwareState& state) {
    void* position = nullptr;
    const AVCodec* codec = nullptr;
    while ((codec = av_codec_iterate(&position)) != nullptr) {
        if (av_codec_is_decoder(codec) && codec->id == stream.codecpar->codec_id &&
            has_va_api(*codec)) {
            break;
        }
    }
    return open_decoder(codec, stream, [&](AVCodecContext& context) {
        context.opaque = &state;
        context.get_format = choose_va_api;
        context.hw_device_ctx = av_buffer_ref(device);
        context.extra_hw_frames = 2;  // one is kept for the export
        // libavcodec has no VA profile for plain Baseline.
        if (context.codec_id == AV_CODEC_ID_H264 && context.profile == kH264Baseline) {
            context.hwaccel_flags |= AV_HWACCEL_FLAG_ALLOW_PROFILE_MISMATCH;
        }
    });
}

CodecPtr make_software_decoder(const AVStream& stream) {
    const AVCodec* codec = avcodec_find_decoder(stream.codecpar->codec_id);
    // libavcodec's own AV1 decoder has a hardware side only.
    if (codec && codec->id == AV_CODEC_ID_AV1 && std::string_view(codec->name) == "av1") {
        for (const char* name : {"libdav1d", "libaom-av1", "libgav1"}) {
            if ((codec = avcodec_find_decoder_by_name(name)) != nullptr) {
                break;
            }
        }
    }
    return open_decoder(codec, stream, [](AVCodecContext&) {});
}

}  // namespace v4l2va::info
