// SPDX-License-Identifier: MIT
// --try: decodes the start of a file through VA-API, step by step.
#include "info/try_file.h"

#include <va/va.h>
#include <va/va_drmcommon.h>

#include <atomic>
#include <bit>
#include <cstdarg>
#include <deque>

#include "info/devices.h"
#include "info/frame_compare.h"
#include "info/names.h"
#include "info/stream_decoder.h"
#include "info/va_display.h"

extern "C" {
#include <libavutil/hwcontext.h>
#include <libavutil/pixdesc.h>
}

namespace v4l2va::info {

namespace {

constexpr uint64_t kMaxFrames = 60;
// MPEG-2's inverse transform is exact to a tolerance only (ISO 13818-2 annex A), and what one
// picture is off by goes on into those that refer to it.
constexpr uint32_t kMpeg2Tolerance = 4;
constexpr const char* kReport =
    "look into the kernel's log (dmesg), then report it with the output of v4l2va-info --json";
constexpr const char* kDamaged = "the file is damaged here: software decoding has errors, too";
constexpr const char* kTryAnother = "try a file that is whole";

VASurfaceID surface_of(const AVFrame& frame) {
    return static_cast<VASurfaceID>(std::bit_cast<uintptr_t>(frame.data[3]));
}

// libavformat takes any text for a terminal's picture.
bool is_text(AVCodecID codec) {
    return codec == AV_CODEC_ID_ANSI || codec == AV_CODEC_ID_BINTEXT || codec == AV_CODEC_ID_XBIN ||
           codec == AV_CODEC_ID_IDF;
}

// Whether libavcodec's software decoder complained of the stream. It conceals damage and goes on:
// often only its log tells. One attempt at a time, whose decoder is `watched`.
std::atomic<const void*> watched = nullptr;
std::atomic<bool> complained = false;

void on_av_log(void* context, int level, const char* /*format*/, va_list /*arguments*/) {
    if (level <= AV_LOG_ERROR && context && context == watched) {
        complained = true;
    }
}

// One decoder and the frames that it gave and nobody has compared yet.
struct Lane {
    CodecPtr context;
    std::deque<FramePtr> frames;
    uint64_t count = 0;
    bool ended = false;
};

class Attempt {
  public:
    Attempt(System& system, const std::function<void(const Step&)>& on_step)
        : system_(system), on_step_(on_step) {
        av_log_set_callback(on_av_log);
    }
    ~Attempt() { watched = nullptr; }
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;

    Trial run(const std::string& path, std::string node) {
        if (open_file(path) && find_stream() && open_display(std::move(node)) && find_profile() &&
            open_decoders()) {
            decode();
            if (trial_.ok()) {
                tell_comparison();
            }
            if (trial_.ok()) {
                export_frame();
            }
        }
        return std::move(trial_);
    }

  private:
    bool done(const char* name, std::string detail) {
        return add({name, Outcome::kOk, std::move(detail), ""});
    }
    bool failed(const char* name, std::string reason, std::string remedy) {
        (void)add({name, Outcome::kFailed, std::move(reason), std::move(remedy)});
        return false;
    }
    bool add(Step step) {
        step.detail = printable(step.detail);
        trial_.steps.push_back(std::move(step));
        on_step_(trial_.steps.back());
        return true;
    }

    bool open_file(const std::string& path);
    bool find_stream();
    bool open_display(std::string node);
    bool find_profile();
    bool open_decoders();
    void decode();
    bool feed(Lane& lane, const AVPacket* packet);
    bool take_hardware(FramePtr frame);
    void compare();
    bool hardware_failed(std::string reason);
    void tell_failure();
    [[nodiscard]] bool damaged() const { return damaged_ || complained; }
    [[nodiscard]] std::string driver_words(const std::string& otherwise);
    void tell_comparison();
    void export_frame();

