// SPDX-License-Identifier: MIT
#include "vdpu383_model.h"

#include "packed_reader.h"
#include "rkvdec_h264.h"
#include "rkvdec_hevc.h"

namespace hardware {
namespace {

enum Mode : uint32_t { kHevc = 0, kH264 = 1 };

// Of the region "function".
uint32_t word(const Registers& registers, size_t number) { return registers.word(number * 4, 1); }

RkvdecPicture read_picture(const Registers& registers) {
    return {.stream = word(registers, 128),
            .stream_bytes = word(registers, 66),
            .output = word(registers, 168),
            .row = word(registers, 68) * 16,
            .luma = word(registers, 70) * 16};
}

// All about references but their addresses is in the table of parameter sets.
void read_h264_dpb(std::span<const uint8_t> entry, RkvdecH264Job& job) {
    PackedReader in(entry);
    const auto order = [&] { return static_cast<int32_t>(in.take(32)); };
    in.at(186);
    job.top_order = order();
    job.bottom_order = order();
    for (RkvdecReference& reference : job.dpb) {
        reference.top_order = order();
        reference.bottom_order = order();
    }
    for (RkvdecReference& reference : job.dpb) reference.coded_as_fields = in.flag();
    for (RkvdecReference& reference : job.dpb) reference.top = in.flag();
    for (RkvdecReference& reference : job.dpb) reference.bottom = in.flag();
    for (RkvdecReference& reference : job.dpb) reference.used = in.flag();
}

// Sizes are samples of the picture: of a field, where it is one.
void read_h264_size(std::span<const uint8_t> entry, RkvdecH264Job& job) {
    const H264Sets sets = read_h264_sets(entry, job.layout);
    const bool field_pic = PackedReader(entry).at(184).flag();
    job.width = sets.width / 16;
    job.height = sets.height / 16 * (field_pic ? 2 : 1);
}

std::variant<PictureJob, NoPicture> read_h264(const JobView& view) {
    RkvdecH264Job job;
    job.picture = read_picture(view.registers);
    job.sets = word(view.registers, 131);
    job.layout = kVdpu383H264Sets;
    job.references = word(view.registers, 129);
    job.scaling_lists = word(view.registers, 132);
    for (size_t i = 0; i < job.dpb.size(); ++i) job.dpb[i].address = word(view.registers, 170 + i);
    vdec::Bytes stream;
    if (!fetch_stream(job.picture, view.memory, stream)) return NoPicture{"no stream"};
    const auto entry = find_h264_sets(job.sets, job.layout, stream, view.memory);
    read_h264_dpb(entry, job);
    read_h264_size(entry, job);
    return make_h264_job(job, view);
}

std::variant<PictureJob, NoPicture> read_hevc(const JobView& view, HevcOrders& orders) {
    RkvdecHevcJob job;
    job.picture = read_picture(view.registers);
    job.sets = word(view.registers, 131);
    job.layout = kVdpu383HevcSets;
    job.sets_by_id = false;
    job.references = word(view.registers, 129);
    job.scaling_lists = word(view.registers, 132);
    job.scaling_order = HevcScalingOrder::blocks;
    PackedReader in(view.memory.at(job.sets, job.layout.bytes));
    in.at(300);
    job.order = static_cast<int32_t>(in.take(32));
    for (size_t i = 0; i < 15; ++i) {
        job.dpb[i].address = word(view.registers, 170 + i);
        job.dpb[i].order = static_cast<int32_t>(in.take(32));
    }
    in.at(844);
    for (size_t i = 0; i < 15; ++i) job.dpb[i].valid = in.flag();
    return make_hevc_job(job, view, orders);
}

}  // namespace

void Vdpu383Model::adapt(vdec::Personality& device) const {
    device.hevc = rkvdec_hevc_style(false);
}

std::variant<PictureJob, NoPicture> Vdpu383Model::read(const JobView& view) {
    switch (word(view.registers, 8)) {
        case kH264:
            return read_h264(view);
        case kHevc:
            return read_hevc(view, hevc_orders_);
        default:
            return NoPicture{"no such mode"};
    }
}

}  // namespace hardware
