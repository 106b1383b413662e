// SPDX-License-Identifier: MIT
#include "picture_decoder.h"

#include <linux/videodev2.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <iterator>
#include <span>
#include <utility>
#include <variant>

#include "device/create_backend.h"
#include "machines/personality.h"
#include "picture_writer.h"
#include "software/av_library.h"

namespace hardware {
namespace {

constexpr size_t kStreams = 16;  // of a device, at the same time

// A device of which no codec reads more than its standard says: what a chip does not read in its
// registers, its model makes up.
vdec::Personality plain_device() {
    vdec::Personality device = vdec::find_personality("hantro");
    device.h264 = {.reads_valid = true};
    device.hevc = {};
    device.vp8 = {};
    device.vp9 = {};
    device.mpeg2_reads_field_order = false;
    return device;
}

vdec::Rows other_field(vdec::Rows rows) {
    switch (rows) {
        case vdec::Rows::top:
            return vdec::Rows::bottom;
        case vdec::Rows::bottom:
            return vdec::Rows::top;
        default:
            return vdec::Rows::all;
    }
}

// NV12 or P010, as large as the coded picture.
vdec::CaptureImage lay_out(std::vector<uint8_t>& pixels, const PictureJob& job) {
    const bool deep = job.bit_depth > 8;
    const unsigned width = (job.width + 1) / 2 * 2;
    const unsigned height = (job.height + 1) / 2 * 2;
    vdec::CaptureImage image = {.fourcc = deep ? V4L2_PIX_FMT_P010 : V4L2_PIX_FMT_NV12,
                                .width = width,
                                .height = height,
                                .stride = width * (deep ? 2 : 1)};
    pixels.resize(size_t{image.stride} * height * 3 / 2);
    image.data = pixels.data();
    image.size = pixels.size();
    return image;
}

}  // namespace

PictureDecoder::Device::Device(const DecoderModel::Device& device, const DeviceMemory& memory)
    : registers(device),
      pictures(memory),
      chip(create_chip_model(device.compatible)),
      personality(plain_device()),
      compatible(device.compatible) {
    if (chip != nullptr) chip->adapt(personality);
}

PictureDecoder::PictureDecoder(const DecoderModel& model) : model_(model), memory_(model) {
    for (const DecoderModel::Device& device : model.devices()) {
        devices_.emplace_back(device, memory_);
    }
    // Before the first job: GStreamer 1.22 gives up a picture after a second.
    (void)vdec::av_library();
}

PictureDecoder::Stream* PictureDecoder::find_stream(Device& device, const PictureJob& job) {
    const auto found = std::ranges::find_if(device.streams, [&](const Stream& stream) {
        return stream.key == job.stream && stream.coded_format == job.coded_format;
    });
    if (found != device.streams.end()) {
        device.streams.splice(device.streams.begin(), device.streams, found);
        return &device.streams.front();
    }
    Stream stream;
    stream.key = job.stream;
    stream.coded_format = job.coded_format;
    stream.backend = vdec::create_backend(job.coded_format, device.personality);
    if (stream.backend == nullptr) return nullptr;
    device.streams.push_front(std::move(stream));
    if (device.streams.size() > kStreams) device.streams.pop_back();
    return &device.streams.front();
}

// Returns the timestamp: that of the first field for the second one of a frame.
uint64_t PictureDecoder::begin_picture(Device& device, Stream& stream, const PictureJob& job) {
    const bool second = job.rows != vdec::Rows::all && stream.awaited == job.rows &&
                        stream.address == job.address;
    if (!job.first_slice && stream.address == job.address) return stream.timestamp;
    stream.picture = lay_out(stream.pixels, job);
    stream.address = job.address;
    stream.awaited = second ? vdec::Rows::all : other_field(job.rows);
    if (!second) stream.timestamp = device.pictures.add(job.address);
    return stream.timestamp;
}

bool PictureDecoder::run(Stream& stream, const Order& order, bool held) {
    vdec::DecodeJob run;
    run.number = order.number;
    run.timestamp = order.timestamp;
    run.bitstream = order.job.bitstream;
    run.controls = &order.job.controls;
    run.new_picture = order.job.first_slice;
    run.held = held;
    run.target = stream.picture;
    run.names = order.names;
    return stream.backend->decode(run) == vdec::DecodeStatus::done;
}

std::string PictureDecoder::write(const Stream& stream, const PictureJob& job) {
    for (const PictureOutput& output : job.outputs) {
        if (!write_picture(stream.picture, job.rows, output, memory_)) {
            return "its memory is none of the device's";
        }
    }
    return "";
}

// A child has the decoder as it is: what it makes of the slices that are there so far is in the
// picture's memory when it ends, and the decoder here still waits for the next slice.
bool PictureDecoder::write_so_far(Stream& stream) {
    const pid_t child = fork();
    if (child == 0) {
        run(stream, *stream.waiting, false);
        _exit(write(stream, stream.waiting->job).empty() ? 0 : 1);
    }
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

std::string PictureDecoder::go_on(Stream& stream, bool same_picture) {
    if (!stream.waiting) return "";
    const bool good = run(stream, *stream.waiting, same_picture);
    stream.waiting.reset();
    return good ? "" : "the picture before was not decoded";
}

std::string PictureDecoder::decode(Device& device, PictureJob job) {
    Stream* const stream = find_stream(device, job);
    if (stream == nullptr) return "no backend for its codec";
    std::string reason = go_on(*stream, !job.first_slice);
    Order order;
    order.number = ++stream->jobs;
    order.timestamp = begin_picture(device, *stream, job);
    order.names = device.pictures.names();
    order.job = std::move(job);
    if (order.job.may_go_on) {
        stream->waiting = std::move(order);
        if (!write_so_far(*stream)) reason = "not written";
        return reason;
    }
    if (!run(*stream, order, false)) return "not decoded";
    return write(*stream, order.job);
}

std::string PictureDecoder::decode(Device& device, const model_job& job) {
    if (device.chip == nullptr) return "no model of the chip";
    auto read = device.chip->read({job, device.registers, memory_, device.pictures});
    if (const auto* none = std::get_if<NoPicture>(&read)) return none->reason;
    return decode(device, std::get<PictureJob>(std::move(read)));
}

void PictureDecoder::report(const Device& device, uint32_t job, const std::string& reason) {
    if (reason.empty()) return;
    failed_ = true;
    std::fprintf(stderr, "board-hardware: %s: job %u: %s\n", device.compatible.c_str(), job,
                 reason.c_str());
}

void PictureDecoder::handle(const model_job& job) {
    Device& device = *std::next(devices_.begin(), job.device);
    device.jobs = job.number + 1;
    report(device, job.number, decode(device, job));
}

bool PictureDecoder::finish() {
    for (Device& device : devices_) {
        for (Stream& stream : device.streams) report(device, device.jobs, go_on(stream, false));
    }
    return true;
}

void PictureDecoder::end(const model_job& job) {
    const ChipModel* const chip = std::next(devices_.begin(), job.device)->chip.get();
    if (chip == nullptr || !chip->forgets_registers()) return;
    for (const DecoderModel::Region& region : model_.devices()[job.device].regions) {
        std::ranges::fill(region.registers.bytes(), std::byte{0});
    }
}

bool PictureDecoder::given_up(const model_job& job) const {
    const Device& device = *std::next(devices_.begin(), job.device);
    return device.chip != nullptr && device.chip->given_up(device.registers);
}

}  // namespace hardware