    System& system_;
    const std::function<void(const Step&)>& on_step_;
    Trial trial_;
    // In the order in which each needs those before it.
    std::unique_ptr<VaDisplay> display_;
    BufferPtr device_;
    HardwareState state_;
    FormatPtr file_;
    const AVStream* stream_ = nullptr;
    Lane hardware_;
    Lane software_;
    FramePtr last_;        // in its VA surface
    std::string failure_;  // of the device, "" when there was none
    bool damaged_ = false;
    uint64_t compared_ = 0;
    uint64_t different_ = 0;
    uint64_t first_different_ = 0;  // number of the frame, from 1
    FrameDifference worst_;
};

bool Attempt::open_file(const std::string& path) {
    AVFormatContext* context = nullptr;
    // "file:" keeps a name with a colon from being taken for another protocol.
    int error = avformat_open_input(&context, ("file:" + path).c_str(), nullptr, nullptr);
    file_.reset(context);
    if (error >= 0) {
        error = avformat_find_stream_info(context, nullptr);
    }
    if (error < 0) {
        return failed("file opened", path + ": " + av_error_text(error),
                      "give a media file that libavformat can read");
    }
    return done("file opened", context->iformat->long_name);
}

bool Attempt::find_stream() {
    constexpr const char* kName = "video stream found";
    const int index = av_find_best_stream(file_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    if (index < 0) {
        return failed(kName, "the file has none", "give a file with a video");
    }
    stream_ = file_->streams[index];
    const AVCodecParameters& stream = *stream_->codecpar;
    const char* const profile = avcodec_profile_name(stream.codec_id, stream.profile);
    const char* const format = av_get_pix_fmt_name(static_cast<AVPixelFormat>(stream.format));
    if (is_text(stream.codec_id)) {
        return failed(kName, "the file is a text", "give a file with a video");
    }
    if (stream.width <= 0 || stream.height <= 0) {
        return failed(kName, "the stream has no pictures that libavcodec knows",
                      "give a file with a video");
    }
    return done(kName, std::string(avcodec_get_name(stream.codec_id)) + " " +
                           (profile ? profile : "of no profile") + ", " +
                           std::to_string(stream.width) + "x" + std::to_string(stream.height) +
                           (format ? std::string(", ") + format : std::string()));
}

bool Attempt::open_display(std::string node) {
    if (node.empty()) {
        const auto nodes = examine_drm_nodes(system_, module_directories());
        const DrmReport* const chosen = choose_node(nodes);
        if (!chosen) {
            return failed("VA display opened", "there is no render node and no card in /dev/dri",
                          "v4l2va-info without --try says more");
        }
        node = chosen->node;
    }
    auto opened = VaDisplay::open(system_, node, nullptr);
    const VaDisplayReport& report = opened.report;
    if (!opened.display && !opened.driver_failed) {
        return failed("VA display opened", node + ": " + report.error,
                      "v4l2va-info without --try says more");
    }
    (void)done("VA display opened", node);
    if (!report.ours) {
        return failed(
            "driver loaded",
            opened.display ? "libva loaded another driver: " + report.vendor : report.error,
            "v4l2va-info without --try says what is in the way");
    }
    display_ = std::move(opened.display);
    return done("driver loaded", report.module.empty() ? report.vendor : report.module);
}

bool Attempt::find_profile() {
    constexpr const char* kName = "profile offered";
    const std::string codec = avcodec_get_name(stream_->codecpar->codec_id);
    const auto profile = va_profile_of(*stream_->codecpar);
    if (!profile) {
        return failed(kName, "the driver has no profile for this stream (" + codec + ")",
                      "such streams must be decoded in software");
    }
    const std::string name = profile_name(*profile);
    for (const VaProfileReport& offered : display_->profiles()) {
        if (offered.name != name) {
            continue;
        }
        const auto width = static_cast<uint32_t>(stream_->codecpar->width);
        const auto height = static_cast<uint32_t>(stream_->codecpar->height);
        const std::string max =
            std::to_string(offered.max.width) + "x" + std::to_string(offered.max.height);
        if (width > offered.max.width || height > offered.max.height) {
            return failed(kName, name + " is, but only up to " + max,
                          "such streams must be decoded in software");
        }
        return done(kName, name + ", up to " + max);
    }
    return failed(kName, name + " is not",
                  "this decoder does not have it; v4l2va-info without --try lists what it has");
}

bool Attempt::open_decoders() {
    device_ = make_device(display_->handle());
    if (device_) {
        hardware_.context = make_hardware_decoder(*stream_, device_.get(), state_);
    }
    if (!hardware_.context) {
        return failed("first frame decoded",
                      driver_words("this libavcodec has no VA-API decoder for the stream"),
                      "use a libavcodec that was built with VA-API");
    }
    software_.context = make_software_decoder(*stream_);
    complained = false;
    watched = software_.context.get();
    return true;
}

// What the driver complained of since the last call, the first of it.
std::string Attempt::driver_words(const std::string& otherwise) {
    const std::vector<std::string> errors = display_->take_errors();
    return errors.empty() ? otherwise : errors.front();
}

bool Attempt::hardware_failed(std::string reason) {
    failure_ = std::move(reason);
    return false;
}

void Attempt::tell_failure() {
    const std::string otherwise = state_.given_up ? "libavcodec gave VA-API up: " + failure_
                                  : !state_.offered
                                      ? "libavcodec offers no VA-API for this stream: " + failure_
                                      : failure_;
    const bool first = hardware_.count == 0;
    (void)failed(first ? "first frame decoded" : "frames decoded and read back",
                 (first ? "" : "frame " + std::to_string(hardware_.count + 1) + ": ") +
                     (damaged() ? kDamaged : driver_words(otherwise)),
                 damaged() ? kTryAnother : kReport);
}

// A frame that came out of the hardware decoder: checked, read back and queued.
bool Attempt::take_hardware(FramePtr frame) {
    if (frame->format != AV_PIX_FMT_VAAPI) {
        return hardware_failed("the frame was decoded in software");
    }
    FramePtr copy(av_frame_alloc());
    const VASurfaceID surface = surface_of(*frame);
    const int error = av_hwframe_transfer_data(copy.get(), frame.get(), 0);  // waits for it, too
    if (error < 0) {
        return hardware_failed("it cannot be read back: " + av_error_text(error));
    }
    void* information = nullptr;
    if (vaQuerySurfaceError(display_->handle(), surface, VA_STATUS_ERROR_DECODING_ERROR,
                            &information) == VA_STATUS_SUCCESS &&
        information && static_cast<const VASurfaceDecodeMBErrors*>(information)->status != -1) {
        return hardware_failed("the device reported the picture as damaged");
    }
    copy->crop_left = frame->crop_left;
    copy->crop_top = frame->crop_top;
    if (hardware_.count++ == 0) {
        const char* const format = av_get_pix_fmt_name(static_cast<AVPixelFormat>(copy->format));
        (void)done("first frame decoded",
                   std::string("by the device, read back as ") + (format ? format : "unknown"));
    }
    hardware_.frames.push_back(std::move(copy));
    last_ = std::move(frame);
    return true;
}

// Sends a packet (null: the end) and takes what comes out. False ends the attempt.
bool Attempt::feed(Lane& lane, const AVPacket* packet) {
    const bool is_hardware = &lane == &hardware_;
    if (!lane.context || lane.ended || lane.count >= kMaxFrames) {
        return true;
    }
    int error = avcodec_send_packet(lane.context.get(), packet);
    while (error >= 0 && lane.count < kMaxFrames) {
        FramePtr frame(av_frame_alloc());
        error = avcodec_receive_frame(lane.context.get(), frame.get());
        if (error < 0) {
            break;
        }
        if (is_hardware) {
            if (!take_hardware(std::move(frame))) {
                return false;
            }
        } else {
            damaged_ = damaged_ || (frame->flags & AV_FRAME_FLAG_CORRUPT) != 0 ||
                       frame->decode_error_flags != 0;
            ++lane.count;
            lane.frames.push_back(std::move(frame));
        }
    }
    if (error == AVERROR_EOF) {
        lane.ended = true;
    } else if (error < 0 && error != AVERROR(EAGAIN)) {
        if (is_hardware) {
            return hardware_failed(av_error_text(error));
        }
        damaged_ = true;
        lane.ended = true;
    }
    return true;
}

void Attempt::compare() {
    while (!hardware_.frames.empty() && !software_.frames.empty()) {
        const FrameDifference difference =
            compare_frames(*hardware_.frames.front(), *software_.frames.front());
        hardware_.frames.pop_front();
        software_.frames.pop_front();
        ++compared_;
        if (difference.comparable && difference.samples == 0) {
            continue;
        }
        if (different_++ == 0) {
            first_different_ = compared_;
            worst_ = difference;
        }
        worst_.comparable = worst_.comparable && difference.comparable;
        worst_.largest = std::max(worst_.largest, difference.largest);
    }
    if (!software_.context) {
        hardware_.frames.clear();
    }
}

void Attempt::decode() {
    const PacketPtr packet(av_packet_alloc());
    const auto finished = [this] {
        const bool software =
            !software_.context || software_.ended || software_.count >= kMaxFrames;
        return software && (hardware_.ended || hardware_.count >= kMaxFrames);
    };
    bool end = false;
    while (!finished() && !end) {
        const int error = av_read_frame(file_.get(), packet.get());
        end = error < 0;
        damaged_ = damaged_ || (end && error != AVERROR_EOF);
        if (!end && packet->stream_index != stream_->index) {
            av_packet_unref(packet.get());
            continue;
        }
        const AVPacket* const next = end ? nullptr : packet.get();
        damaged_ = damaged_ || (next && (next->flags & AV_PKT_FLAG_CORRUPT) != 0);
        const bool went_well = feed(hardware_, next);
        (void)feed(software_, next);  // in any case: it tells whether the file is to blame
        if (!went_well) {
            tell_failure();
            return;
        }
        av_packet_unref(packet.get());
        compare();
    }
    if (hardware_.count == 0) {
        (void)hardware_failed("the stream ended without a frame");
        tell_failure();
        return;
    }
    (void)done("frames decoded and read back", std::to_string(hardware_.count));
}

void Attempt::tell_comparison() {
    constexpr const char* kName = "equal to software decoding";
    const std::string count = std::to_string(compared_);
    if (compared_ == 0) {
        (void)add({kName, Outcome::kSkipped, "this libavcodec has no software decoder for it", ""});
        return;
    }
    if (different_ == 0 && compared_ == hardware_.count) {
        (void)done(kName, "bit by bit, " + count + " frames");
        return;
    }
    if (different_ == 0) {
        (void)failed(kName, "software decodes only " + count + " frames", kTryAnother);
        return;
    }
    const std::string differs = std::to_string(different_) + " of " + count +
                                " frames differ, the first is frame " +
                                std::to_string(first_different_);
    if (damaged()) {
        (void)failed(kName, differs + ": " + kDamaged, kTryAnother);
        return;
    }
    if (!worst_.comparable) {
        (void)failed(kName, differs + ": another size or depth", kReport);
        return;
    }
    const std::string by = ", by at most " + std::to_string(worst_.largest) + " of a sample";
    if (stream_->codecpar->codec_id == AV_CODEC_ID_MPEG2VIDEO &&
        worst_.largest <= kMpeg2Tolerance) {
        (void)done(kName, differs + by + "; MPEG-2's standard allows that");
        return;
    }
    (void)failed(kName, differs + by, kReport);
}

// Rows of luma, and who cannot import them.
std::string pitch_words(const VADRMPRIMESurfaceDescriptor& description) {
    const uint32_t pitch = description.layers[0].pitch[0];
    const bool linear = description.objects[0].drm_format_modifier == 0;
    return "pitch " + std::to_string(pitch) +
           (linear && pitch % 64 != 0 ? ", which Mali GPUs before Valhall cannot import" : "");
}

void Attempt::export_frame() {
    constexpr const char* kName = "exported as dma-buf";
    VADRMPRIMESurfaceDescriptor description = {};
    const char* layers = "separate layers";
    VAStatus status = VA_STATUS_SUCCESS;
    for (const uint32_t how : {uint32_t{VA_EXPORT_SURFACE_SEPARATE_LAYERS},
                               uint32_t{VA_EXPORT_SURFACE_COMPOSED_LAYERS}}) {
        status = vaExportSurfaceHandle(display_->handle(), surface_of(*last_),
                                       VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                       VA_EXPORT_SURFACE_READ_ONLY | how, &description);
        if (status == VA_STATUS_SUCCESS) {
            break;
        }
        layers = "one layer";
    }
    if (status == VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE) {
        (void)add({kName, Outcome::kSkipped,
                   "this layout has no DRM name; programs copy the frames (mpv: "
                   "--hwdec=vaapi-copy)",
                   ""});
        return;
    }
    if (status != VA_STATUS_SUCCESS) {
        (void)failed(kName, driver_words(vaErrorStr(status)),
                     "programs must copy this decoder's frames (mpv: --hwdec=vaapi-copy)");
        return;
    }
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < description.num_objects; ++i) {
        const UniqueFd fd(description.objects[i].fd);  // closed at once
        bytes += description.objects[i].size;
    }
    (void)done(kName, fourcc_name(description.fourcc) + ", " +
                          std::to_string(description.num_objects) + " dma-buf, " +
                          std::to_string(bytes) + " bytes, " + layers + ", " +
                          pitch_words(description));
}

}  // namespace

Trial try_file(System& system, const std::string& path, const std::string& node,
               const std::function<void(const Step&)>& on_step) {
    return Attempt(system, on_step).run(path, node);
}

}  // namespace v4l2va::info
